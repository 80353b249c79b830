import type { ErrorObject } from 'ajv/dist/2020.js'
import type { InputIssue } from '../errors.ts'
import { type Parameter, v2vLoraParameters } from '../generated/parameters.ts'
import { createValidator, type Schemas } from '../generated/validators.ts'
import type { InputDraft, InputRules, JobInput } from '../jobs/ports.ts'

type WireInput = Schemas['V2VLoraInput']

const parameters: readonly Parameter[] = Object.values(v2vLoraParameters)

/** The input under the vendor's names, as it is sent. What is null is left out: the vendor knows its default. */
export function toWire(input: JobInput): WireInput {
  return rename(input) as WireInput
}

/** The document's rules: fills in its defaults, and answers every issue at once with the document's limits. */
export const checkInput: InputRules = (draft) => {
  const wire = { ...defaults(), ...rename(draft) }
  const validate = createValidator('V2VLoraInput')
  if (validate(wire)) return { input: fromWire(wire) }
  const issues = (validate.errors ?? []).map(toIssue)
  // One issue a field: an empty prompt is both too short and blank.
  return { issues: issues.filter((issue, at) => issues.findIndex(({ path }) => path === issue.path) === at) }
}

function defaults(): Record<string, unknown> {
  return Object.fromEntries(
    parameters.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  )
}

function rename(draft: InputDraft): Record<string, unknown> {
  return Object.fromEntries(
    parameters.flatMap(({ name, field }) => {
      const value = draft[field as keyof JobInput]
      if (value === null || value === undefined) return []
      return [[name, Array.isArray(value) ? value.map(withoutNulls) : value]]
    }),
  )
}

function withoutNulls(value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined),
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
  }
  const own = missing === '' ? schema : {}
  const minimum = own.minimum ?? own.minItems ?? null
  const maximum = own.maximum ?? own.maxItems ?? null
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
    case 'format':
    case 'pattern':
      if (error.params['pattern'] === notBlank) return 'must not be empty or only white space.'
      if (error.parentSchema?.['format'] === 'uri') return 'has to be an http or https URL.'
      return `is not acceptable: ${error.parentSchema?.['description'] ?? 'see its description'}`
    case 'not':
      return 'must not contain U+0000.' // the one thing that the document rules out this way
    default:
      return `${error.message ?? 'is not acceptable'}.`
  }
}

/** `/loras/1/scale` and `/num_inference_steps` as `loras.1.scale` and `numInferenceSteps`. */
function pathOf(pointer: string): string {
  const [first = '', ...rest] = pointer.split('/').slice(1)
  const field = parameters.find(({ name }) => name === first)?.field ?? first
  return [field, ...rest].join('.')
}
