import { mostOutputs } from '../generated/parameters.ts'
import { parseUrl } from '../url.ts'

/**
 * A prediction as far as it can be read. Only `id` and `status` are needed; the vendor's pages and clients disagree on
 * every other member, so one that has no readable form is left out and named in `oddities`.
 */
export interface Prediction {
  readonly id: string
  readonly status: string
  readonly outputs: readonly { readonly url: string; readonly nsfw: boolean | null }[]
  /** What of the outputs cannot be used and why, in words for people. */
  readonly unusable: readonly string[]
  /** Milliseconds since 1970. */
  readonly createdAt: number | null
  readonly inferenceMs: number | null
  readonly error: string | null
  /** The task code; 0 and null mean none. */
  readonly code: number | null
  /** The input that some answers echo, under the vendor's names. */
  readonly input: Readonly<Record<string, unknown>> | null
  /** Members that could not be read, as `member: form`. */
  readonly oddities: readonly string[]
}

/** Longer texts are no ids, statuses or addresses of anybody. */
const longestId = 500
const longestUrl = 8_192

/** Reasons that are told one by one; there may be as many as outputs. */
const mostReasons = 5

/** What a value says as a prediction; null if it has no id or no status. */
export function readPrediction(value: unknown): Prediction | null {
  if (!isRecord(value)) return null
  const { id, status } = value
  if (!isWord(id) || !isWord(status)) return null
  const oddities: string[] = []
  /** The first of the members that is there and can be read. */
  const first = <T>(read: (value: unknown) => T | undefined, ...members: readonly string[]): T | null => {
    for (const member of members) {
      const found = at(value, member)
      if (found === undefined || found === null) continue
      const readable = read(found)
      if (readable !== undefined) return readable
      oddities.push(`${member}: ${formOf(found)}`)
    }
    return null
  }
  return {
    id,
    status,
    ...readOutputs(value['outputs'], first(asFlags, 'has_nsfw_contents')),
    createdAt: first(asTime, 'created_at'),
    inferenceMs: first(asNumber, 'timings.inference', 'executionTime'),
    error: first(asWords, 'error'),
    code: first(asNumber, 'code'),
    input: first(asRecord, 'input', 'inputs'),
    oddities,
  }
}

function readOutputs(value: unknown, flags: Flags | null): Pick<Prediction, 'outputs' | 'unusable'> {
  if (value === undefined || value === null || value === '') return { outputs: [], unusable: [] }
  const items = Array.isArray(value) ? value : [value]
  const outputs: { url: string; nsfw: boolean | null }[] = []
  const reasons: string[] = []
  let unusable = 0
  for (const [index, item] of items.slice(0, mostOutputs).entries()) {
    const url = urlOf(item)
    if (typeof url === 'object') {
      unusable += 1
      if (reasons.length < mostReasons) reasons.push(`output ${index + 1} ${url.reason}`)
    } else {
      outputs.push({ url, nsfw: (typeof flags === 'boolean' ? flags : flags?.[index]) ?? null })
    }
  }
  if (unusable > reasons.length) reasons.push(`${unusable - reasons.length} more are like these`)
  if (items.length > mostOutputs) reasons.push(`of ${items.length} outputs the first ${mostOutputs} are read`)
  return { outputs, unusable: reasons }
}

/** The address of an output, or why it has none. */
function urlOf(item: unknown): string | { readonly reason: string } {
  const text = isRecord(item) ? item['url'] : item
  if (typeof text !== 'string') {
    return { reason: isRecord(item) ? 'is an object without a url' : `is ${article(formOf(item))}` }
  }
  if (text.length > longestUrl) return { reason: `is longer than ${longestUrl} characters` }
  const url = parseUrl(text)
  if (url === null) return { reason: 'is no URL' }
  return /^https?:$/.test(url.protocol) ? url.href : { reason: 'is no http(s) URL' }
}

type Flags = boolean | readonly (boolean | null)[]

/** One flag for all outputs, or one for each. */
function asFlags(value: unknown): Flags | undefined {
  if (typeof value === 'boolean') return value
  if (!Array.isArray(value)) return undefined
  return value.slice(0, mostOutputs).map((one) => (typeof one === 'boolean' ? one : null))
}

function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** RFC 3339 with any number of digits, or seconds or milliseconds since 1970. */
function asTime(value: unknown): number | undefined {
  if (typeof value === 'number') return value < 1e11 ? value * 1_000 : value
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** A text, or the text inside an object such as `{ message }`. */
function asWords(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const inner = isRecord(value) ? (value['message'] ?? value['detail'] ?? value['error']) : undefined
  return typeof inner === 'string' ? inner : undefined
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined
}

/** The value at a path such as `timings.inference`. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((node: unknown, key) => (isRecord(node) ? node[key] : undefined), value)
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestId
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function formOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function article(form: string): string {
  if (form === 'null') return form
  return `${/^[aeiou]/.test(form) ? 'an' : 'a'} ${form}`
}
