import { idOf, type Naming, withIdOfAddress } from './persisted.ts'

/**
 * What graphql-sse is given in place of what a client sent: it hands on no other members of a request than the query, the
 * variables, the name and the extensions, and refuses one without a query. So the id of a document goes by the extensions.
 */
function withIdInExtensions<Params extends Naming>(params: Params): Params | Naming {
  const id = idOf(params)
  if (id === undefined) return params
  // What else nests in them nobody reads, and it may nest so deep that it cannot be written.
  const plain = Object.entries(params.extensions ?? {}).filter(([, value]) => typeof value !== 'object')
  const persistedQuery = { version: 1, sha256Hash: typeof id === 'string' ? id : '' }
  const extensions = { ...Object.fromEntries(plain), persistedQuery }
  return { ...params, query: params.query ?? '', extensions }
}

/** A body that is no JSON, or no object, graphql-sse refuses by itself. */
export function bodyForSse(text: string): string | Record<string, unknown> {
  const body = parse(text)
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? { ...withIdInExtensions(body) } : text
}

/** The same for the address of a GET. */
export function addressForSse(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const extensions = parse(searchParams.get('extensions') ?? 'null')
  if (extensions === undefined) return url
  const query = searchParams.get('query')
  const sent: Naming = withIdOfAddress({ query, extensions: extensions as Naming['extensions'] }, url)
  const params = withIdInExtensions(sent)
  if (params === sent) return url
  searchParams.set('query', String(params.query))
  searchParams.set('extensions', JSON.stringify(params.extensions))
  return `${pathname}?${searchParams}`
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
