import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** A parsed document takes about so many bytes for each character of its text: nodes, tokens and where they stand. */
const bytesPerCharacter = 40

const largestTotal = 32 * 1024 * 1024 // 32 MiB
/** Larger documents are rare, and a few of them would push all others out. */
const largestEntry = 4 * 1024 * 1024 // 4 MiB

/** Yoga's shape of a cache. */
export interface Cache<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

export interface DocumentCache extends Cache<DocumentNode> {
  /** Forgets a document: one that is not valid is not asked for again by anybody who means well. */
  forget(document: DocumentNode): void
}

/** Parsed documents by their text, bounded by the memory that they take. */
export function createDocumentCache(): DocumentCache {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: largestTotal,
    maxEntrySize: largestEntry,
    sizeCalculation: (_document, text) => Math.max(text.length * bytesPerCharacter, 1),
  })
  return {
    get: (text) => documents.get(text),
    set: (text, document) => void documents.set(text, document),
    forget({ loc }) {
      if (loc) documents.delete(loc.source.body)
    },
  }
}

/** For what is not worth caching, such as the errors of documents. */
export const noCache: Cache<never> = { get: () => undefined, set: () => {} }
