import type { Attack } from '../attack.ts'
import { firstEvent, post } from '../http.ts'
import { ask } from '../websocket.ts'

const times = (count: number, text: string | ((index: number) => string), between = ' ') =>
  Array.from({ length: count }, (_, index) => (typeof text === 'string' ? text : text(index))).join(between)

/** Fields inside each other. */
const nested = (levels: number, open = '{ a ', close = '}') => open.repeat(levels) + close.repeat(levels)

/** Each fragment spreads the one before it twice. */
const doubling = (levels: number) =>
  `{ ...F${levels} } fragment F0 on Query { __typename } ${times(
    levels,
    (index) => `fragment F${index + 1} on Query { ...F${index} ...F${index} }`,
  )}`

const whole =
  'id state input { prompt seed } timeline { version state message } outputs { url } error { message }'
const introspected = (levels: number) =>
  `{ __schema { types { ${'fields { type { '.repeat(levels)} name ${'} }'.repeat(levels)} } } }`
const withRetries = 'retries { id retries { id state input { prompt } } }'

/** Bombs by their names, and with which code each has to be refused. */
const bombs: Readonly<Record<string, readonly [query: string, code: string | readonly string[]]>> = {
  'ten thousand levels': [nested(10_000), ['QUERY_TOO_LARGE', 'GRAPHQL_PARSE_FAILED']],
  'thirteen levels of retries': [
    `{ jobs(first: 1) { edges { node { ${nested(10, 'retries { id ')} } } } }`,
    ['QUERY_TOO_EXPENSIVE', 'QUERY_TOO_DEEP'],
  ],
  'a thousand different fields': [`{ ${times(1_000, (n) => `f${n}`)} }`, 'QUERY_TOO_LARGE'],
  'one field five hundred times': [`{ ${times(500, '__typename')} }`, 'QUERY_TOO_LARGE'],
  'a hundred aliases': [`{ ${times(101, (n) => `a${n}: __typename`)} }`, 'QUERY_TOO_LARGE'],
  'sixty pages of a hundred jobs': [
    `{ ${times(60, (n) => `a${n}: jobs(first: 100) { edges { node { id input { prompt } } } }`)} }`,
    'QUERY_TOO_LARGE',
  ],
  'thirty pages of a hundred jobs': [
    `{ ${times(30, (n) => `a${n}: jobs(first: 100) { edges { node { ${whole} } } }`)} }`,
    'QUERY_TOO_EXPENSIVE',
  ],
  'a page that leaves out how long it is': [
    `{ ${times(30, (n) => `a${n}: jobs { edges { node { ${whole} ${withRetries} } } }`)} }`,
    'QUERY_TOO_EXPENSIVE',
  ],
  'fragments that double twenty times': [
    doubling(20),
    ['QUERY_TOO_EXPENSIVE', 'QUERY_TOO_LARGE', 'QUERY_TOO_DEEP'],
  ],
  'fragments that double a hundred and fifty times': [
    doubling(150),
    ['QUERY_TOO_EXPENSIVE', 'QUERY_TOO_LARGE', 'QUERY_TOO_DEEP'],
  ],
  'fragments in a circle': [
    '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'a fragment in itself': ['{ ...A } fragment A on Query { ...A }', 'GRAPHQL_VALIDATION_FAILED'],
  'two hundred fragments in a circle': [
    `{ ...F0 } ${times(200, (n) => `fragment F${n} on Query { ...F${(n + 1) % 200} }`)}`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'twenty directives': [`{ __typename ${times(20, '@include(if: true)')} }`, 'QUERY_TOO_LARGE'],
  'ten unknown directives': [`{ __typename ${times(10, '@aa')} }`, 'QUERY_TOO_LARGE'],
  'tokens without end': [`{ ${times(3_000, '[')}`, 'GRAPHQL_PARSE_FAILED'],
  'two thousand tokens and one': [`{ jobs(first: 1, after: ${times(1_000, '[]')}) }`, 'GRAPHQL_PARSE_FAILED'],
  'a comment of almost 1 MB': [`{ __typename } #${'x'.repeat(990_000)}`, 'QUERY_TOO_LARGE'],
  'braces of almost 1 MB': ['{'.repeat(990_000), 'QUERY_TOO_LARGE'],
  'lines of almost 1 MB': [`{ __typename ${'\n'.repeat(400_000)} }`, 'QUERY_TOO_LARGE'],
  'ninety thousand braces': ['{'.repeat(90_000), 'GRAPHQL_PARSE_FAILED'],
  'ninety thousand commas': [`{ __typename ${','.repeat(90_000)} x`, 'GRAPHQL_PARSE_FAILED'],
  'a text of 90 KB that does not end': [`{ job(id: "${'a'.repeat(90_000)}`, 'GRAPHQL_PARSE_FAILED'],
  'a block text of 90 KB that does not end': [
    `{ job(id: """${'\\"""'.repeat(20_000)}`,
    'GRAPHQL_PARSE_FAILED',
  ],
  'a name of 90 KB': [`{ ${'a'.repeat(90_000)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  'a lone surrogate': ['{ job(id: "\ud800") { id } \udc00 }', 'GRAPHQL_PARSE_FAILED'],
  'an escape of a lone surrogate': ['{ job(id: "\\uD800") { id } }', 'GRAPHQL_PARSE_FAILED'],
  'an escape beyond Unicode': ['{ job(id: "\\u{FFFFFFFF}") { id } }', 'GRAPHQL_PARSE_FAILED'],
  'NUL in a document': ['{ job(id: "a\u0000b") { id } }', ['GRAPHQL_PARSE_FAILED', 'nothing']],
  'no document': ['', ['GRAPHQL_PARSE_FAILED', 'BAD_REQUEST', '4400']],
  'a number of 90,000 digits': [
    `{ jobs(first: ${'9'.repeat(90_000)}) { edges { cursor } } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'a list of two thousand ids, written out': [
    `{ nodes(ids: [${times(1_500, '"a"')}]) { id } }`,
    ['BAD_USER_INPUT', 'QUERY_TOO_EXPENSIVE', 'GRAPHQL_VALIDATION_FAILED'],
  ],
  'introspection in four rounds': [
    introspected(4),
    ['GRAPHQL_VALIDATION_FAILED', 'QUERY_TOO_EXPENSIVE', 'QUERY_TOO_DEEP'],
  ],
  'introspection that is repeated': [
    `{ ${times(30, (n) => `a${n}: __schema { types { fields { args { type { name ofType { name } } } type { name ofType { name ofType { name } } } } } }`)} }`,
    ['QUERY_TOO_EXPENSIVE', 'QUERY_TOO_LARGE'],
  ],
  'introspection of possible types': [
    `{ __schema { types { possibleTypes { possibleTypes { interfaces { possibleTypes { name } } } } } } }`,
    ['QUERY_TOO_EXPENSIVE', 'GRAPHQL_VALIDATION_FAILED'],
  ],
  'twenty operations and the name of none': [
    `${times(20, (n) => `query Q${n} { __typename }`)}`,
    'OPERATION_RESOLUTION_FAILURE',
  ],
  'a type instead of an operation': [
    'type Query { a: Int }',
    ['GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE'],
  ],
  'arguments that conflict pair by pair': [
    `{ ${times(10, (n) => `job(id: "${n}") { id }`)} ${times(10, (n) => `... on Query { job(id: "x${n}") { id } }`)} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'two hundred variables that nobody uses': [
    `query (${times(200, (n) => `$v${n}: Int`)}) { __typename }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'a subscription with two roots': [
    'subscription { a: jobs { id } b: jobs { id } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
}

/** Each by each protocol: what bounds it must not be of one of them alone. */
const byProtocol = Object.entries(bombs).flatMap(([name, [query, answer]]): Attack[] => {
  // Errors tell at most twenty faults, each with its words and place.
  const bounds = { answer, mostBytes: 20_000 }
  return [
    {
      ...bounds,
      name: `${name}, by POST`,
      send: async ({ keyed, keys }) => coded(await post(keyed, { query }, keys.rival)),
    },
    {
      ...bounds,
      name: `${name}, on an event stream`,
      send: async ({ keyed, keys }) =>
        coded(
          await firstEvent(keyed, {
            path: '/graphql/stream',
            key: keys.rival,
            body: JSON.stringify({ query }),
          }),
        ),
    },
    {
      ...bounds,
      name: `${name}, on a WebSocket`,
      send: async ({ keyed, keys }) => coded(await ask(keyed, { query }, keys.rival)),
    },
  ]
})

/** The code alone, whatever status carries it. */
const coded = <T extends { outcome: string }>(answer: T): T => ({
  ...answer,
  outcome: answer.outcome.replace(/^(\d{3}|closed) /, ''),
})

/** By who shows no key: nothing of a document is read. */
const anonymous: readonly Attack[] = Object.keys(bombs)
  .filter((name) => /introspection|sixty|double|braces of/.test(name))
  .map((name) => ({
    name: `${name}, without a key`,
    send: ({ keyed }) => post(keyed, { query: bombs[name]?.[0] }, null),
    answer: '401 UNAUTHENTICATED',
  }))

export const documents = { name: 'documents', attacks: [...byProtocol, ...anonymous] }
