import type { ErrorObject } from 'ajv/dist/2020.js'
import type { InputIssue } from '../errors.ts'
import { type Parameter, v2vLoraParameters } from '../generated/parameters.ts'
import { createValidator, type Schemas } from '../generated/validators.ts'
import type { InputDraft, InputRules, JobInput } from '../jobs/input.ts'
import { addressFault, normalAddress } from './address.ts'

type WireInput = Schemas['V2VLoraInput']

const parameters: readonly Parameter[] = Object.values(v2vLoraParameters)

/** The input under the vendor's names, as it is sent. What is null is left out: the vendor knows its default. */
export function toWire(input: JobInput): WireInput {
  return rename(input) as unknown as WireInput
}

/** More faults than this help nobody, and cost whoever writes and reads them. */
const mostIssues = 100

/** The document's rules: fills in its defaults, and answers every issue at once with the document's limits. */
export const checkInput: InputRules = (draft) => {
  const wire = { ...defaults(parameters), ...rename(draft) }
  const issues = [...tooMany(wire), ...faultsOf(wire)].sort((one, other) => place(one) - place(other))
  if (issues.length === 0) return { input: fromWire(wire as WireInput) }
  // One issue a field: an empty prompt is both too short and blank.
  const byPath = new Map(issues.reverse().map((issue) => [issue.path, issue]))
  return { issues: [...byPath.values()].reverse().slice(0, mostIssues) }
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

/** The draft under the vendor's names, its texts in their normal form, without what is null. */
function rename(draft: InputDraft): Record<string, unknown> {
  return Object.fromEntries(
    parameters.flatMap((parameter) => {
      const value = draft[parameter.field as keyof JobInput]
      return value === null || value === undefined ? [] : [[parameter.name, normal(parameter, value)]]
    }),
  )
}

function normal({ format, items = [], maxItems, maxLength }: Parameter, value: unknown): unknown {
  if (Array.isArray(value)) {
    // One more than may be is enough to tell that there are too many.
    const entries = maxItems === undefined ? value : value.slice(0, maxItems + 1)
    return entries.map((entry: object) => ({ ...defaults(items), ...members(items, entry) }))
  }
  if (typeof value !== 'string') return value
  // Half an emoji cannot be sent: the vendor would list another text, and a lost job would not be known by it.
  const text = beginning(value, maxLength).toWellFormed()
  return format === 'http-url' || format === 'lora-path' ? normalAddress(text) : text
}

/** Of a text that is too long as much as is still too long: a character has two code units at the most. */
function beginning(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  return text.length > 2 * maxLength ? text.slice(0, 2 * maxLength + 1) : text
}

function members(items: readonly Parameter[], entry: object): object {
  return Object.fromEntries(
    Object.entries(entry)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([name, member]) => {
        const item = items.find((one) => one.name === name)
        return [name, item ? normal(item, member) : member]
      }),
  )
}

function fromWire(wire: WireInput): JobInput {
  const named = Object.fromEntries(
    parameters.map(({ name, field }) => [field, wire[name as keyof WireInput] ?? null]),
  )
  return named as unknown as JobInput // The validator has just checked every required and defaulted member.
}

/** The document's pattern of a text that must not be blank. */
const notBlank = '\\S'

/** One fault of ajv in the client's words: its field names, and the limits as numbers. */
function toIssue(error: ErrorObject): InputIssue {
  const missing = error.keyword === 'required' ? `/${error.params['missingProperty']}` : ''
  const path = pathOf(`${error.instancePath}${missing}`)
  const schema = (error.parentSchema ?? {}) as {
    minimum?: number
    maximum?: number
    minItems?: number
    maxItems?: number
    maxLength?: number
  }
  const own = missing === '' ? schema : {}
  const minimum = own.minimum ?? own.minItems ?? null
  const longest = error.keyword === 'maxLength' ? own.maxLength : undefined
  const maximum = own.maximum ?? own.maxItems ?? longest ?? null
  return { path, message: `${path} ${rule(error, minimum, maximum)}`, minimum, maximum }
}

function rule(error: ErrorObject, minimum: number | null, maximum: number | null): string {
  switch (error.keyword) {
    case 'required':
    case 'minLength':
      return 'is required.'
    case 'minimum':
    case 'maximum':
      return maximum === null ? `has to be at least ${minimum}.` : `has to be from ${minimum} to ${maximum}.`
    case 'maxItems':
      return `may have at most ${maximum} entries.`
    case 'maxLength':
      return `may have at most ${maximum} characters.`
    case 'pattern':
      if (error.params['pattern'] === notBlank) return 'must not be empty or only white space.'
      return 'is not acceptable: see its description.'
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
  const field = parameters.find(({ name }) => name === first)?.field ?? first
  return [field, ...rest].join('.')
}
