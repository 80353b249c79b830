import { GraphQLError } from 'graphql'

/** The documents that requests may name instead of sending their text. */
export interface PersistedDocuments {
  /** Texts by their ids, and by the SHA-256 of the text in hex. */
  readonly texts: ReadonlyMap<string, string>
  /** Whether a request has to name one. */
  readonly only: boolean
}

/** What a request may say of its document, not checked yet. */
export interface Naming {
  readonly query?: unknown
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined
  /** GraphQL over HTTP, appendix A. */
  readonly documentId?: unknown
  /** Relay's name for it. */
  readonly doc_id?: unknown
}

/**
 * The text of the document that a request means: the only place where an id becomes a text, for every protocol.
 *
 * @param documents null where there are none
 * @throws GraphQLError if it names a document that is not there, or sends a text where it may not
 */
export function textOf(documents: PersistedDocuments | null, params: Naming): unknown {
  const { query } = params
  const id = idOf(params)
  if (documents === null) {
    // Apollo's clients then send the text along with the id, which tells nothing more.
    if (id !== undefined && !query) throw refusal('PERSISTED_QUERY_NOT_SUPPORTED', notSupported, 200)
    return query
  }
  if (id === undefined) {
    if (!documents.only) return query
    throw refusal(
      'PERSISTED_QUERY_ID_REQUIRED',
      'Only documents of the list are run here: send the id of one.',
    )
  }
  if (query) {
    throw refusal('CANNOT_SEND_PQ_ID_AND_BODY', 'Send the id of a document or its text, and not both.')
  }
  const text = typeof id === 'string' ? documents.texts.get(id.replace(/^sha256:/, '')) : undefined
  if (text === undefined) throw refusal('PERSISTED_QUERY_NOT_IN_LIST', 'The list has no document of this id.')
  return text
}

/** Clients know these words. */
const notSupported = 'PersistedQueryNotSupported'

/** Whatever was sent as an id; undefined if nothing was. */
export function idOf({ documentId, doc_id, extensions }: Naming): unknown {
  const { persistedQuery } = extensions ?? {}
  if (documentId != null || doc_id != null) return documentId ?? doc_id
  if (persistedQuery == null) return undefined
  return (persistedQuery as { readonly sha256Hash?: unknown }).sha256Hash ?? ''
}

/** Adds the id that an address names, since Yoga and graphql-sse read none there. */
export function withIdOfAddress<Params extends object>(params: Params, url: string): Params & Naming {
  if (!/[?&](documentId|doc_id)=/.test(url)) return params
  const { searchParams } = new URL(url, 'http://localhost')
  return { ...params, documentId: searchParams.get('documentId') ?? searchParams.get('doc_id') }
}

function refusal(code: string, message: string, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } })
}
