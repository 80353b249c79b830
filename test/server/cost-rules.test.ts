/** The arithmetic of costs, on a schema whose numbers are easy to add up. */
import {
  buildSchema,
  type GraphQLObjectType,
  getOperationAST,
  isObjectType,
  type OperationDefinitionNode,
  parse,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { costOf, judgeCost, maxCost, maxEventCost } from '../../src/server/cost.ts'

const schema = buildSchema(/* GraphQL */ `
  type Query {
    leaf: Int
    heavy: Int
    node: Node
    thing: Thing
    list: [Thing]
    listed: [Thing!]!
    guessed: [Thing]
    byIds(ids: [ID!]): [Thing]
    page(first: Int, last: Int, filter: Filter): Page
    either: Either
    search(filter: Filter): Int
  }
  input Filter { text: String }
  interface Node { id: ID }
  type Thing implements Node { id: ID, leaf: Int, thing: Thing }
  union Either = Thing | Edge
  type Page { total: Int, edges: [Edge] }
  type Edge { node: Thing }
  type Mutation { leaf: Int }
  type Subscription { thing: Thing }
`)
/** Facts of cost for a field, as the schema of the gateway states them. */
function weigh(type: string, field: string, cost: object): void {
  const of = schema.getType(type)
  if (!isObjectType(of)) throw new Error(`no type ${type}`)
  const found = (of as GraphQLObjectType).getFields()[field]
  if (!found) throw new Error(`no field ${field}`)
  found.extensions = { cost }
}
weigh('Query', 'heavy', { weight: 7 })
weigh('Query', 'guessed', { items: 3, weight: 2 })
weigh('Query', 'search', { withArgument: { path: 'filter.text', weight: 50 } })

function cost(query: string, variables = {}, limit = Number.POSITIVE_INFINITY): number {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  return costOf(schema, document, operation, variables, limit)
}
const alias = (length: number) => 'a'.repeat(length)

describe('the cost of an operation', () => {
  it.each([
    ['a value', '{ leaf }', 1],
    ['values', '{ leaf a: leaf b: leaf }', 3],
    ['a value with work behind it', '{ heavy }', 7],
    ['a type name', '{ __typename }', 1],
    ['an object and its fields', '{ thing { id leaf } }', 3],
    ['an object without fields of its own', '{ node { id } }', 2],
    ['what a fragment selects', '{ thing { ...F } } fragment F on Thing { id leaf }', 3],
    [
      'a fragment each time it is spread',
      '{ a: thing { ...F } b: thing { ...F } } fragment F on Thing { id leaf }',
      6,
    ],
    ['an inline fragment', '{ node { ... on Thing { id leaf } } }', 3],
    ['a fragment without a type', '{ thing { ... { id leaf } } }', 3],
    ['fragments beside each other', '{ node { ... on Thing { leaf } ... on Node { id } } }', 3],
    [
      'types of which a value has one: the dearest of them',
      '{ either { __typename ... on Thing { leaf } ... on Edge { node { id } } ... on Thing { thing { id } } } }',
      1 + 1 + 3,
    ],
    ['a mutation', 'mutation { leaf }', 1],
    ['a subscription', 'subscription { thing { id leaf } }', 3],
  ])('of %s', (_name, query, sum) => {
    expect(cost(query)).toBe(sum)
  })

  it.each([
    ['ten entries, guessed', '{ list { id } }', 1 + 10 * (1 + 1)],
    ['the same where none may be missing', '{ listed { id } }', 1 + 10 * (1 + 1)],
    ['as many as the field guesses, each with the work', '{ guessed { id leaf } }', 2 + 3 * (2 + 2)],
    ['as many as ids are given', '{ byIds(ids: ["a", "b", "c"]) { id } }', 1 + 3 * (1 + 1)],
    ['none where no ids are given', '{ byIds(ids: []) { id } }', 1],
  ])('of a list is that of %s', (_name, query, sum) => {
    expect(cost(query)).toBe(sum)
  })

  it.each([
    ['20', '', 20],
    ['what is asked for from its beginning', '(first: 3)', 3],
    ['what is asked for from its end', '(last: 4)', 4],
    ['none', '(first: 0)', 0],
    ['none for a number that is refused later', '(first: -5)', 0],
    ['20 where null is asked for', '(first: null)', 20],
  ])('of a page is that of %s', (_name, args, size) => {
    expect(cost(`{ page${args} { total edges { node { id } } } }`)).toBe(1 + 1 + (1 + size * (2 + 1)))
  })

  it('of a page is that of its variable', () => {
    const query = 'query ($n: Int) { page(first: $n) { edges { node { id } } } }'
    expect(cost(query, { n: 5 })).toBe(1 + 1 + 5 * 3)
  })

  it('counts two pages of one selection by their own sizes', () => {
    const query =
      '{ a: page(first: 1) { ...P } b: page(first: 2) { ...P } } fragment P on Page { edges { node { id } } }'
    expect(cost(query)).toBe(1 + 1 + 3 + (1 + 1 + 2 * 3))
  })

  it('of a search is added where there is something to search for', () => {
    expect(cost('{ search }')).toBe(1)
    expect(cost('{ search(filter: {}) }')).toBe(1)
    expect(cost('{ search(filter: { text: null }) }')).toBe(1)
    expect(cost('{ search(filter: { text: "" }) }')).toBe(51)
  })

  it('counts a hundred characters of a name as a value: it is a part of the answer', () => {
    expect(cost(`{ ${alias(99)}: leaf }`)).toBe(1)
    expect(cost(`{ ${alias(100)}: leaf }`)).toBe(2)
    expect(cost(`{ ${alias(250)}: leaf }`)).toBe(3)
    expect(cost(`{ ${alias(250)}: __typename }`)).toBe(3)
    expect(cost(`{ list { ${alias(250)}: id } }`)).toBe(1 + 10 * (3 + 1))
    expect(cost(`{ ${alias(250)}: __schema { __typename } }`)).toBe(2 + cost('{ __schema { __typename } }'))
  })

  it('leaves what is not valid to validation', () => {
    expect(cost('{ nothing thing { nothing id } }')).toBe(2)
    expect(cost('{ either { id } }')).toBe(1)
    const document = parse('subscription { leaf }')
    const [operation] = document.definitions as [OperationDefinitionNode]
    expect(costOf(buildSchema('type Query { leaf: Int }'), document, operation, {})).toBe(0)
    expect(cost('{ thing { ...F ...G } } fragment G on Nothing { id }')).toBe(1)
    expect(cost('{ thing { ...F } } fragment F on Thing { leaf thing { ...F } }')).toBe(3)
    expect(cost('{ thing { ... on Filter { text } } }')).toBe(1)
  })
})

describe('the cost of an introspection', () => {
  it('is that of its values', () => {
    expect(cost('{ __type(name: "Thing") { name kind } }')).toBe(3)
    expect(cost('{ __type(name: "Thing") { fields { name } } }')).toBe(1 + 3 * 2)
    expect(cost('{ __type(name: "Nothing") { fields { name } } }')).toBe(1)
    expect(cost('{ __type(name: "Edge") { fields { type { name ofType { name } } } } }')).toBe(
      1 + 1 + 1 + 1 + 1,
    )
  })

  it('is found at the root of queries only', () => {
    expect(cost('mutation { __type(name: "Thing") { name } }')).toBe(0)
    expect(cost('{ thing { __schema { description } } }')).toBe(1)
  })

  it('counts texts by their lengths', () => {
    const [long, at] = [alias(250), 'Edge']
    const type = schema.getType(at)
    if (!type) throw new Error('no type')
    type.description = long
    expect(cost('{ __type(name: "Edge") { description } }')).toBe(1 + 1 + 2)
    type.description = alias(100)
    expect(cost('{ __type(name: "Edge") { description } }')).toBe(1 + 1 + 1)
    type.description = undefined
  })

  it('counts what is below each type by itself', () => {
    const query =
      '{ a: __type(name: "Thing") { ...T } b: __type(name: "Edge") { ...T } } fragment T on __Type { fields { name } }'
    expect(cost(query)).toBe(1 + 3 * 2 + (1 + 2))
  })
})

describe('the counting', () => {
  it('ends beyond the limit: what is known then is that it is more', () => {
    const query = `{ ${Array.from({ length: 10 }, (_, index) => `a${index}: leaf`).join(' ')} }`
    expect(cost(query, {}, 10)).toBe(10)
    expect(cost(query, {}, 9)).toBe(10)
    expect(cost(query, {}, 8)).toBe(Number.POSITIVE_INFINITY)
  })

  it('ends beyond as many fields, whatever they cost', () => {
    const nothing = Array.from({ length: 6 }, (_, index) => `a${index}: nothing`).join(' ')
    expect(cost(`{ ${nothing} }`, {}, 10)).toBe(0)
    expect(cost(`{ ${nothing} }`, {}, 4)).toBe(Number.POSITIVE_INFINITY)
  })

  it('ends within introspection, too', () => {
    expect(cost('{ __schema { types { name } } }', {}, 5)).toBe(Number.POSITIVE_INFINITY)
  })

  /** The smallest limit within which all of a query is counted. */
  function smallestLimit(query: string): number {
    let limit = 0
    while (cost(query, {}, limit) === Number.POSITIVE_INFINITY) limit += 1
    return limit
  }

  it('comes to the end of an introspection if what is before its last value is within the limit', () => {
    // A field and its value count each; a name costs what its value is.
    const { length } = Object.keys(schema.getTypeMap())
    const types = (length - 1) * 3 + 2 // all but the last, and the field and the value above them
    expect(smallestLimit('{ __schema { types { name } } }')).toBe(types + 1 + 2)
    const locations = schema.getDirectives().map((directive) => directive.locations.length)
    const last = schema.getDirectives().length - 1
    const before = locations.slice(0, last).reduce((sum, count) => sum + 2 + count, 0)
    expect(smallestLimit('{ __schema { directives { locations } } }')).toBe(
      3 + before + 1 + 1 + (locations[last] ?? 0) - 1,
    )
  })

  it('ends where long texts of an introspection cost more, however few they are', () => {
    const described = ['Thing', 'Page', 'Edge'].map((name) => schema.getType(name) as GraphQLObjectType)
    for (const type of described) type.description = alias(5_000)
    const query = '{ __schema { types { description } } }'
    expect(cost(query, {}, 120)).toBe(Number.POSITIVE_INFINITY)
    const before = Object.keys(schema.getTypeMap()).length - 1
    const builtIn = Object.values(schema.getTypeMap()).slice(0, before)
    const texts = builtIn.map((type) => Math.floor((type.description?.length ?? 0) / 100))
    expect(smallestLimit(query)).toBe(before * 2 + texts.reduce((sum, length) => sum + length, 0))
    for (const type of described) type.description = undefined
  })

  it('comes to the end of fragments that double with each level', () => {
    const level = (index: number) =>
      `fragment F${index} on Thing { a: thing { ...F${index + 1} } b: thing { ...F${index + 1} } }`
    const query = `{ thing { ...F0 } } ${Array.from({ length: 60 }, (_, index) => level(index)).join('\n')} fragment F60 on Thing { id }`
    expect(cost(query)).toBeGreaterThan(2 ** 60)
  })
})

describe('an operation', () => {
  const refusal = (query: string) => {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('no operation')
    return judgeCost(schema, document, operation, {}).refusal
  }
  const things = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: leaf`).join(' ')
  const lists = (count: number) =>
    Array.from({ length: count }, (_, index) => `l${index}: list { id }`).join(' ')

  it('may cost as much as the limit, and no more', () => {
    // A list of ten costs 21.
    const full = `{ ${lists(Math.floor(maxCost / 21))} ${things(maxCost % 21)} }`
    expect(refusal(full)).toBeNull()
    expect(refusal(full.replace('}', '} one: leaf '))?.extensions).toEqual({ code: 'QUERY_TOO_EXPENSIVE' })
  })

  it('that costs too much is told how much', () => {
    expect(refusal(`{ ${lists(1_572)} }`)?.message).toMatch(/^The operation may cost 33012; at most 33000 /)
    expect(refusal(`{ ${lists(5_000)} }`)?.message).toMatch(/^The operation may cost more than 33000; /)
  })

  it('that is a subscription may cost less for each event', () => {
    expect(refusal(`subscription { thing { ${things(maxEventCost - 1)} } }`)).toBeNull()
    expect(refusal(`subscription { thing { ${things(maxEventCost)} } }`)?.message).toMatch(
      /^An event of the subscription may cost 2001; at most 2000 /,
    )
  })
})
