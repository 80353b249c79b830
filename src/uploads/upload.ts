import type { TenantId } from '../jobs/tenant.ts'

/** A clip that was sent through the gateway, and that the vendor keeps for a while. Times are milliseconds since 1970. */
export interface Upload {
  /** `upl_` and a UUIDv7, as the ids of jobs: it sorts by the time of creation. */
  readonly id: string
  readonly tenant: TenantId
  /** Where the vendor has it. */
  readonly url: string
  /** As the sender called it. */
  readonly filename: string
  readonly contentType: string
  readonly bytes: number
  /** SHA-256 of the bytes, in lower-case hex. */
  readonly hash: string
  readonly createdAt: number
  /** When the vendor drops it. */
  readonly expiresAt: number
  /** The key of the archive's copy; null if there is none. */
  readonly kept: string | null
}

/** What is recorded of the uploads of one tenant. Those of another are as unknown as what never was. */
export interface TenantUploads {
  upload(id: string): Promise<Upload | null>
  /** In the order of `urls`: the newest that the vendor has, or had, at each; null where none is known. */
  at(urls: readonly string[]): Promise<readonly (Upload | null)[]>
  /** The newest of these bytes that the vendor keeps beyond a moment; null if there is none. */
  withHash(hash: string, beyond: number): Promise<Upload | null>
  /** Newest first, before an id where one is given. */
  page(before: string | null, limit: number): Promise<readonly Upload[]>
  /**
   * Counts a new one, by whichever gateway, before anything is sent.
   *
   * @throws RateLimitedError if the tenant has had as many as it may in a day
   */
  count(most: number, now: number): Promise<void>
  add(upload: Upload): Promise<void>
  /** Whether there was one. */
  remove(id: string): Promise<boolean>
}

/** Opened once for each request, as the history is. */
export interface UploadStore {
  for(tenant: TenantId): TenantUploads
}

/** A file as it is announced, and its bytes. */
export interface IncomingUpload {
  /** Its length in bytes; null where none was said. */
  readonly bytes: number | null
  /** In lower case, without parameters. */
  readonly contentType: string
  /** As the sender calls it; null for no name. */
  readonly filename: string | null
  /** SHA-256 of the bytes in lower-case hex, if the sender knows it. */
  readonly hash: string | null
  /** Asks for the bytes, once it is known that they are wanted. */
  open(): AsyncIterator<Uint8Array>
  /** Aborted when the sender leaves. */
  readonly signal: AbortSignal
}

export interface Received {
  readonly upload: Upload
  /** Whether the vendor had the file already, so that no byte was read. */
  readonly reused: boolean
}
