import { createHash } from 'node:crypto'
import { type GraphQLSchema, specifiedRules, validate } from 'graphql'
import { parseWithin } from './document-limits.ts'
import { limitShape } from './shape.ts'

/** What a manifest has: texts by what names them; or what is wrong with it, in sentences. */
export type Manifest =
  | { readonly texts: ReadonlyMap<string, string>; readonly faults?: undefined }
  | { readonly faults: readonly string[] }

interface Entry {
  readonly id: unknown
  readonly body: unknown
}

/** More documents than any app has; each is checked at the start, which takes about a millisecond. */
const mostDocuments = 10_000
/** More do not help whoever mends them. */
const mostFaults = 10

const apolloFormat = 'apollo-persisted-query-manifest'
const formats = `an object with "format": "${apolloFormat}" and "version": 1, or one of ids and texts, as Relay and GraphQL Code Generator write it`

/**
 * Reads a manifest of documents, as build tools write it: Apollo's, which says its `format`, or a map of ids and texts
 * (Relay, the client preset of GraphQL Code Generator). Each document has to be one that the gateway would run.
 */
export function readManifest(json: string, schema: GraphQLSchema): Manifest {
  const entries = entriesOf(json)
  if (typeof entries === 'string') return { faults: [entries] }
  if (entries.length === 0) return { faults: ['it has no documents.'] }
  if (entries.length > mostDocuments)
    return { faults: [`it has ${entries.length} documents; at most ${mostDocuments} are allowed.`] }
  const texts = new Map<string, string>()
  const faults = entries.flatMap((entry, index) => addTo(texts, entry, index, schema))
  if (faults.length === 0) return { texts }
  const more = faults.length - mostFaults
  return { faults: [...faults.slice(0, mostFaults), ...(more > 0 ? [`and ${more} more faults.`] : [])] }
}

/** What the manifest lists, not checked yet; a sentence if it is no manifest. */
function entriesOf(json: string): readonly Entry[] | string {
  let manifest: unknown
  try {
    manifest = JSON.parse(json.replace(/^\uFEFF/, ''))
  } catch {
    return 'it is no JSON.'
  }
  if (!isObject(manifest)) return `it must be ${formats}.`
  if (!('format' in manifest)) return Object.entries(manifest).map(([id, body]) => ({ id, body }))
  const { format, version, operations } = manifest
  if (format !== apolloFormat || version !== 1 || !Array.isArray(operations)) return `it must be ${formats}.`
  return operations.map((one) =>
    isObject(one) ? { id: one['id'], body: one['body'] } : { id: null, body: null },
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Adds a document to the others; answers what is wrong with it. */
function addTo(
  texts: Map<string, string>,
  { id, body }: Entry,
  index: number,
  schema: GraphQLSchema,
): string[] {
  if (typeof id !== 'string' || id === '' || typeof body !== 'string')
    return [`its document number ${index + 1} needs an id and a text.`]
  const name = `the document ${JSON.stringify(id.slice(0, 80))}`
  const plain = id.replace(/^sha256:/, '')
  const algorithm = claimedBy(id)
  if (algorithm && hash(algorithm, body) !== plain.toLowerCase())
    return [`the id of ${name} has the form of the ${algorithm} of its text, and is not that.`]
  const known = texts.get(plain)
  if (known !== undefined && known !== body) return [`${name} is there twice, with different texts.`]
  texts.set(plain, body)
  texts.set(hash('sha256', body), body)
  const fault = faultOf(schema, body)
  return fault === null ? [] : [`${name} cannot be run: ${fault}`]
}

/** By which algorithm an id says that it was made; null for one that is of any other form. */
function claimedBy(id: string): 'sha256' | 'sha1' | 'md5' | null {
  if (/^(sha256:.*|[\da-f]{64})$/i.test(id)) return 'sha256'
  if (/^[\da-f]{40}$/i.test(id)) return 'sha1'
  return /^[\da-f]{32}$/i.test(id) ? 'md5' : null
}

function hash(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('hex')
}

/** Why a document would be refused, whatever its variables; null if it would not. */
function faultOf(schema: GraphQLSchema, text: string): string | null {
  try {
    const document = parseWithin(text)
    const [error] = validate(schema, document, [...specifiedRules, limitShape], { maxErrors: 1 })
    if (error) return error.message
    const hasOperation = document.definitions.some(({ kind }) => kind === 'OperationDefinition')
    return hasOperation ? null : 'It has no operation.'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
