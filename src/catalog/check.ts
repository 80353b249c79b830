import type { ValidateFunction } from 'ajv/dist/2020.js'
import { closest, distance } from 'fastest-levenshtein'
import { createValidator } from '../generated/validators.ts'
import type { CheckedInput, InputDraft, InputIssue, InputRules, JobInput } from '../jobs/input.ts'
import { normalAddress } from './address.ts'
import { findModel, type Model, type Parameter, parametersOf, roleOf, sourcesOf } from './catalog.ts'
import { toIssue } from './issues.ts'

/** The vendor's word for "draw one". */
const randomSeed = -1
const largestSeed = 2_147_483_647

/** More faults than this help nobody, and cost whoever writes and reads them. */
const mostIssues = 100
/** Of a name that no parameter has, as much as an answer quotes. */
const longestName = 100

/** The rules of the document. */
export const inputRules: InputRules = {
  check(modelId, draft) {
    const model = findModel(modelId)
    return model ? checkInput(model, draft) : { issues: [unknownModel(modelId)] }
  },

  sources(modelId) {
    const model = findModel(modelId)
    return model ? sourcesOf(model) : []
  },

  withSeed(modelId, input, seed) {
    const parameter = roleOf(findModel(modelId), 'seed')
    return parameter ? { ...input, [parameter.name]: seedWithin(parameter, seed) } : input
  },
}

/** The seed, in the range of the parameter. */
export function seedWithin({ minimum = 0, maximum = largestSeed }: Parameter, seed: number): number {
  const lowest = Math.max(minimum, 0)
  return lowest + (seed % (maximum - lowest + 1))
}

function unknownModel(modelId: string): InputIssue {
  const message = `There is no model ${modelId.slice(0, longestName)}: the query \`models\` lists them.`
  return { path: 'model', message, minimum: null, maximum: null }
}

/** Fills in the document's defaults, and answers every issue at once with the document's limits. */
function checkInput(model: Model, draft: InputDraft): ReturnType<InputRules['check']> {
  const result = checkDraft(parametersOf(model), createValidator(model.input), draft)
  return 'issues' in result ? result : { ...result, ...factsOf(parametersOf(model), result.input) }
}

/** The same for any parameters, with the validator of the schema that has them. */
export function checkDraft(
  parameters: readonly Parameter[],
  validate: Pick<ValidateFunction, 'errors'> & ((input: unknown) => boolean),
  draft: InputDraft,
): { readonly input: JobInput } | { readonly issues: readonly InputIssue[] } {
  const { values, issues: strange } = rename(parameters, draft, '')
  const wire = { ...defaults(parameters), ...values }
  const long = tooMany(parameters, wire)
  const faults = validate(wire) ? [] : (validate.errors ?? [])
  // What is of another type breaks rules that were not meant for it.
  const byKind = (isType: boolean) => faults.filter(({ keyword }) => (keyword === 'type') === isType)
  const broken = [...byKind(true), ...byKind(false)].map((error) => toIssue(error, parameters))
  const place = ({ path }: InputIssue) => parameters.findIndex(({ field }) => field === path.split('.')[0])
  const issues = [...strange, ...long, ...broken].sort((one, other) => place(one) - place(other))
  if (issues.length === 0) return { input: wire as JobInput } // The validator has just said so.
  // One issue a field: an empty prompt is both too short and blank.
  const byPath = new Map(issues.reverse().map((issue) => [issue.path, issue]))
  return { issues: [...byPath.values()].reverse().slice(0, mostIssues) }
}

/** What the domain has to know of an input. */
export function factsOf(parameters: readonly Parameter[], input: JobInput): Omit<CheckedInput, 'input'> {
  const sent = (role: Parameter['role']) => {
    const parameter = parameters.find((one) => one.role === role)
    return parameter && { value: input[parameter.name] }
  }
  const [prompt, seed] = [sent('prompt'), sent('seed')]
  return {
    prompt: String(prompt?.value ?? ''),
    seedDrawn: seed !== undefined && (seed.value === undefined || seed.value === randomSeed),
  }
}

/** Cuts lists that are too long before anything checks their entries, and says so. */
function tooMany(parameters: readonly Parameter[], wire: Record<string, unknown>): InputIssue[] {
  return parameters.flatMap(({ name, field, maxItems = Number.POSITIVE_INFINITY }) => {
    const list = wire[name]
    if (!Array.isArray(list) || list.length <= maxItems) return []
    wire[name] = list.slice(0, maxItems)
    const message = `${field} may have at most ${maxItems} entries.`
    return [{ path: field, message, minimum: null, maximum: maxItems }]
  })
}

function defaults(of: readonly Parameter[]): Record<string, unknown> {
  return Object.fromEntries(
    of.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  )
}

interface Renamed {
  readonly values: Record<string, unknown>
  readonly issues: InputIssue[]
}

/**
 * A draft under the vendor's names, its texts in their normal form, without what is null. The vendor drops a name that it
 * does not know without a word, and bills the rest: here it is a fault.
 */
function rename(parameters: readonly Parameter[], draft: InputDraft, within: string): Renamed {
  const values: Record<string, unknown> = {}
  const issues: InputIssue[] = []
  const fault = (name: string, words: string) => {
    const path = within + name.slice(0, longestName)
    issues.push({ path, message: `${path} ${words}`, minimum: null, maximum: null })
  }
  for (const [key, value] of Object.entries(draft)) {
    if (value === null || value === undefined) continue
    const parameter = parameters.find(({ name, field }) => field === key || name === key)
    if (!parameter) fault(key, `is no parameter of this model${suggestion(key, parameters)}`)
    else if (Object.hasOwn(values, parameter.name)) fault(parameter.field, 'is given twice.')
    else values[parameter.name] = normal(parameter, value, within + parameter.field, issues)
  }
  return { values, issues }
}

/** A name is taken for another one if so few letters differ. */
const nearest = 2

function suggestion(key: string, parameters: readonly Parameter[]): string {
  const fields = parameters.map(({ field }) => field)
  const other = closest(key, fields)
  return distance(key, other) <= nearest ? `: did you mean ${other}?` : '.'
}

function normal(parameter: Parameter, value: unknown, path: string, issues: InputIssue[]): unknown {
  const { items, maxItems = Number.POSITIVE_INFINITY, itemFormat, itemMaxLength } = parameter
  if (!Array.isArray(value)) return normalText(value, parameter.format, parameter.maxLength)
  // One more than may be is enough to tell that there are too many.
  const entries: unknown[] = value.slice(0, maxItems + 1)
  if (!items) return entries.map((entry) => normalText(entry, itemFormat, itemMaxLength))
  return entries.map((entry, index) => {
    if (typeof entry !== 'object' || entry === null) return entry
    const renamed = rename(items, entry as InputDraft, `${path}.${index}.`)
    // Nothing is said of an entry that is too many.
    if (index < maxItems) issues.push(...renamed.issues)
    return { ...defaults(items), ...renamed.values }
  })
}

function normalText(value: unknown, format?: string, maxLength?: number): unknown {
  if (typeof value !== 'string') return value
  // Half an emoji cannot be sent: the vendor would list another text, and a lost job would not be known by it.
  const text = beginning(value, maxLength).toWellFormed()
  return format === 'http-url' || format === 'lora-path' ? normalAddress(text) : text
}

/** Of a text that is too long as much as is still too long: a character has two code units at the most. */
function beginning(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  return text.length > 2 * maxLength ? text.slice(0, 2 * maxLength + 1) : text
}
