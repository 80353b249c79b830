import { getNamedType, isAbstractType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import possible from '../../examples/apollo/possible-types.json' with { type: 'json' }
import { keys } from '../../examples/urql/cache.ts'
import { schema } from '../../src/schema/index.ts'

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]

describe("Apollo Client's possible types", () => {
  it('are those of every interface and union of the schema', () => {
    const expected = types
      .filter(isAbstractType)
      .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)] as const)
    const sorted = (all: readonly (readonly [string, readonly string[]])[]) =>
      Object.fromEntries(all.map(([name, members]) => [name, members.toSorted()]))
    expect(sorted(Object.entries(possible.possibleTypes))).toEqual(sorted(expected))
  })
})

describe("graphcache's keys", () => {
  // What a connection is made of it knows by its names.
  const ofConnections = /(Connection|Edge|^PageInfo)$/

  it('cover every type of the schema that has no id, and no other', () => {
    const without = types
      .filter(isObjectType)
      .filter((type) => !roots.includes(type) && !ofConnections.test(type.name))
      .filter((type) => getNamedType(type.getFields()['id']?.type)?.name !== 'ID')
    expect(Object.keys(keys).toSorted()).toEqual(without.map(({ name }) => name).toSorted())
  })
})
