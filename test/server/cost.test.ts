import {
  execute,
  type GraphQLObjectType,
  getIntrospectionQuery,
  getNamedType,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  parse,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/index.ts'
import { costOf, judgeCost, maxCost } from '../../src/server/cost.ts'

function cost(query: string, variables = {}, limit?: number): number {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  return costOf(schema, document, operation, variables, limit)
}

/** Every field of a type, and of those below it; of jobs below it the ids, of an interface the fields of all its types. */
function everyField(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).map(({ name, type: of }) => {
    const inner = getNamedType(of)
    if (isInterfaceType(inner)) {
      const types = schema.getPossibleTypes(inner).map((one) => `... on ${one.name} ${everyField(one)}`)
      return `${name} { ${types.join(' ')} }`
    }
    if (!isObjectType(inner)) return name
    return `${name} ${inner.name === 'Job' ? '{ id }' : everyField(inner)}`
  })
  return `{ ${fields.join(' ')} }`
}
const job = everyField(schema.getType('Job') as GraphQLObjectType)

describe('what is allowed', () => {
  it('is a page of a hundred jobs with all of their fields', () => {
    const page = `{ jobs(first: 100) { pageInfo { hasNextPage endCursor } edges { cursor node ${job} } } }`
    expect(cost(page)).toBeGreaterThan(10_000)
    expect(cost(page)).toBeLessThan(maxCost)
    expect(
      cost(`{ nodes(ids: ${JSON.stringify(Array(100).fill('job_a'))}) { ... on Job ${job} } }`),
    ).toBeLessThan(maxCost)
  })

  it('is the same with `__typename` in every selection, as Apollo asks', () => {
    const named = (query: string) => query.replaceAll(' }', ' __typename }')
    expect(
      cost(named(`{ jobs(first: 100) { pageInfo { hasNextPage endCursor } edges { cursor node ${job} } } }`)),
    ).toBeLessThan(maxCost)
  })

  const options = [
    'descriptions',
    'specifiedByUrl',
    'directiveIsRepeatable',
    'schemaDescription',
    'inputValueDeprecation',
    'oneOf',
  ]
  it.each(Array.from({ length: 2 ** options.length }, (_, index) => index))(
    'is every introspection that graphql-js makes: %i',
    (bits) => {
      const chosen = Object.fromEntries(options.map((name, index) => [name, (bits & (2 ** index)) !== 0]))
      expect(cost(getIntrospectionQuery(chosen))).toBeLessThan(maxCost / 4)
    },
  )

  it.each([
    '{ models { name title description parameters { name type items { name description } description } } }',
    'mutation { createV2VLoraJob(input: { prompt: "a fox" }) { __typename } }',
    `subscription { prediction(jobId: "a") ${job} }`,
    '{ jobs(filter: { prompt: "fox" }) { edges { node { id } } } }',
    'fragment F on Job { id state } { a: job(id: "a") { ...F } b: job(id: "b") { ...F } }',
  ])('is what apps ask: %s', (query) => {
    expect(cost(query)).toBeLessThan(maxCost)
  })
})

/** From an interface to its types and back again. */
const around = (levels: number): string =>
  levels === 0 ? 'name' : `possibleTypes { interfaces { ${around(levels - 1)} } }`
const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')

