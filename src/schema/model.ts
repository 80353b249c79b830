import {
  families,
  listModels,
  type Model as ModelInfo,
  type Parameter,
  parametersOf,
} from '../catalog/catalog.ts'
import { builder } from './builder.ts'

/** Models as the values of an enum, which stand for the vendor's ids. */
export function modelValues(
  models: readonly ModelInfo[],
): Record<string, { value: string; description: string }> {
  return Object.fromEntries(
    models.map(({ name, id, title, description }) => [
      name,
      { value: id, description: `${title} (\`${id}\`). ${description}` },
    ]),
  )
}

/** The models of all families. */
export const Model = builder.enumType('Model', {
  description: 'A model of the vendor.',
  values: modelValues(listModels()),
})

const ParameterType = builder.enumType('ParameterType', {
  description: 'The kind of value a parameter takes.',
  values: {
    STRING: { value: 'string', description: 'Text.' },
    INTEGER: { value: 'integer', description: 'A whole number.' },
    NUMBER: { value: 'number', description: 'A number.' },
    BOOLEAN: { value: 'boolean', description: 'True or false.' },
    ARRAY: {
      value: 'array',
      description:
        'A list: of objects, whose members are in `items`, or of values, whose kind is `itemType`.',
    },
  } as const,
})

const ParameterRole = builder.enumType('ParameterRole', {
  description: 'What the gateway itself knows of a parameter.',
  values: {
    PROMPT: { value: 'prompt', description: 'The text that `JobFilter.prompt` searches.' },
    SEED: { value: 'seed', description: 'Left out or -1, it is drawn by the gateway.' },
    SOURCE: { value: 'source', description: 'The address of a file that is worked on.' },
  } as const,
})

const Media = builder.enumType('Media', {
  description: 'What a file shows.',
  values: {
    VIDEO: { value: 'video', description: 'A video.' },
    IMAGE: { value: 'image', description: 'An image.' },
  } as const,
})

const ParameterObject = builder.objectRef<Parameter>('ModelParameter')

ParameterObject.implement({
  description: 'One parameter of a model, as the vendor documents it: enough for a form to build itself.',
  fields: (t) => ({
    name: t.exposeString('field', {
      description:
        "The field that sets it in the input of its family's mutation, such as `CreateV2VLoraJobInput`, and its name for `createJob`.",
    }),
    vendorName: t.exposeString('name', { description: "The vendor's own name for it." }),
    label: t.exposeString('label', { description: 'What a form calls it.' }),
    media: t.field({
      type: Media,
      nullable: true,
      description:
        'What the file is whose address it takes, or the id of whose upload; null where it takes none.',
      resolve: (parameter) => parameter.media ?? null,
    }),
    type: t.field({ type: ParameterType, description: 'Its kind.', resolve: (parameter) => parameter.type }),
    required: t.exposeBoolean('required', { description: 'Whether a job needs it.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    role: t.field({
      type: ParameterRole,
      nullable: true,
      description: 'What the gateway itself knows of it; null for most.',
      resolve: (parameter) => parameter.role ?? null,
    }),
    default: t.string({
      nullable: true,
      description: 'What is taken where it is left out, as JSON; null where there is no default.',
      resolve: (parameter) => (parameter.default === undefined ? null : JSON.stringify(parameter.default)),
    }),
    allowed: t.stringList({
      description: 'The only values it takes, each as JSON; empty where others are taken too.',
      extensions: { cost: { items: mostAllowed } },
      resolve: (parameter) => (parameter.allowed ?? []).map((value) => JSON.stringify(value)),
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
    step: t.float({
      nullable: true,
      description: 'What a number has to be a multiple of: 1 where it is whole; null where it may be any.',
      resolve: ({ multipleOf, type }) => multipleOf ?? (type === 'integer' ? 1 : null),
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
      description: 'The members of each entry of a list; empty for other types, and for lists of values.',
      extensions: { cost: { items: 2 } },
      resolve: (parameter) => [...(parameter.items ?? [])],
    }),
    itemType: t.field({
      type: ParameterType,
      nullable: true,
      description: 'The kind of value in a list; null for other types, and for lists of objects.',
      resolve: (parameter) => parameter.itemType ?? null,
    }),
  }),
})

const lists = listModels().map((model) => parametersOf(model))
const mostParameters = Math.max(...lists.map((list) => list.length))
/** Values that a parameter names, as a mean: most name none. */
const mostAllowed = 2

const ModelObject = builder.objectRef<ModelInfo>('ModelInfo').implement({
  description: 'A model and what it can be told.',
  fields: (t) => ({
    name: t.field({
      type: Model,
      description: 'Its name in this schema.',
      resolve: (model) => model.id,
    }),
    vendorId: t.exposeString('id', { description: "The vendor's id." }),
    family: t.exposeString('family', {
      description:
        'The models that take the same parameters; it is part of the names of their types: those of `V2VLora` are made by `createV2VLoraJob`.',
    }),
    title: t.exposeString('title', { description: 'Its name for people.' }),
    description: t.exposeString('description', { description: 'What it is good for.' }),
    isDefault: t.boolean({
      description: "Whether its family's mutation takes it where none is named.",
      resolve: (model) => families.some(({ defaultModel }) => defaultModel.id === model.id),
    }),
    parameters: t.field({
      type: [ParameterObject],
      description: "Its parameters, in the order of the vendor's document.",
      extensions: { cost: { items: mostParameters } },
      resolve: (model) => [...parametersOf(model)],
    }),
  }),
})

builder.queryField('models', (t) =>
  t.field({
    type: [ModelObject],
    authScopes: { signedIn: true },
    description: 'The models, each with its parameters.',
    extensions: { cost: { items: listModels().length } },
    resolve: () => [...listModels()],
  }),
)
