import type { ErrorObject } from 'ajv/dist/2020.js'
import type { InputIssue } from '../errors.ts'
import { type Parameter, v2vLoraParameters } from '../generated/parameters.ts'
import { createValidator, type Schemas } from '../generated/validators.ts'
import type { InputRules, JobInput } from '../jobs/ports.ts'
import { addressFault, normalAddress } from './address.ts'

type WireInput = Schemas['V2VLoraInput']

const parameters: readonly Parameter[] = Object.values(v2vLoraParameters)
/** By the vendor's names. */
const fields = new Map(parameters.map(({ name, field }) => [name, field]))

/** The input under the vendor's names, as it is sent. What is null is left out: the vendor knows its default. */
export function toWire(input: JobInput): WireInput {
  return rename(parameters, input) as unknown as WireInput
}

/** The document's rules: fills in its defaults, and answers every issue at once with the document's limits. */
export const checkInput: InputRules = (draft) => {
  const wire = { ...defaults(parameters), ...rename(parameters, draft) }
  const issues = [...tooMany(wire), ...faultsOf(wire)].sort((one, other) => place(one) - place(other))
  if (issues.length === 0) return { input: fromWire(wire as WireInput) }
  // One issue a field: an empty prompt is both too short and blank.
  const byPath = new Map(issues.reverse().map((issue) => [issue.path, issue]))
  return { issues: [...byPath.values()].reverse() }
}

/** Where in the document the parameter of an issue stands. */
function place({ path }: InputIssue): number {
  const field = path.split('.')[0]
  return parameters.findIndex((parameter) => parameter.field === field)
}

/** The faults of what is left once lists are as long as they may be. */
function faultsOf(wire: Record<string, unknown>): InputIssue[] {
  const validate = createValidator('V2VLoraInput')
  return validate(wire) ? [] : (validate.errors ?? []).map(toIssue)
}

/** Cuts lists that are too long before anything looks into them, and says so. */
function tooMany(wire: Record<string, unknown>): InputIssue[] {
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

/** Values under the vendor's names, texts in their normal form, without what is null. */
function rename(of: readonly Parameter[], values: object): Record<string, unknown> {
  const given = new Map<string, unknown>(Object.entries(values))
  return Object.fromEntries(
    of.flatMap((parameter) => {
      const value = given.get(parameter.field)
      return value === null || value === undefined ? [] : [[parameter.name, normal(parameter, value)]]
    }),
  )
}

function normal({ format, items = [], ...most }: Parameter, value: unknown): unknown {
  const { maxItems = Number.POSITIVE_INFINITY, maxLength = Number.POSITIVE_INFINITY } = most
  if (Array.isArray(value)) {
    // One more than may be is enough to tell that there are too many.
    const entries = value.slice(0, maxItems + 1)
    return entries.map((entry: object) => ({ ...defaults(items), ...rename(items, entry) }))
  }
  if (typeof value !== 'string') return value
  // Of a text that is too long as much as is still too long: a character has two code units at the most. Half an emoji
  // cannot be sent: the vendor would list another text, and a lost job would not be known by it.
  const text = value.slice(0, 2 * maxLength + 1).toWellFormed()
  return format === 'http-url' || format === 'lora-path' ? normalAddress(text) : text
}

function fromWire(wire: WireInput): JobInput {
  const named = Object.fromEntries(
    parameters.map(({ name, field }) => [field, wire[name as keyof WireInput] ?? null]),
  )
  return named as unknown as JobInput // The validator has just checked every required and defaulted member.
}

/** One fault of ajv in the client's words: its field names, and the limits as numbers. */
function toIssue(error: ErrorObject): InputIssue {
  const missing = error.keyword === 'required' ? `/${error.params['missingProperty']}` : ''
  const path = pathOf(`${error.instancePath}${missing}`)
  const schema = (error.parentSchema ?? {}) as {
    minimum?: number
    maximum?: number
    maxLength?: number
  }
  const longest = error.keyword === 'maxLength' ? schema.maxLength : undefined
  const minimum = schema.minimum ?? null
  const maximum = schema.maximum ?? longest ?? null
  return { path, message: `${path} ${rule(error, minimum, maximum)}`, minimum, maximum }
}

function rule(error: ErrorObject, minimum: number | null, maximum: number | null): string {
  switch (error.keyword) {
    case 'required':
    case 'minLength':
      return 'is required.'
    case 'minimum':
    case 'maximum':
      return `has to be from ${minimum} to ${maximum}.`
    case 'maxLength':
      return `may have at most ${maximum} characters.`
    case 'pattern':
      return 'must not be empty or only white space.' // the one pattern of the document
    case 'format':
      return formatFault(String(error.params['format']), String(error.data))
    case 'not':
      return 'must not contain U+0000.' // the one thing that the document rules out this way
    default:
      return `${error.message ?? 'is not acceptable'}.`
  }
}

function formatFault(format: string, text: string): string {
  if (format === 'http-url') return addressFault(text) ?? 'is no http(s) URL.'
  const isAddress = /^\s*[a-z][a-z0-9+.-]*:/i.test(text)
  const words = 'is neither a Hugging Face model (owner/model) nor an http(s) URL'
  return isAddress ? `${words}: it ${addressFault(text)}` : `${words}.`
}

/** `/loras/1/scale` and `/num_inference_steps` as `loras.1.scale` and `numInferenceSteps`. */
function pathOf(pointer: string): string {
  const [first = '', ...rest] = pointer.split('/').slice(1)
  return [fields.get(first) ?? first, ...rest].join('.')
}
