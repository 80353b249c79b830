import type { ErrorObject } from 'ajv/dist/2020.js'
import type { InputIssue } from '../jobs/input.ts'
import { addressFault } from './address.ts'
import type { Parameter } from './catalog.ts'

/** The document's pattern of a text that must not be blank. */
const notBlank = '\\S'
/** Of the values that a parameter takes, as many as a sentence can bear. */
const mostNamed = 20

/** The limits that a schema of the document may state. */
interface Limits {
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly minLength?: number
  readonly maxLength?: number
}

/**
 * One fault of ajv in the client's words: its field names, and the limits as numbers. Lists that are too long do not come
 * here: they are cut before anything checks their entries.
 */
export function toIssue(error: ErrorObject, parameters: readonly Parameter[]): InputIssue {
  const missing = error.keyword === 'required' ? `/${error.params['missingProperty']}` : ''
  const path = pathOf(`${error.instancePath}${missing}`, parameters)
  const own = (error.parentSchema ?? {}) as Limits
  // A text of at least one character is simply required.
  const shortest = error.keyword === 'minLength' && own.minLength !== 1 ? own.minLength : undefined
  const longest = error.keyword === 'maxLength' ? own.maxLength : undefined
  const minimum = own.minimum ?? own.minItems ?? shortest ?? null
  const maximum = own.maximum ?? longest ?? null
  return { path, message: `${path} ${rule(error, minimum, maximum)}`, minimum, maximum }
}

function rule(error: ErrorObject, minimum: number | null, maximum: number | null): string {
  switch (error.keyword) {
    case 'required':
    case 'minLength':
      return minimum === null ? 'is required.' : `has to have at least ${minimum} characters.`
    case 'minimum':
    case 'maximum':
      return rangeRule(minimum, maximum)
    case 'minItems':
      return `has to have at least ${minimum} entries.`
    case 'maxLength':
      return `may have at most ${maximum} characters.`
    case 'enum':
      return `has to be one of ${listed(error.params['allowedValues'] as readonly unknown[])}.`
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

function rangeRule(minimum: number | null, maximum: number | null): string {
  if (minimum === null) return `has to be at most ${maximum}.`
  return maximum === null ? `has to be at least ${minimum}.` : `has to be from ${minimum} to ${maximum}.`
}

/** Values as a sentence names them. */
function listed(values: readonly unknown[]): string {
  const named = values.slice(0, mostNamed).map(String).join(', ')
  return values.length > mostNamed ? `${named} and ${values.length - mostNamed} more` : named
}

function formatFault(format: string, text: string): string {
  if (format === 'http-url') return addressFault(text) ?? 'is no http(s) URL.'
  const isAddress = /^\s*[a-z][a-z0-9+.-]*:/i.test(text)
  const words = 'is neither a Hugging Face model (owner/model) nor an http(s) URL'
  return isAddress ? `${words}: it ${addressFault(text)}` : `${words}.`
}

/** `/loras/1/scale` and `/num_inference_steps` as `loras.1.scale` and `numInferenceSteps`. */
function pathOf(pointer: string, parameters: readonly Parameter[]): string {
  let known = parameters
  const fields = pointer
    .split('/')
    .slice(1)
    .map((name) => {
      const parameter = known.find((one) => one.name === name)
      known = parameter?.items ?? known
      return parameter?.field ?? name
    })
  return fields.join('.')
}
