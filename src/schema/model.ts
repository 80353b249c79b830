import { models, type Parameter, v2vLoraParameters } from '../generated/parameters.ts'
import { builder } from './builder.ts'

type ModelInfo = (typeof models)[number]
export type ModelId = ModelInfo['id']

export const defaultModel: ModelId = models[0].id

/** The models as an enum whose values are the vendor's ids. */
export const Model = builder.enumType('Model', {
  description: 'A model of the vendor that turns a clip into another.',
  values: Object.fromEntries(
    models.map(({ name, id, title, description }) => [
      name,
      { value: id, description: `${title} (\`${id}\`). ${description}` },
    ]),
  ) as Record<ModelInfo['name'], { value: ModelId; description: string }>,
})

/** The document's words on a parameter, with its range and default. */
export function describe(parameter: Parameter): string {
  const { description, minimum, maximum, maxItems, maxLength, default: value } = parameter
  const range = minimum === undefined ? '' : ` From ${minimum} to ${maximum}.`
  const most = maxItems === undefined ? '' : ` At most ${maxItems} entries.`
  const longest = maxLength === undefined ? '' : ` At most ${maxLength} characters.`
  const otherwise = value === undefined || Array.isArray(value) ? '' : ` Default ${value}.`
  return `${description}${range}${most}${longest}${otherwise}`
}

const ParameterType = builder.enumType('ParameterType', {
  description: 'The kind of value a parameter takes.',
  values: {
    STRING: { value: 'string', description: 'Text.' },
    INTEGER: { value: 'integer', description: 'A whole number.' },
    NUMBER: { value: 'number', description: 'A number.' },
    ARRAY: { value: 'array', description: 'A list of objects, whose members are in `items`.' },
  } as const,
})

const ParameterObject = builder.objectRef<Parameter>('ModelParameter')

ParameterObject.implement({
  description: 'One parameter of a model, as the vendor documents it: enough for a form to build itself.',
  fields: (t) => ({
    name: t.exposeString('field', { description: 'The field of `CreateV2VLoraJobInput` that sets it.' }),
    vendorName: t.exposeString('name', { description: "The vendor's own name for it." }),
    type: t.field({ type: ParameterType, description: 'Its kind.', resolve: (parameter) => parameter.type }),
    required: t.exposeBoolean('required', { description: 'Whether a job needs it.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    default: t.string({
      nullable: true,
      description: 'What is taken where it is left out, as JSON; null where there is no default.',
      resolve: (parameter) => (parameter.default === undefined ? null : JSON.stringify(parameter.default)),
    }),
    minimum: t.float({
      nullable: true,
      description: 'Smallest number allowed.',
      resolve: (parameter) => parameter.minimum ?? null,
    }),
    maximum: t.float({
      nullable: true,
      description: 'Largest number allowed.',
      resolve: (parameter) => parameter.maximum ?? null,
    }),
    maxItems: t.int({
      nullable: true,
      description: 'Most entries allowed in a list.',
      resolve: (parameter) => parameter.maxItems ?? null,
    }),
    maxLength: t.int({
      nullable: true,
      description: 'Most characters allowed in a text.',
      resolve: (parameter) => parameter.maxLength ?? null,
    }),
    pattern: t.string({
      nullable: true,
      description: 'A regular expression the text has to match.',
      resolve: (parameter) => parameter.pattern ?? null,
    }),
    items: t.field({
      type: [ParameterObject],
      description: 'The members of each entry of a list; empty for other types.',
      extensions: { cost: { items: 2 } },
      resolve: (parameter) => [...(parameter.items ?? [])],
    }),
  }),
})

const ModelObject = builder.objectRef<ModelInfo>('ModelInfo').implement({
  description: 'A model and what it can be told.',
  fields: (t) => ({
    name: t.field({
      type: Model,
      description: 'Its name in this schema.',
      resolve: (model) => model.id,
    }),
    vendorId: t.exposeString('id', { description: "The vendor's id." }),
    title: t.exposeString('title', { description: 'Its name for people.' }),
    description: t.exposeString('description', { description: 'What it is good for.' }),
    isDefault: t.boolean({
      description: 'Whether `createV2VLoraJob` takes it where none is named.',
      resolve: (model) => model.id === defaultModel,
    }),
    parameters: t.field({
      type: [ParameterObject],
      description: "Its parameters, in the order of the vendor's document.",
      extensions: { cost: { items: Object.keys(v2vLoraParameters).length } },
      resolve: () => Object.values(v2vLoraParameters),
    }),
  }),
})

builder.queryField('models', (t) =>
  t.field({
    type: [ModelObject],
    description: 'The models, each with its parameters.',
    extensions: { cost: { items: models.length } },
    resolve: () => [...models],
  }),
)
