import { describe, expect, it } from 'vitest'
import { addModel } from '../../codegen/add-model.ts'
import { familiesOf } from '../../codegen/families.ts'
import { parseDocument } from '../../codegen/json.ts'
import type { VendorModel } from '../../codegen/vendor-model.ts'
import { listModels } from '../../sandbox/catalogue.ts'
import { modelOf, yaml } from './support.ts'

describe('a family that is wanted', () => {
  /** One of the document's models, as the vendor lists it, under another id. */
  function sibling(id: string, change: (properties: Record<string, object>) => void = () => {}): VendorModel {
    const rows = structuredClone(listModels()) as (VendorModel & { model_id: string })[]
    const row = rows.find(({ model_id }) => model_id === 'wavespeed-ai/wan-2.1/t2v-480p-lora')
    const [run] = row?.api_schema.api_schemas ?? []
    if (!row || !run) throw new Error('there is such a model')
    change(run.request_schema.properties as Record<string, object>)
    return { ...row, model_id: id, api_schema: { api_schemas: [{ ...run, api_path: `/api/v3/${id}` }] } }
  }
  const inputOf = (text: string, id: string) => {
    const model = familiesOf(parseDocument(text)).models.find((one) => one.id === id)
    return { family: model?.family, input: model?.input }
  }

  it('is joined, with the schema that is there where nothing differs', () => {
    const added = addModel(yaml, sibling('wavespeed-ai/wan-2.1/t2v-480p-lora-slow'), 'T2VLora')
    expect(added).toMatchObject({ family: 'T2VLora', joined: true, alike: [] })
    expect(inputOf(added.yaml, 'wavespeed-ai/wan-2.1/t2v-480p-lora-slow')).toEqual({
      family: 'T2VLora',
      input: 'T2VLora480pInput',
    })
    expect(parseDocument(added.yaml)['components']).toEqual(parseDocument(yaml)['components'])
  })

  it('is joined with ranges of its own where they differ', () => {
    const model = sibling('wavespeed-ai/wan-2.1/t2v-long', (properties) => {
      properties['duration'] = { type: 'integer', enum: [20], default: 20 }
    })
    const { yaml: text } = addModel(yaml, model, 'T2VLora')
    expect(inputOf(text, model.model_id)).toEqual({ family: 'T2VLora', input: 'Wan21T2vLongInput' })
    expect(familiesOf(parseDocument(text)).inputs['Wan21T2vLongInput']?.['duration']).toMatchObject({
      allowed: [20],
    })
  })

  it('is not joined where the parameters are others', () => {
    const model = sibling('wavespeed-ai/wan-2.1/t2v-loud', (properties) => {
      properties['volume'] = { type: 'integer' }
    })
    expect(() => addModel(yaml, model, 'T2VLora')).toThrow(
      /are of one family \(T2VLora\) and differ in volume/,
    )
  })
})

describe('what is refused by name', () => {
  const text = { prompt: { type: 'string' } }
  it.each([
    [
      'words as outputs',
      modelOf(text, { type: 'llm' }),
      'maker/owl-1.5/image-to-video is of the kind llm, which is not known to make files',
    ],
    [
      'no operation to run it',
      modelOf(text, { api_schema: { api_schemas: [] } }),
      'maker/owl-1.5/image-to-video has no operation of the type model_run',
    ],
    [
      'another path',
      modelOf(text, { model_id: 'maker/else' }),
      'maker/else is run at /api/v3/maker/owl-1.5/image-to-video',
    ],
    ['an object', modelOf({ camera: { type: 'object' } }), 'has the parameter camera of the type "object"'],
    ['no type', modelOf({ camera: {} }), 'has the parameter camera of the type null'],
    [
      'a list in a list',
      modelOf({ a: { type: 'array', items: { type: 'array' } } }),
      'has the list a within a list',
    ],
    [
      'a need of the unknown',
      modelOf(text, {}, { required: ['image'] }),
      'needs image, which its schema does not describe',
    ],
    ['nothing to say', modelOf({}), 'Owl15ImageToVideoInput has no parameters'],
    [
      'a seed that is a text',
      modelOf({ seed: { type: 'string' } }),
      'Owl15ImageToVideoInput.seed has to be the seed, of the type integer',
    ],
    [
      'a model that is there',
      modelOf(text, { model_id: 'wavespeed-ai/wan-2.1/v2v-480p-lora' }),
      'wavespeed-ai/wan-2.1/v2v-480p-lora is in the document already',
    ],
  ])('is a model with %s', (_name, model, message) => {
    expect(() => addModel(yaml, model)).toThrow(message)
  })

  it('is a family that is no GraphQL name', () => {
    expect(() => addModel(yaml, modelOf(text), 'my owls')).toThrow(
      'of the family "my owls", which is no GraphQL name',
    )
  })
})