describe('what is refused', () => {
  it.each([
    ['aliases below __schema', `{ __schema { ${aliases(80, 'types { fields { name description } }')} } }`],
    [
      'aliases of __schema',
      `{ ${aliases(60, '__schema { types { name fields { name type { name } } } }')} }`,
    ],
    ['introspection that goes around', `{ __schema { types { ${around(7)} } } }`],
    [
      'aliases of __type',
      `{ ${aliases(200, '__type(name: "Job") { fields { name description type { name } args { name } } }')} }`,
    ],
    ['searches', `{ ${aliases(80, 'jobs(filter: { prompt: "fox" }) { edges { cursor } }')} }`],
    ['pages', `{ ${aliases(60, 'jobs(first: 100) { edges { node { id state version createdAt } } }')} }`],
    [
      'long texts',
      `{ ${aliases(15, 'jobs(first: 100) { edges { node { input { prompt ... on V2VLoraParameters { negativePrompt } } } } }')} }`,
    ],
    [
      'one text again and again',
      `{ jobs(first: 100) { edges { node { input { ${aliases(20, 'prompt')} } } } } }`,
    ],
    [
      'pages by a fragment',
      `fragment P on Query { jobs(first: 100) { edges { node ${job} } } } { ${aliases(2, '__typename')} ...P x: jobs(first: 100) { edges { node ${job} } } }`,
    ],
    ['type names of a page', `{ jobs(first: 100) { edges { node { ${aliases(600, '__typename')} } } } }`],
    ['type names of all types', `{ __schema { types { fields { ${aliases(500, '__typename')} } } } }`],
    ['long names', `{ jobs(first: 100) { edges { node { ${'a'.repeat(90_000)}: id } } } }`],
    ['long names of types', `{ __schema { types { fields { ${'a'.repeat(90_000)}: name } } } }`],
    ['inputs', `{ ${aliases(10, 'jobs(first: 100) { edges { node { input { seed } } } }')} }`],
    ['jobs one by one', `{ ${aliases(1_600, 'job(id: "a") { id }')} }`],
    ['mutations', `mutation { ${aliases(100, 'cancelJob(id: "a") { __typename }')} }`],
    [
      'retries of a page',
      `{ jobs(first: 100) { edges { node { retries ${job.replace(/retryOf \{ id \} retries \{ id \}/, '')} } } } }`,
    ],
  ])('is an operation of many %s', (_name, query) => {
    expect(cost(query)).toBeGreaterThan(maxCost)
  })

  it('counts a page by its variable', () => {
    const query = `query ($n: Int) { ${aliases(15, 'jobs(first: $n) { edges { node { input { prompt ... on V2VLoraParameters { negativePrompt } } } } }')} }`
    expect(cost(query, { n: 1 })).toBeLessThan(maxCost)
    expect(cost(query, { n: 100 })).toBeGreaterThan(maxCost)
  })

  it('is not counted to its end: fragments in fragments do not hold the process', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) =>
        `fragment F${level} on __Type { ${aliases(4, `possibleTypes { interfaces { ...F${level + 1} } }`)} name }`,
    )
    const query = `${levels.join('\n')} fragment F30 on __Type { name } { __schema { types { ...F0 } } }`
    expect(cost(query)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('an event of a subscription', () => {
  const refusal = (query: string) => {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('no operation')
    return judgeCost(schema, document, operation, {}).refusal
  }

  it('may be a job with all of its fields, and its retries with theirs', () => {
    const whole = job.replace('retries { id }', `retries ${job}`)
    expect(refusal(`subscription { jobs(ids: ["a"]) ${whole} }`)).toBeNull()
  })

  it('may not cost as much as an answer: a stream may have thousands of them', () => {
    const inputs = aliases(40, 'input { prompt }')
    expect(cost(`subscription { jobs(ids: ["a"]) { ${inputs} } }`)).toBeLessThan(maxCost)
    expect(refusal(`subscription { jobs(ids: ["a"]) { ${inputs} } }`)?.extensions['code']).toBe(
      'QUERY_TOO_EXPENSIVE',
    )
  })
})

describe('the cost of an introspection', () => {
  it('is about the number of its values', async () => {
    const query = getIntrospectionQuery()
    const { data } = await execute({ schema, document: parse(query) })
    let values = 0
    JSON.stringify(data, (_key, value: unknown) => {
      values += 1
      return value
    })
    expect(cost(query, {}, 1e9)).toBeGreaterThan(values / 3)
    expect(cost(query, {}, 1e9)).toBeLessThan(values * 3)
  })
})
