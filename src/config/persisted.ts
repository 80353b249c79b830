import type { Reader } from './reader.ts'

export interface PersistedConfig {
  /** Documents that requests may name by an id; absent if there are none. */
  readonly persisted?: {
    /** The file that lists them. */
    readonly manifest: string
    /** Whether no others are run. */
    readonly only: boolean
  }
}

/** Which documents requests may name; what the file says is checked against the schema later. */
export function readPersisted(read: Reader, faults: string[]): PersistedConfig['persisted'] {
  const manifest = read.text('PERSISTED_DOCUMENTS')
  const only = read.flag('PERSISTED_ONLY')
  if (only && manifest === '')
    faults.push('PERSISTED_ONLY=1 needs PERSISTED_DOCUMENTS, a manifest of the documents that are run.')
  return manifest === '' ? undefined : { manifest, only }
}
