import { assertInterfaceType, assertObjectType, getNamedType, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { families } from '../../src/catalog/catalog.ts'
import { schema } from '../../src/schema/index.ts'
import { exampleTabs } from '../../src/server/examples.ts'
import { createTestApi } from '../support/api.ts'
import { stores } from '../support/stores.ts'

/** The types of the fields of an object, an interface or an input. */
function fieldsOf(name: string): Record<string, string> {
  const type = schema.getType(name)
  if (!type || !('getFields' in type)) throw new Error(`no fields in ${name}`)
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]))
}

describe('the schema of a family', () => {
  it('is the same for clients of V2V LoRA as before there were others', () => {
    expect(fieldsOf('V2VLoraParameters')).toEqual({
      video: 'String!',
      prompt: 'String!',
      negativePrompt: 'String',
      loras: '[Lora!]!',
      numInferenceSteps: 'Int!',
      duration: 'Int!',
      strength: 'Float!',
      guidanceScale: 'Float!',
      flowShift: 'Float!',
      seed: 'Int!',
    })
    expect(fieldsOf('CreateV2VLoraJobInput')).toEqual({
      model: 'V2VLoraModel',
      video: 'String',
      prompt: 'String',
      negativePrompt: 'String',
      loras: '[LoraInput!]',
      numInferenceSteps: 'Int',
      duration: 'Int',
      strength: 'Float',
      guidanceScale: 'Float',
      flowShift: 'Float',
      seed: 'Int',
      idempotencyKey: 'String',
    })
  })

  it.each(families.map((family) => [family.name, family] as const))(
    '%s has all of its types',
    (name, family) => {
      const mutation = schema.getMutationType()?.getFields()[`create${name}Job`]
      expect(String(mutation?.args[0]?.type)).toBe(`Create${name}JobInput!`)
      expect(getNamedType(mutation?.type)?.name).toBe(`Create${name}JobResult`)
      const parameters = assertObjectType(schema.getType(`${name}Parameters`))
      expect(parameters.getInterfaces()).toContain(assertInterfaceType(schema.getType('JobParameters')))
      expect(Object.keys(fieldsOf(`Create${name}JobInput`)).length).toBe(family.parameters.length + 2)
    },
  )

  it('has no default where its models differ in it, and says so', () => {
    const { flowShift, size } = Object.fromEntries(
      (families.find(({ name }) => name === 'I2VLora')?.parameters ?? []).map((one) => [one.field, one]),
    )
    expect(flowShift).toMatchObject({ varies: true, minimum: 1, maximum: 10 })
    expect(flowShift).not.toHaveProperty('default')
    expect(size?.allowed).toEqual(['832*480', '480*832', '1280*720', '720*1280'])
    const type = schema.getType('CreateI2VLoraJobInput')
    const field = type && 'getFields' in type ? type.getFields()['flowShift'] : undefined
    expect(field?.description).toMatch(/The rest depends on the model: see `models`\.$/)
  })
})

it('models tells what each allows', async () => {
  const [sqlite] = stores
  if (!sqlite) throw new Error('there is a store')
  const { store, close } = await sqlite.open()
  const { models } = (await createTestApi(store)(
    '{ models { name family isDefault parameters { name role default allowed minimum } } }',
  )) as {
    models: { name: string; family: string; isDefault: boolean; parameters: Record<string, unknown>[] }[]
  }
  await close()
  expect(models.filter(({ isDefault }) => isDefault).map(({ family }) => family)).toEqual(
    families.map(({ name }) => name),
  )
  const parametersOf = (model: string) => models.find(({ name }) => name === model)?.parameters
  expect(parametersOf('WAN_2_1_I2V_480P_LORA')).toEqual(
    expect.arrayContaining([
      { name: 'image', role: 'SOURCE', default: null, allowed: [], minimum: null },
      { name: 'duration', role: null, default: '5', allowed: ['5', '10'], minimum: null },
      { name: 'size', role: null, default: '"832*480"', allowed: ['"832*480"', '"480*832"'], minimum: null },
    ]),
  )
  expect(parametersOf('WAN_2_1_I2V_720P_LORA')).toEqual(
    expect.arrayContaining([
      { name: 'duration', role: null, default: '5', allowed: [], minimum: 5 },
      { name: 'flowShift', role: null, default: '5', allowed: [], minimum: 1 },
    ]),
  )
})

it.each(exampleTabs(null).map(({ query }) => [query.split('\n')[0], query] as const))(
  'the tab "%s" of GraphiQL is valid',
  (_title, query) => {
    expect(validate(schema, parse(query))).toEqual([])
  },
)
