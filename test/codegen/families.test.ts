import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { familiesOf } from '../../codegen/families.ts'
import { type Json, type JsonObject, parseDocument } from '../../codegen/json.ts'
import { copyProject, root, run } from '../support/project-copy.ts'

const path = (id: string, schema: Json, more: object = {}) => ({
  [`/api/v3/${id}`]: {
    post: { 'x-model-id': id, ...more, requestBody: { content: { 'application/json': { schema } } } },
  },
})
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const schema = (properties: object, more: object = {}): object => ({
  'x-family': 'Owl',
  type: 'object',
  properties,
  ...more,
})
const text = { type: 'string', maxLength: 9 }

/** A document of the models `maker/one`, with the body `One`, and `maker/two`, with the body `Two` if there is one. */
function documentOf(one: object, two?: object): JsonObject {
  const paths = { ...path('maker/one', ref('One')), ...(two && path('maker/two', ref('Two'))) }
  return { paths, components: { schemas: { One: one, ...(two && { Two: two }) } } } as unknown as JsonObject
}

describe('the families of a document', () => {
  it('hold the models by the family of their bodies, each with its own ranges', () => {
    const document = documentOf(
      schema({ big_size: { type: 'integer', maximum: 5 } }, { title: 'An owl' }),
      schema({ big_size: { type: 'integer', title: 'How big', enum: [1, 2], default: 1 } }),
    )
    const { families, models, inputs } = familiesOf(document)
    expect(families).toEqual({ Owl: { description: 'An owl' } })
    expect(models.map(({ name, family, input }) => [name, family, input])).toEqual([
      ['ONE', 'Owl', 'One'],
      ['TWO', 'Owl', 'Two'],
    ])
    const common = {
      name: 'big_size',
      field: 'bigSize',
      label: 'Big size',
      type: 'integer',
      required: false,
      description: '',
    }
    expect(inputs).toEqual({
      One: { bigSize: { ...common, maximum: 5 } },
      Two: { bigSize: { ...common, label: 'How big', default: 1, allowed: [1, 2] } },
    })
  })

  it('give a parameter whose field is the gateway’s own another one', () => {
    const { inputs } = familiesOf(documentOf(schema({ model: text, idempotency_key: text })))
    expect(Object.keys(inputs['One'] ?? {})).toEqual(['modelOption', 'idempotencyKeyOption'])
  })

  it.each([
    [
      'a body of no family',
      { type: 'object' },
      '/api/v3/maker/one takes the body One, which is no known family',
    ],
    [
      'a family that is no name',
      schema({ a: text }, { 'x-family': 'a b' }),
      'One is of the family "a b", which is no GraphQL name',
    ],
    ['a body without parameters', schema({}), 'One has no parameters'],
    ['an object within', schema({ a: { type: 'object' } }), 'One.a is of the type "object"'],
    ['several types', schema({ a: { type: ['string', 'null'] } }), 'One.a is of the type ["string","null"]'],
    ['a name that GraphQL lacks', schema({ 'a-b': text }), 'One.a-b is no GraphQL name'],
    ['two names for one field', schema({ a_b: text, aB: text }), 'One has two parameters called aB'],
    ['a text without an end', schema({ a: { type: 'string' } }), 'One.a is a text without a maxLength'],
    [
      'a list without an end',
      schema({ a: { type: 'array', items: text } }),
      'One.a is a list without maxItems',
    ],
    [
      'a list of texts without an end',
      schema({ a: { type: 'array', maxItems: 1, items: { type: 'string' } } }),
      'One.a has texts without a maxLength',
    ],
    [
      'a list of lists',
      schema({ a: { type: 'array', maxItems: 1, items: { type: 'array' } } }),
      'One.a is a list of "array"',
    ],
    [
      'a list of nameless objects',
      schema({ a: { type: 'array', maxItems: 1, items: { type: 'object' } } }),
      'One.a is a list of objects without a name',
    ],
    [
      'a number too large',
      schema({ a: { type: 'integer', maximum: 3e9 } }),
      'One.a has a number that is too large',
    ],
    [
      'two prompts',
      schema({ a: { ...text, 'x-role': 'prompt' }, b: { ...text, 'x-role': 'prompt' } }),
      'One has more than one prompt',
    ],
    [
      'a prompt that is none',
      schema({ prompt: text }),
      'One.prompt has to be the prompt, of the type string',
    ],
    [
      'a seed of another type',
      schema({ seed: { type: 'number' } }),
      'One.seed has to be the seed, of the type integer',
    ],
    [
      'a number as the prompt',
      schema({ a: { type: 'number', 'x-role': 'prompt' } }),
      'One.a is the prompt, so its type is string',
    ],
  ])('fail by name at %s', (_name, one, message) => {
    expect(() => familiesOf(documentOf(one))).toThrow(message)
  })

  it.each([
    ['is missing', { b: text }],
    ['is needed', { a: text, b: text }, ['a']],
    ['has another type', { a: { type: 'number' }, b: text }],
    ['has another role', { a: { ...text, 'x-role': 'source' }, b: text }],
    ['is of another form', { a: { ...text, format: 'http-url' }, b: text }],
  ])('fail where a parameter %s in one of their models', (_name, properties, required: string[] = []) => {
    const document = documentOf(schema({ a: text, b: text }), schema(properties, { required }))
    expect(() => familiesOf(document)).toThrow('One and Two are of one family (Owl) and differ in a.')
  })

  it('fail at a body that stands in the path itself, and at two models of one name', () => {
    const inline = { paths: path('maker/one', schema({ a: text }) as Json) } as unknown as JsonObject
    expect(() => familiesOf(inline)).toThrow('/api/v3/maker/one takes a body that is no schema of its own')
    const { components, paths } = documentOf(schema({ a: text }))
    const named = (more: object) =>
      ({
        components,
        paths: { ...(paths as object), ...path('other/one', ref('One'), more) },
      }) as unknown as JsonObject
    expect(() => familiesOf(named({}))).toThrow('Two models would be called ONE: give one an x-name.')
    expect(familiesOf(named({ 'x-name': 'OTHER_ONE' })).models.map(({ name }) => name)).toEqual([
      'ONE',
      'OTHER_ONE',
    ])
    expect(() => familiesOf(named({ 'x-name': '1' }))).toThrow(
      '/api/v3/other/one would be called 1: give it an x-name.',
    )
  })
})

it('codegen fails by name, and writes nothing', async () => {
  const folder = await copyProject()
  const file = join(folder, 'openapi/wavespeed.yaml')
  const document = parseDocument(await readFile(file, 'utf8'))
  Object.assign(document['paths'] as object, path('maker/new', { type: 'object' } as Json))
  await writeFile(file, stringify(document))
  const generated = join(folder, 'src/generated/parameters.ts')
  const before = await readFile(generated, 'utf8')
  expect(await run(folder, ['codegen.ts'])).toEqual({
    code: 1,
    output:
      '/api/v3/maker/new takes a body that is no schema of its own, which is no known family: name one in its x-family.\n',
  })
  expect(await readFile(generated, 'utf8')).toBe(before)
  expect(before).toBe(await readFile(join(root, 'src/generated/parameters.ts'), 'utf8'))
})
