import type { Clock } from '../jobs/clock.ts'
import type { JobOutput, KeptCopy } from '../jobs/job.ts'
import type { Archive, IncomingFile, OutputSource } from './archive.ts'
import { keptAs, outputKey } from './media.ts'

/** What became of an attempt to copy an output. */
export type Copied =
  | { readonly kind: 'kept'; readonly copy: KeptCopy }
  /** Worth another try; `lasting`: one that is unlikely to help. */
  | { readonly kind: 'later' | 'lasting'; readonly reason: string }
  /** No try will help. */
  | { readonly kind: 'hopeless'; readonly reason: string }
  /** The archive did not take it, and nothing is known against the output. */
  | { readonly kind: 'refused'; readonly error: unknown }

export interface CopyOptions {
  readonly source: OutputSource
  readonly archive: Pick<Archive, 'put'>
  /** Larger outputs are not kept. */
  readonly maxBytes: number
  readonly clock: Pick<Clock, 'now'>
}

/** What a download has to bring in a minute of waiting for it: one that drips would hold its place for an hour. */
const leastBytes = 600_000 // 10 KB a second
const slowWindow = 60_000 // 1 minute

/** Streams one output of a job into the archive. Never throws. */
export async function copyOutput(
  { source, archive, maxBytes, clock }: CopyOptions,
  { jobId, index, output }: { jobId: string; index: number; output: JobOutput },
  signal: AbortSignal,
): Promise<Copied> {
  const fetched = await source.fetch(output.url, signal)
  if (fetched.kind === 'failed') {
    return { kind: fetched.lasting ? 'lasting' : 'later', reason: fetched.message }
  }
  const { file } = fetched
  const body = checked(file, maxBytes, clock)
  try {
    const as = keptAs(file.contentType, output.url)
    if (as === null) return { kind: 'lasting', reason: `it is ${file.contentType || 'of no type'}.` }
    if ((file.length ?? 0) > maxBytes) return tooLarge(maxBytes)
    const { contentType } = as
    const key = outputKey(jobId, index, as.extension)
    await archive.put(key, { contentType, body: body.chunks }, signal)
    return { kind: 'kept', copy: { key, bytes: body.bytes(), contentType } }
  } catch (error) {
    return body.failure() ?? { kind: 'refused', error }
  } finally {
    file.cancel()
  }
}

function tooLarge(maxBytes: number): Copied {
  return { kind: 'hopeless', reason: `it is larger than ${maxBytes / 1_000_000} MB (ARCHIVE_MAX_MB).` }
}

/** A body that counts itself, and knows whether it was it that broke, or whoever reads it. */
function checked(file: IncomingFile, maxBytes: number, clock: Pick<Clock, 'now'>) {
  let bytes = 0
  let failure: Copied | null = null
  let theirs = false
  /** Only the time that is spent waiting for the source counts: the archive may be slow as well. */
  let window = { ms: 0, bytes: 0 }

  function isSlow(waitedMs: number, received: number): boolean {
    window = { ms: window.ms + waitedMs, bytes: window.bytes + received }
    if (window.ms < slowWindow) return false
    const slow = window.bytes < leastBytes
    window = { ms: 0, bytes: 0 }
    return slow
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      let waitsSince = clock.now()
      for await (const chunk of file.body) {
        bytes += chunk.length
        if (isSlow(clock.now() - waitsSince, chunk.length)) {
          failure = { kind: 'later', reason: 'its download is slower than 10 KB a second.' }
          throw new Error('too slow')
        }
        if (bytes > maxBytes) {
          failure = tooLarge(maxBytes)
          throw new Error('too large')
        }
        theirs = true // A stream that fails throws its own error in here.
        yield chunk
        theirs = false
        waitsSince = clock.now()
      }
      if (bytes === 0) {
        failure = { kind: 'lasting', reason: 'it is empty.' }
        throw new Error('empty')
      }
    } catch (error) {
      if (!theirs) failure ??= { kind: 'later', reason: `its download broke off (${nameOf(error)}).` }
      throw error
    }
  }
  return { chunks: read(), bytes: () => bytes, failure: () => failure }
}

/** What went wrong in a word: messages may quote paths, and not everybody who reads the reason may know them. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
