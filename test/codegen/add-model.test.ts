import { describe, expect, it } from 'vitest'
import { addModel } from '../../codegen/add-model.ts'
import { familiesOf, type ParameterJson } from '../../codegen/families.ts'
import { at, parseDocument } from '../../codegen/json.ts'
import type { VendorModel } from '../../codegen/vendor-model.ts'
import { generateFromDocument } from '../../codegen.ts'
import { modelOf, whole, yaml } from './support.ts'

/** The parameters that a model has in the document once it is added. */
function parametersOf(model: VendorModel): { readonly [field: string]: ParameterJson } {
  const { yaml: text } = addModel(yaml, model)
  const { models, inputs } = familiesOf(parseDocument(text))
  return inputs[models.find(({ id }) => id === model.model_id)?.input ?? ''] ?? {}
}

describe('a model that is added', () => {
  it('has its path, its price and a family of its own, and leaves the rest as it is', () => {
    const { yaml: text, family, joined, left } = addModel(whole, modelOf({ prompt: { type: 'string' } }))
    expect({ family, joined, left }).toEqual({ family: 'Owl15ImageToVideo', joined: false, left: [] })
    const document = parseDocument(text)
    expect(at(document, 'paths', '/api/v3/maker/owl-1.5/image-to-video', 'post')).toMatchObject({
      operationId: 'submitOwl15ImageToVideo',
      'x-model-id': 'maker/owl-1.5/image-to-video',
      'x-price': 0.5,
      'x-vendor-type': 'image-to-video',
      summary: 'Owl 1.5 Image To Video',
      description: 'Makes an owl fly.',
    })
    expect(text).toMatch(/owl-1\.5[\s\S]*responses: \*submitResponses/)
    const lines = new Set(text.split('\n'))
    expect(whole.split('\n').filter((line) => !lines.has(line))).toEqual([])
  })

  it('keeps the order in which people meet the parameters, their words, ranges, values and defaults', () => {
    const parameters = parametersOf(
      modelOf(
        {
          steps: { type: 'integer', minimum: 1, maximum: 9, default: 3, description: ' Many\n steps ' },
          prompt: { type: 'string', maxLength: 50 },
          fast: { type: 'boolean', default: false, title: 'Fast mode' },
          size: { enum: ['a*b', 'b*a'], default: 'a*b' },
          weight: { type: 'number', minimum: 0 },
        },
        {},
        { 'x-order-properties': ['prompt', 'size', 'gone'], required: ['prompt', 'weight'] },
      ),
    )
    expect(Object.values(parameters)).toMatchObject([
      {
        name: 'prompt',
        type: 'string',
        role: 'prompt',
        required: true,
        maxLength: 50,
        pattern: '\\S',
        minLength: 1,
      },
      { name: 'size', type: 'string', allowed: ['a*b', 'b*a'], default: 'a*b' },
      { name: 'steps', minimum: 1, maximum: 9, default: 3, description: 'Many steps' },
      { name: 'fast', type: 'boolean', default: false, description: 'Fast mode' },
      { name: 'weight', required: true, minimum: 0, description: 'The parameter weight.' },
    ])
  })

  it.each([
    ['image', {}],
    ['last_image', {}],
    ['reference', { 'x-ui-component': 'uploader' }],
    ['source', { format: 'uri' }],
    ['weights_url', {}],
  ])('takes an address for the file %s', (name, more) => {
    const [file] = Object.values(parametersOf(modelOf({ [name]: { type: 'string', ...more } })))
    expect(file).toMatchObject({ format: 'http-url', role: 'source', maxLength: 8_192 })
  })

  it('knows a seed, whose bounds are the gateway’s where the vendor has none', () => {
    const seedOf = (seed: object) => parametersOf(modelOf({ seed: { type: 'integer', ...seed } }))['seed']
    expect(seedOf({ default: -1 })).toMatchObject({
      role: 'seed',
      minimum: -1,
      maximum: 2_147_483_647,
      unboundedAtVendor: true,
      default: -1,
    })
    expect(seedOf({ minimum: 0, maximum: 65_535 })).toMatchObject({ minimum: 0, maximum: 65_535 })
    expect(seedOf({ minimum: 0, maximum: 65_535 })).not.toHaveProperty('unboundedAtVendor')
  })

  it('has its lists, of LoRAs, of values and of objects of its own', () => {
    const path = { type: 'string' }
    const scale = { type: 'number', default: 1 }
    const parameters = parametersOf(
      modelOf({
        loras: {
          type: 'array',
          maxItems: 2,
          items: { type: 'object', properties: { path, scale }, required: ['path'] },
        },
        more_loras: { type: 'array', items: { $ref: '#/components/schemas/LoraWeight' } },
        images: { type: 'array', items: { type: 'string' } },
        shots: {
          type: 'array',
          items: {
            properties: { prompt: { type: 'string' }, seconds: { type: 'integer' } },
            required: ['prompt'],
          },
        },
      }),
    )
    expect(parameters).toMatchObject({
      loras: { itemName: 'Lora', maxItems: 2 },
      moreLoras: { itemName: 'Lora', maxItems: 100 },
      images: { itemType: 'string', itemFormat: 'http-url', itemMaxLength: 8_192, maxItems: 100 },
      shots: {
        itemName: 'Owl15ImageToVideoShot',
        items: [
          { name: 'prompt', required: true },
          { name: 'seconds', type: 'integer' },
        ],
      },
    })
    expect(parameters['shots']).not.toHaveProperty('items.0.role')
  })

  it.each([
    ['is switched off', { mood: { type: 'string', disabled: true } }],
    [
      'would change what comes out',
      { enable_base64_output: { type: 'boolean' }, enable_sync_mode: { type: 'boolean' } },
    ],
  ])('leaves out what %s', (_name, properties) => {
    expect(Object.keys(parametersOf(modelOf({ prompt: { type: 'string' }, ...properties })))).toEqual([
      'prompt',
    ])
  })

  it.each([
    ['empty', { type: 'string', default: '' }, {}],
    ['none of its values', { type: 'string', enum: ['a'], default: 'b' }, {}],
    ['beyond its range', { type: 'number', maximum: 1, default: 2 }, {}],
    ['a sample of what is needed', { type: 'string', default: 'Hello!' }, { required: ['a'] }],
  ])('has no default that is %s', (_name, parameter, request) => {
    expect(parametersOf(modelOf({ a: parameter }, {}, request))['a']).not.toHaveProperty('default')
  })

  it('says which rules are left to the vendor', () => {
    const { left } = addModel(yaml, modelOf({ prompt: { type: 'string' } }, {}, { allOf: [], if: {} }))
    expect(left).toEqual(['rules between its parameters (allOf, if)'])
  })

  it('marks and says whatever is assumed of it', async () => {
    const words = 'A seed is assumed.'
    const model = modelOf({ a: { type: 'number', description: words } }, { description: words })
    const document = parseDocument(addModel(yaml, model).yaml)
    expect(at(document, 'paths', `/api/v3/${model.model_id}`, 'post')['x-assumed']).toBe(true)
    expect(
      at(document, 'components', 'schemas', 'Owl15ImageToVideoInput', 'properties', 'a')['x-assumed'],
    ).toBe(true)
  })

  it('gets a longer name where the short one is taken, in each place', () => {
    const properties = { prompt: { type: 'string' } }
    const first = addModel(yaml, modelOf(properties)).yaml
    const id = 'other/owl-1.5/image-to-video'
    const other = modelOf(properties, { model_id: id })
    const run = { ...at(other.api_schema.api_schemas[0] as never), api_path: `/api/v3/${id}` }
    const second = addModel(first, { ...other, api_schema: { api_schemas: [run as never] } })
    expect(second).toMatchObject({ family: 'OtherOwl15ImageToVideo', alike: ['Owl15ImageToVideo'] })
    expect(at(parseDocument(second.yaml), 'paths', `/api/v3/${id}`, 'post')).toMatchObject({
      operationId: 'submitOtherOwl15ImageToVideo',
      'x-name': 'OTHER_OWL_1_5_IMAGE_TO_VIDEO',
    })
  })
})

it('what is added can be generated from', async () => {
  const { yaml: text } = addModel(whole, modelOf({ prompt: { type: 'string' }, image: { type: 'string' } }))
  const files = await generateFromDocument(text)
  expect(files.get('src/generated/parameters.ts')).toContain('"family": "Owl15ImageToVideo"')
})
