import type { Attack } from '../attack.ts'
import { firstEvent, json, send } from '../http.ts'

const withFilter = 'query ($v: JobFilter) { jobs(filter: $v) { edges { cursor } } }'
const withFirst = 'query ($v: Int) { jobs(first: $v) { edges { cursor } } }'
const withDate = 'query ($v: DateTime) { jobs(filter: { createdAfter: $v }) { edges { cursor } } }'
const withId = 'query ($v: ID!) { job(id: $v) { id } }'
const withIds = 'query ($v: [ID!]!) { nodes(ids: $v) { id } }'
const withInput =
  'mutation ($v: CreateT2VLoraJobInput!) { createT2VLoraJob(input: $v) { ... on Error { code } } }'
const withJson =
  'mutation ($v: JSON!) { createJob(model: "WAN_2_1_T2V_480P_LORA", parameters: $v) { ... on Error { code } } }'
const withCursor = 'query ($v: String) { jobs(after: $v) { edges { cursor } } }'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const members = (count: number, value = '1') =>
  `{${Array.from({ length: count }, (_, index) => `"k${index}":${value}`).join(',')}}`
const list = (count: number, value: string) => `[${Array(count).fill(value).join(',')}]`
const mega = 'x'.repeat(950_000)

/** The value as it is written, and what it is answered. */
const values: readonly (readonly [
  name: string,
  query: string,
  value: string,
  answer: string | readonly string[],
])[] = [
  ['lists ten thousand levels deep', withDate, nested(10_000), 'BAD_USER_INPUT'],
  ['lists four hundred thousand levels deep', withDate, nested(400_000), ['BAD_USER_INPUT', 'BAD_REQUEST']],
  ['lists ten thousand levels deep, as ids', withIds, nested(10_000), 'BAD_USER_INPUT'],
  ['objects ten thousand levels deep', withFilter, objects(10_000), 'BAD_USER_INPUT'],
  ['objects ten thousand levels deep, as JSON', withJson, objects(10_000), 'BAD_USER_INPUT'],
  ['objects thirty levels deep, as JSON', withJson, `{"prompt":${objects(25)}}`, 'INVALID_INPUT'],
  ['1e400 as a number', withFirst, '1e400', 'BAD_USER_INPUT'],
  ['-1e400 as a number', withFirst, '-1e400', 'BAD_USER_INPUT'],
  ['a number of 900,000 digits', withFirst, '9'.repeat(900_000), 'BAD_USER_INPUT'],
  ['2^53', withFirst, '9007199254740993', 'BAD_USER_INPUT'],
  ['a negative page', withFirst, '-1', 'BAD_USER_INPUT'],
  ['a page of two billion jobs', withFirst, '2147483647', ['BAD_USER_INPUT', 'QUERY_TOO_EXPENSIVE']],
  ['a fraction for a whole number', withFirst, '1.5', 'BAD_USER_INPUT'],
  ['a text for a number', withFirst, '"1"', 'BAD_USER_INPUT'],
  ['an object for a number', withFirst, '{"valueOf":1}', 'BAD_USER_INPUT'],
  ['__proto__ in a filter', withFilter, '{"__proto__":{"states":["FAILED"]}}', 'BAD_USER_INPUT'],
  ['constructor in a filter', withFilter, '{"constructor":{"prototype":{}}}', 'BAD_USER_INPUT'],
  ['__proto__ in parameters', withJson, '{"__proto__":{"prompt":"refused"}}', 'INVALID_INPUT'],
  [
    'toString in parameters',
    withJson,
    '{"prompt":"refused","toString":1,"hasOwnProperty":1}',
    'INVALID_INPUT',
  ],
  ['a text of almost 1 MB as a date', withDate, `"${mega}"`, 'BAD_USER_INPUT'],
  ['a text of almost 1 MB as an id', withId, `"${mega}"`, 'BAD_USER_INPUT'],
  ['a text of almost 1 MB as a cursor', withCursor, `"${mega}"`, 'BAD_USER_INPUT'],
  ['a prompt of almost 1 MB', withInput, `{"prompt":"${mega}"}`, 'INVALID_INPUT'],
  ['escapes of almost 1 MB', withDate, `"${'\\u0000'.repeat(150_000)}"`, 'BAD_USER_INPUT'],
  ['an object of 90,000 keys', withFilter, members(90_000), 'BAD_USER_INPUT'],
  ['parameters of 90,000 keys', withJson, members(90_000), 'BAD_USER_INPUT'],
  ['parameters of 900 keys', withJson, members(900), 'INVALID_INPUT'],
  ['a filter of 900 keys', withFilter, members(900), 'BAD_USER_INPUT'],
  ['200,000 ids', withIds, list(200_000, '"a"'), 'BAD_USER_INPUT'],
  ['200,000 numbers as ids', withIds, list(200_000, '1'), 'BAD_USER_INPUT'],
  ['200,000 objects as ids', withIds, list(200_000, '{}'), 'BAD_USER_INPUT'],
  ['100,000 states', withFilter, `{"states":${list(100_000, '"NO"')}}`, 'BAD_USER_INPUT'],
  [
    '50,000 LoRAs',
    withInput,
    `{"prompt":"refused","loras":${list(50_000, '{"path":"a/b"}')}}`,
    'INVALID_INPUT',
  ],
  [
    '50,000 wrong LoRAs',
    withInput,
    `{"prompt":"refused","loras":${list(50_000, '{"no":1}')}}`,
    'BAD_USER_INPUT',
  ],
  ['NUL in an id', withId, '"job_\\u0000"', 'nothing'],
  ['a lone surrogate in an id', withId, '"job_\\ud800"', 'nothing'],
  ['SQL in an id', withId, `"' OR 1=1 --"`, 'nothing'],
  [
    'SQL and wildcards in a filter',
    withFilter,
    `{"prompt":"%' OR tenant <> '_%\\\\\\" ; DROP TABLE jobs; --"}`,
    'nothing',
  ],
  ['NUL in a filter', withFilter, '{"prompt":"\\u0000"}', ['nothing', 'BAD_USER_INPUT']],
  ['a forged cursor', withCursor, '"eyJhIjoxfQ=="', 'BAD_USER_INPUT'],
  ['a year that is none', withDate, '"99999999-99-99T99:99:99Z"', 'BAD_USER_INPUT'],
  ['null for what is needed', withId, 'null', 'BAD_USER_INPUT'],
  [
    'a key of idempotency with line feeds',
    withInput,
    '{"prompt":"refused","idempotencyKey":"a\\nb"}',
    'INVALID_INPUT',
  ],
  [
    'a key of idempotency of 900 KB',
    withInput,
    `{"prompt":"refused","idempotencyKey":"${mega}"}`,
    'INVALID_INPUT',
  ],
  [
    'a seed beyond its range',
    withInput,
    '{"prompt":"refused","seed":2147483648}',
    ['INVALID_INPUT', 'BAD_USER_INPUT'],
  ],
  ['a number that is none', withInput, '{"prompt":"refused","guidanceScale":1e999}', 'BAD_USER_INPUT'],
]

