import { PassThrough } from 'node:stream'
import type { Archive } from '../archive/archive.ts'
import { uploadKey } from '../archive/media.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'

/** A copy for the archive, made of what goes to the vendor. Whatever becomes of it, the upload goes on. */
export interface ArchiveCopy {
  /** Hands a piece on; waits while the archive is busy, but not for ever. */
  write(piece: Uint8Array): Promise<void>
  /** The key of the copy, once it is whole; null if there is none. */
  end(): Promise<string | null>
  /** Leaves nothing of it. */
  abort(): Promise<void>
}

export interface CopyOptions {
  readonly archive: Pick<Archive, 'put' | 'remove'>
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
}

/** An archive that takes nothing for so long is not waited for any more. */
const patienceMs = 10_000 // 10 seconds

export function createArchiveCopy(
  { archive, clock, log }: CopyOptions,
  { id, contentType }: { readonly id: string; readonly contentType: string },
): ArchiveCopy {
  const { key, contentType: keptAs } = uploadKey(id, contentType)
  const broken = new AbortController()
  const stream = new PassThrough()
  stream.on('error', () => {}) // Told by `put`.
  let isWanted = true
  const giveUp = (reason: string) => {
    broken.abort(new Error(reason))
    stream.destroy(new Error(reason))
  }
  const kept = archive.put(key, { contentType: keptAs, body: stream }, broken.signal).then(
    () => key,
    (error: unknown) => {
      stream.destroy()
      if (isWanted) log.warn({ err: error, uploadId: id }, 'the archive keeps no copy of an upload')
      return null
    },
  )

  /** Until the archive has taken what waits for it, or takes nothing any more. */
  async function drained(): Promise<void> {
    const cancel = clock.after(patienceMs, () => giveUp('The archive takes nothing.'))
    await new Promise<void>((resolve) => {
      const go = () => {
        stream.off('drain', go).off('close', go)
        resolve()
      }
      stream.on('drain', go).on('close', go)
    })
    cancel()
  }

  return {
    async write(piece) {
      if (!stream.destroyed && !stream.write(piece)) await drained()
    },
    async end() {
      stream.end()
      const cancel = clock.after(patienceMs, () => giveUp('The archive does not finish.'))
      const key = await kept
      cancel()
      return key
    },
    async abort() {
      isWanted = false
      giveUp('The upload broke off.')
      // It may have been whole already.
      if ((await kept) !== null) await archive.remove(id, AbortSignal.timeout(patienceMs)).catch(() => {})
    },
  }
}
