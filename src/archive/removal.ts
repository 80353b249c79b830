import type { Clock } from '../jobs/clock.ts'
import { isUploadId } from '../jobs/id.ts'
import type { Logger } from '../log.ts'
import type { Archive } from './archive.ts'
import { nameOf } from './copy.ts'
import { ArchiveUnavailableError } from './error.ts'

/** Somebody waits for the files of a job to be removed. */
export const longestRemoval = 10_000 // 10 seconds

/** Deletions: which jobs are being deleted, and the files that go with them. */
export interface Removal {
  /** Whether a deletion of this job is under way. */
  isUnderWay(jobId: string): boolean
  /** Does what belongs to a deletion; the job counts as being deleted meanwhile. */
  during<T>(jobId: string, act: () => Promise<T>): Promise<T>
  /** Removes the files of a job, or of an upload. */
  removeFiles(ownerId: string): Promise<void>
  /** The same for somebody who is told how it went: throws ArchiveUnavailableError. */
  removeAllFiles(ownerId: string): Promise<void>
}

export function createRemoval(
  archive: Pick<Archive, 'remove'>,
  clock: Pick<Clock, 'after'>,
  log: Logger,
): Removal {
  /** How many deletions of each job are under way. */
  const underWay = new Map<string, number>()

  async function removeFiles(ownerId: string): Promise<void> {
    const controller = new AbortController()
    const cancelLimit = clock.after(longestRemoval, () => controller.abort())
    try {
      await archive.remove(ownerId, controller.signal)
    } catch (error) {
      throw controller.signal.aborted ? new DOMException('The archive is silent.', 'TimeoutError') : error
    } finally {
      cancelLimit()
    }
  }

  return {
    isUnderWay: (jobId) => underWay.has(jobId),
    async during(jobId, act) {
      underWay.set(jobId, (underWay.get(jobId) ?? 0) + 1)
      try {
        return await act()
      } finally {
        const others = (underWay.get(jobId) ?? 1) - 1
        if (others === 0) underWay.delete(jobId)
        else underWay.set(jobId, others)
      }
    },
    removeFiles,
    async removeAllFiles(ownerId) {
      try {
        await removeFiles(ownerId)
      } catch (error) {
        const owner = { [isUploadId(ownerId) ? 'uploadId' : 'jobId']: ownerId }
        log.error({ err: error, ...owner }, 'the archive did not remove the files of a job or an upload')
        throw new ArchiveUnavailableError(
          `The archive did not remove all of its files (${nameOf(error)}), so it was kept: delete it again later.`,
        )
      }
    },
  }
}
