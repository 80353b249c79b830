import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { type Bounds, boundsOf } from '../../src/schema/bounds.ts'
import { schema } from '../../src/schema/index.ts'
import { createTestApi } from '../support/api.ts'
import { record, stores } from '../support/stores.ts'

interface Place {
  readonly name: string
  readonly type: GraphQLInputType
  readonly bounds: Bounds
  readonly description: string
}

/** Every argument and input field of the schema. */
function* places(): Generator<Place> {
  const place = (name: string, of: GraphQLArgument | GraphQLInputField): Place => ({
    name,
    type: of.type,
    bounds: boundsOf(of),
    description: of.description ?? '',
  })
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) yield place(`${type.name}.${field.name}`, field)
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        for (const argument of field.args)
          yield place(`${type.name}.${field.name}(${argument.name})`, argument)
      }
    }
  }
}

const isText = ({ type }: Place) => ['String', 'ID'].includes(getNamedType(type).name)
const isList = ({ type }: Place) => isListType(getNullableType(type))

describe('every argument and input field', () => {
  it.each([...places()].filter(isText))(
    'that is text has a length, or its values, in words as well: $name',
    ({ bounds, description }) => {
      expect(bounds.maxLength).toBeGreaterThan(0)
      if (/ One of `.*`\./.test(description)) return
      expect(description).toContain(`At most ${bounds.maxLength} characters.`)
    },
  )

  it.each([...places()].filter(isList))(
    'that is a list has a length, in words as well: $name',
    ({ bounds, description }) => {
      expect(bounds.maxItems).toBeGreaterThan(0)
      expect(description).toContain(`At most ${bounds.maxItems} entries.`)
    },
  )

  it('of both kinds is found', () => {
    expect([...places()].filter(isText).length).toBeGreaterThan(15)
    expect([...places()].filter(isList).map(({ name }) => name)).toContain('Query.nodes(ids)')
  })
})

describe('what is beyond its bounds', () => {
  const long = 'x'.repeat(1_001)
  const ids = (count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => `job_${index}`))

  it.each([
    [`{ nodes(ids: ${ids(101)}) { id } }`, '`ids` has 101 entries; at most 100 are allowed.'],
    [`{ node(id: "${long}") { id } }`, '`id` has 1001 characters; at most 255 are allowed.'],
    [`{ job(id: "${long}") { id } }`, '`id` has 1001 characters; at most 255 are allowed.'],
    [`{ nodes(ids: ["${long}"]) { id } }`, '`ids` has 1001 characters; at most 255 are allowed.'],
    [
      `{ jobs(after: "${long}") { edges { cursor } } }`,
      '`after` has 1001 characters; at most 1000 are allowed.',
    ],
    [
      `{ jobs(filter: { prompt: "${long}" }) { edges { cursor } } }`,
      '`filter.prompt` has 1001 characters; at most 1000 are allowed.',
    ],
    [
      `{ jobs(filter: { states: [${'QUEUED '.repeat(51)}] }) { edges { cursor } } }`,
      '`filter.states` has 51 entries; at most 50 are allowed.',
    ],
    [
      `mutation { cancelJob(id: "${long}") { __typename } }`,
      '`id` has 1001 characters; at most 255 are allowed.',
    ],
  ])('is refused before anything is read: %s', async (query, message) => {
    const [sqlite] = stores
    if (!sqlite) throw new Error('there is a store')
    const { store, close } = await sqlite.open()
    const untouched = new Proxy(store, {
      get(target, name) {
        if (typeof name === 'string' && name in target) throw new Error(`${name} was asked for`)
        return Reflect.get(target, name) as unknown
      },
    })
    await expect(createTestApi(untouched)(query)).rejects.toThrow(message)
    await close()
  })

  it('leaves a list of a hundred ids: in their order, also repeated and unknown ones', async () => {
    const [sqlite] = stores
    if (!sqlite) throw new Error('there is a store')
    const { store, close } = await sqlite.open()
    const asked: string[] = []
    const counting = {
      ...store,
      listed(ids: readonly string[]) {
        asked.push(...ids)
        return store.listed(ids)
      },
    }
    for (const id of ['job_a', 'job_b']) await record(store, { id })
    const ids = [...Array(97).fill('job_b'), 'job_a', 'job_c', 'job_b']
    const nodes = ids.map((id) => (id === 'job_c' ? null : { id }))
    expect(await createTestApi(counting)(`{ nodes(ids: ${JSON.stringify(ids)}) { id } }`)).toEqual({ nodes })
    expect(asked).toEqual(['job_b', 'job_a', 'job_c'])
    await close()
  })
})
