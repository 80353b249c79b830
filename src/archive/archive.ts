import type { KeptCopy } from '../jobs/job.ts'

/** A file on its way here. Whoever gets one reads `body` to its end, or cancels it. */
export interface IncomingFile {
  /** As it was declared: lower case, without parameters; empty if it was not. */
  readonly contentType: string
  /** The declared length in bytes; null if there was none. */
  readonly length: number | null
  readonly body: AsyncIterable<Uint8Array>
  cancel(): void
}

/** Where outputs are copied from. */
export interface OutputSource {
  /** Never throws; the body of a file may. A `lasting` failure is one that another try is unlikely to mend. */
  fetch(
    url: string,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'file'; readonly file: IncomingFile }
    | { readonly kind: 'failed'; readonly lasting: boolean; readonly message: string }
  >
}

/** How a kept file is answered over HTTP. */
export type KeptFile =
  | { readonly kind: 'file'; readonly path: string; readonly contentType: string }
  /** A URL that works for a short while. */
  | { readonly kind: 'redirect'; readonly url: string }

/** A place for files that does not forget. Its keys are those of `media.ts`; every method throws if it cannot do it. */
export interface Archive {
  /**
   * Stores a file whole or not at all, over one that is there. A throw of `body` is passed on. Whoever aborts `signal`
   * makes `body` throw, too.
   */
  put(
    key: string,
    file: { readonly contentType: string; readonly body: AsyncIterable<Uint8Array> },
    signal: AbortSignal,
  ): Promise<void>
  /** Removes every file of a job; nothing happens if there is none. Some may be gone when it throws. */
  remove(jobId: string, signal: AbortSignal): Promise<void>
  /** The bytes of a file from `start` to before `end`; fewer if it ends before. */
  read(
    key: string,
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<Uint8Array>
  /** Null for what is no key. Whether there is such a file may only come out when it is read. */
  locate(key: string, method: 'GET' | 'HEAD'): Promise<KeptFile | null>
  /** Throws if nothing can be stored just now. */
  check(): Promise<void>
  /** Removes what copies left behind that were begun before that time, and that nobody goes on with. */
  recover(before: number): Promise<void>
  /** Breaks off what is under way. */
  close(): void
}

/** Knows what kept videos show. */
export interface Pictures {
  /** The copy with what was found out of it; as it is where nothing can be. Never throws. */
  of(copy: KeptCopy, signal: AbortSignal): Promise<KeptCopy>
}