const coded = (outcome: string) => outcome.replace(/^\d{3} /, '')

const byPost = values.map(
  ([name, query, value, answer]): Attack => ({
    name,
    async send({ keyed, keys }) {
      const body = `{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`
      const { outcome, bytes } = await send(keyed, { headers: [json], body, key: keys.rival })
      return { outcome: coded(outcome), bytes }
    },
    answer,
    // An input has a hundred faults at the most.
    mostBytes: 40_000,
  }),
)

/** The same on a stream, where other code reads them. */
const onStream = values
  .filter(([name]) => /levels deep|90,000|1e400|__proto__|200,000/.test(name))
  .map(
    ([name, query, value, answer]): Attack => ({
      name: `${name}, on an event stream`,
      async send({ keyed, keys }) {
        const body = `{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`
        const { outcome, bytes } = await firstEvent(keyed, { path: '/graphql/stream', body, key: keys.rival })
        return { outcome: coded(outcome), bytes }
      },
      answer,
      mostBytes: 40_000,
    }),
  )

/** Variables and extensions that are none. */
const shapes = ['[]', '"a"', '1', 'true', nested(10_000)].flatMap((value) =>
  ['variables', 'extensions'].map(
    (member): Attack => ({
      name: `${value.slice(0, 10)} as ${member}`,
      async send({ keyed, keys }) {
        const body = `{"query":"{ __typename }","${member}":${value}}`
        const { outcome, bytes } = await send(keyed, { headers: [json], body, key: keys.rival })
        return { outcome: coded(outcome), bytes }
      },
      answer: ['BAD_REQUEST', 'BAD_USER_INPUT'],
    }),
  ),
)

export const variables = { name: 'variables', attacks: [...byPost, ...onStream, ...shapes] }
