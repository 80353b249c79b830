import {
  type FamilyName,
  families as familyFacts,
  inputs,
  type Model,
  models,
  type Parameter,
} from '../generated/parameters.ts'
import type { SourceParameter } from '../jobs/input.ts'

export type { FamilyName, Model, Parameter }

/** A parameter of a whole family: where its models differ, the widest bounds, and neither range nor default. */
export interface FamilyParameter extends Parameter {
  /** Whether its models differ in what they allow, or in their default. */
  readonly varies: boolean
  /** Whether every input that is sent has it. */
  readonly always: boolean
}

/** Models that take the same parameters, each with its own ranges. */
export interface Family {
  readonly name: FamilyName
  /** What a job of it is, such as "A video-to-video job with LoRAs". */
  readonly description: string
  /** The one that is taken where none is named. */
  readonly defaultModel: Model
  readonly models: readonly Model[]
  readonly parameters: readonly FamilyParameter[]
}

/** What may differ between the models of a family. */
const ranges = ['default', 'minimum', 'maximum', 'allowed', 'minItems', 'minLength', 'pattern'] as const

/** Where the vendor has no default, nothing is sent, but for the seed, which is drawn here. */
const isAlwaysSent = ({ required, default: value, role }: Parameter) =>
  required || value !== undefined || role === 'seed'

const allModels: readonly Model[] = models
const byId = new Map(allModels.map((model) => [model.id, model]))
const byName = new Map(allModels.map((model) => [model.name, model]))

/** What can be made, as the document has it. */
export const families: readonly Family[] = (Object.keys(familyFacts) as FamilyName[]).map(familyOf)

/** The model of this id of the vendor, or of this name in the schema; undefined for neither. */
export function findModel(idOrName: string): Model | undefined {
  return byId.get(idOrName) ?? byName.get(idOrName)
}

/** Every model, in the order of the document. */
export function listModels(): readonly Model[] {
  return allModels
}

/** The parameters of a model with its own ranges, in the order of the document. */
export function parametersOf({ input }: Pick<Model, 'input'>): readonly Parameter[] {
  return Object.values(inputs[input])
}

/** The parameter of a model that has a role; undefined where it has none. */
export function roleOf(
  model: Pick<Model, 'input'> | undefined,
  role: NonNullable<Parameter['role']>,
): Parameter | undefined {
  return model && parametersOf(model).find((parameter) => parameter.role === role)
}

/** The parameters of a model that take files. */
export function sourcesOf(model: Pick<Model, 'input'>): SourceParameter[] {
  return parametersOf(model).flatMap(({ name, field, media }) => (media ? [{ name, field, media }] : []))
}

function familyOf(name: FamilyName): Family {
  const own = allModels.filter(({ family }) => family === name)
  const [defaultModel] = own
  if (!defaultModel) throw new Error(`The family ${name} has no model`)
  const lists = [...new Set(own.map(({ input }) => input))].map((input) => parametersOf({ input }))
  const parameters = parametersOf(defaultModel).map(({ field }) =>
    commonOf(lists.flatMap((list) => list.filter((parameter) => parameter.field === field))),
  )
  return { name, ...familyFacts[name], defaultModel, models: own, parameters }
}

/** What the models of a family have in common, of their variants of one parameter. */
export function commonOf(variants: readonly Parameter[]): FamilyParameter {
  const [first, ...others] = variants
  if (!first) throw new Error('A parameter without a model')
  const differs = (key: (typeof ranges)[number]) =>
    others.some((other) => JSON.stringify(other[key]) !== JSON.stringify(first[key]))
  const differing = ranges.filter(differs)
  const common = Object.fromEntries(
    Object.entries(first).filter(([key]) => !(differing as readonly string[]).includes(key)),
  ) as unknown as Parameter // Only what is optional is left out.
  const longest = (key: 'maxItems' | 'maxLength') => Math.max(...variants.map((variant) => variant[key] ?? 0))
  const [maxItems, maxLength] = [longest('maxItems'), longest('maxLength')]
  const allowed = [...new Set(variants.flatMap((variant) => variant.allowed ?? []))]
  return {
    ...common,
    ...(maxItems > 0 && { maxItems }),
    ...(maxLength > 0 && { maxLength }),
    ...(variants.every((variant) => variant.allowed) && { allowed }),
    varies: differing.length > 0,
    always: variants.every(isAlwaysSent),
  }
}
