import type { Schemas } from '../src/generated/validators.ts'
import { at, type Json, type JsonObject, listOf } from './json.ts'

/** A row of the vendor's `GET /models`. */
export type VendorModel = Schemas['VendorModel']

/** A model of the vendor in the document's terms. */
export interface Translated {
  /** The schema of its body, without its family. */
  readonly schema: JsonObject
  /** Schemas of the entries of its lists, by their names. */
  readonly entries: { readonly [name: string]: JsonObject }
  /** What of the vendor's schema is left to the vendor, in words. */
  readonly left: readonly string[]
}

/** Why a model cannot be a part of the document, naming it. */
export class UnfitModelError extends Error {
  override name = 'UnfitModelError'
}

/** Kinds of models whose outputs are addresses of files. The vendor's schema does not tell what comes out. */
const kindsOfFiles = [
  'ai-remover',
  'audio-to-audio',
  'audio-to-video',
  'digital-human',
  'image-to-3d',
  'image-to-image',
  'image-to-video',
  'lora-support',
  'motion-control',
  'portrait-transfer',
  'text-to-3d',
  'text-to-audio',
  'text-to-image',
  'text-to-video',
  'upscaler',
  'video-dubbing',
  'video-effects',
  'video-extend',
  'video-to-video',
]

/** With these, outputs are no addresses, or the answer waits for them. */
const changesOutputs = /^enable_(base64_output|sync_mode)$/
/** Names of parameters that are files, where the vendor says nothing better. */
const fileName = /^(.*_)?(image|video|audio|mask)s?(_url)?s?$|_urls?$/
/** What the vendor's page makes of a file. */
const fileComponents = ['uploader', 'uploaders', 'upload']
/** Rules between parameters, which the document does not state. */
const rulesBetween = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'not']
const loraWeight = '#/components/schemas/LoraWeight'

const longestText = 10_000
const longestAddress = 8_192
const mostEntries = 100

/**
 * The body of a model as a schema of the document; `entryPrefix` begins the names of its own kinds of entries.
 *
 * @throws UnfitModelError naming what the document cannot express
 */
export function translate(model: VendorModel, entryPrefix: string): Translated {
  const { model_id: id, type } = model
  if (!kindsOfFiles.includes(type)) {
    throw new UnfitModelError(
      `${id} is of the kind ${type}, which is not known to make files: its outputs may be no URLs.`,
    )
  }
  const run = model.api_schema.api_schemas.find((one) => one.type === 'model_run')
  if (!run) throw new UnfitModelError(`${id} has no operation of the type model_run.`)
  if (run.api_path !== `/api/v3/${id}`)
    throw new UnfitModelError(`${id} is run at ${run.api_path}, not at /api/v3/${id}.`)
  const request = run.request_schema as unknown as JsonObject
  const entries: { [name: string]: JsonObject } = {}
  const left = rulesBetween.filter((rule) => request[rule] !== undefined)
  const schema = objectOf(request, { id, prefix: entryPrefix, entries, depth: 0 })
  return {
    schema,
    entries,
    left: left.length === 0 ? [] : [`rules between its parameters (${left.join(', ')})`],
  }
}

interface Place {
  readonly id: string
  readonly prefix: string
  readonly entries: { [name: string]: JsonObject }
  readonly depth: number
}

function objectOf(schema: JsonObject, place: Place): JsonObject {
  const all = at(schema, 'properties')
  const ordered = listOf(schema['x-order-properties']).filter(
    (name) => typeof name === 'string' && name in all,
  )
  const names = [...new Set([...ordered, ...Object.keys(all)])].map(String)
  const required = listOf(schema['required'])
  const kept = names.filter((name) => at(all, name)['disabled'] !== true && !changesOutputs.test(name))
  const lacking = required.find((name) => !kept.includes(String(name)))
  if (lacking !== undefined)
    throw new UnfitModelError(`${place.id} needs ${lacking}, which its schema does not describe.`)
  const textRole = kept.includes('prompt') ? 'prompt' : 'text'
  const properties = Object.fromEntries(
    kept.map((name) => {
      const property = propertyOf(name, at(all, name), required.includes(name), place)
      const isText = property['type'] === 'string'
      const role = place.depth === 0 ? roleOf(name, property, isText && name === textRole) : {}
      return [name, { ...role, ...(place.depth === 0 && timeOf(name)), ...property }]
    }),
  )
  return { type: 'object', ...(required.length > 0 && { required: [...required] }), properties }
}

/** The vendor's schemas do not say this either. */
const timeOf = (name: string): JsonObject =>
  /(^|_)(duration|seconds|size|resolution|steps|frames)$/.test(name) ? { 'x-decides-time': true } : {}

function roleOf(name: string, property: JsonObject, isPrompt: boolean): JsonObject {
  if (isPrompt) return { 'x-role': 'prompt' }
  if (name === 'seed') return { 'x-role': 'seed' }
  if (property['format'] !== 'http-url') return {}
  // The vendor's schemas do not say what a file is; whoever adds a model reads what is written here.
  const media = ['video', 'image'].find((kind) => name.includes(kind))
  return { 'x-role': 'source', ...(media !== undefined && { 'x-media': media }) }
}

function propertyOf(name: string, schema: JsonObject, required: boolean, place: Place): JsonObject {
  const { enum: allowed } = schema
  const type = schema['type'] ?? typeOfAll(listOf(allowed))
  const words = wordsOf(name, schema)
  // Whatever is said to be assumed is marked so.
  const common: JsonObject = {
    type,
    description: words,
    ...(/assumed/i.test(words) && { 'x-assumed': true }),
  }
  const fallback = defaultOf(schema, required)
  switch (type) {
    case 'boolean':
      return { ...common, ...fallback }
    case 'integer':
    case 'number':
      return { ...common, ...numberRules(name, schema), ...choice(allowed), ...fallback }
    case 'string':
      return { ...common, ...(allowed ? choice(allowed) : textRules(name, schema, required)), ...fallback }
    case 'array':
      return { ...common, ...listRules(name, schema, required, place) }
    default:
      throw new UnfitModelError(
        `${place.id} has the parameter ${name} of the type ${JSON.stringify(type ?? null)}, which the document cannot express.`,
      )
  }
}

function typeOfAll(values: readonly Json[]): Json {
  const [first] = values
  return values.length > 0 && values.every((one) => typeof one === typeof first) && typeof first === 'string'
    ? 'string'
    : null
}

function wordsOf(name: string, { description, title }: JsonObject): string {
  const words = [description, title].find((text) => typeof text === 'string' && text.trim() !== '')
  return typeof words === 'string' ? words.replace(/\s+/g, ' ').trim() : `The parameter ${name}.`
}

/** A default of a parameter that is needed would be a sample that somebody pays for. */
function defaultOf(
  { default: value, enum: allowed, minimum, maximum }: JsonObject,
  required: boolean,
): JsonObject {
  if (value === undefined || value === null || value === '' || required) return {}
  if (allowed !== undefined && !listOf(allowed).includes(value)) return {}
  const isBeyond =
    (typeof minimum === 'number' && Number(value) < minimum) ||
    (typeof maximum === 'number' && Number(value) > maximum)
  return isBeyond ? {} : { default: value }
}

const choice = (allowed: Json | undefined): JsonObject =>
  allowed === undefined ? {} : { enum: [...new Set(listOf(allowed))] }

function numberRules(name: string, { minimum, maximum }: JsonObject): JsonObject {
  if (name === 'seed' && minimum === undefined && maximum === undefined) {
    return {
      minimum: -1,
      maximum: 2_147_483_647,
      'x-assumed': true,
      'x-unbounded-at-vendor': true,
      $comment: 'The vendor has no bounds. That -1 draws one, and the largest number, is assumed.',
    }
  }
  return {
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
  }
}

function textRules(name: string, schema: JsonObject, required: boolean): JsonObject {
  const isFile = isFileParameter(name, schema)
  const longest = [schema['maxLength'], schema['maxlength']].find((one) => typeof one === 'number')
  const shortest = schema['minLength'] ?? (required ? 1 : undefined)
  const assumed = [
    ...(isFile ? ['it has to be an http or https URL'] : ['it must not contain U+0000']),
    ...(longest === undefined ? ['it is no longer than this'] : []),
  ]
  return {
    ...(shortest !== undefined && { minLength: shortest }),
    maxLength: longest ?? (isFile ? longestAddress : longestText),
    ...(isFile && { format: 'http-url' }),
    ...(!isFile && required && { pattern: '\\S' }),
    ...(!isFile && { not: { pattern: '\\u0000' } }),
    'x-assumed': true,
    $comment: `It is assumed that ${assumed.join(', and that ')}.`,
  }
}

function isFileParameter(name: string, schema: JsonObject): boolean {
  return (
    schema['format'] === 'uri' ||
    fileComponents.includes(String(schema['x-ui-component'])) ||
    fileName.test(name)
  )
}

function listRules(name: string, schema: JsonObject, required: boolean, place: Place): JsonObject {
  const { maxItems, minItems } = schema
  const items = at(schema, 'items')
  if (place.depth > 0) throw new UnfitModelError(`${place.id} has the list ${name} within a list.`)
  const bounded = typeof maxItems === 'number'
  const bounds: JsonObject = {
    ...(typeof minItems === 'number' && { minItems }),
    maxItems: bounded ? maxItems : mostEntries,
    ...(!bounded && { 'x-assumed': true, $comment: 'It is assumed that it has no more entries than this.' }),
  }
  if (items['$ref'] === loraWeight || isLoraWeight(items)) {
    return { ...bounds, ...(!required && { default: [] }), items: { $ref: loraWeight } }
  }
  if (items['properties'] === undefined) {
    const entry = propertyOf(
      name,
      { description: `An entry of ${name}.`, ...items, ...component(schema) },
      false,
      { ...place, depth: 1 },
    )
    return { ...bounds, items: entry }
  }
  const entryName = `${place.prefix}${pascal(name).replace(/s$/, '')}`
  place.entries[entryName] = {
    description: wordsOf(`${name}, one entry`, items),
    ...objectOf(items, { ...place, depth: 1 }),
  }
  return { ...bounds, items: { $ref: `#/components/schemas/${entryName}` } }
}

/** What the page makes of a list holds for its entries. */
const component = (schema: JsonObject): JsonObject =>
  schema['x-ui-component'] === undefined ? {} : { 'x-ui-component': schema['x-ui-component'] }

function isLoraWeight(items: JsonObject): boolean {
  const properties = at(items, 'properties')
  const names = Object.keys(properties).sort().join()
  return names === 'path,scale' && at(properties, 'path')['enum'] === undefined
}

/** `wan-2.2/image-to-video` as `Wan22ImageToVideo`. */
export function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
}
