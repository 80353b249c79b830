import type { Clock } from '../jobs/clock.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { hasOutputsToKeep } from '../jobs/state.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import type { Archive, Pictures } from './archive.ts'
import type { CopyOptions } from './copy.ts'
import { createCopyTurns } from './copy-turns.ts'
import { createArchiveHealth } from './health.ts'
import { createRemoval, longestRemoval } from './removal.ts'
import { createTries } from './tries.ts'

/** A job's copies take no longer: without an end a trickle would hold its place for ever. */
const longestCopy = 60 * 60_000 // 1 hour

/** Where others copy, too: no copy lasts so long, so what one began before was broken off. */
const abandonedAfter = 2 * longestCopy
/** How often it is then made sure that what is open is due: a process may have died that should have said so. */
const repairEvery = 5 * 60_000 // 5 minutes

export interface ArchiverOptions extends CopyOptions {
  readonly work: Pick<JobWork, 'job'>
  readonly recorder: Pick<Recorder, 'change'>
  readonly archive: Archive
  readonly pictures?: Pictures | undefined
  /** Says which jobs are due. How many are copied at the same time is its matter. */
  readonly loop: CopyLoop
  readonly clock: Clock
  readonly log: Logger
  /** Whether other processes share the rows and the archive. */
  readonly shared?: boolean
}

/** What the archiver asks of a loop. */
export interface CopyLoop {
  /** `run` answers when the same job is due again; null if there is nothing more to copy. */
  start(run: (job: Pick<ListedJob, 'id'>) => Promise<number | null>): Promise<void>
  /** There is something to copy. */
  put(jobId: string): Promise<void>
  /** Everything that is open is due, or will be. */
  repair(): Promise<void>
  stop(): Promise<void>
}

export interface Archiver {
  /** Schedules what the rows say is still to be copied, and begins. */
  start(): Promise<void>
  /** A job changed: if it has outputs to keep, they are copied. */
  wake(job: Job): void
  /**
   * Removes a job's files, after breaking off what is being copied, and then by `removeRow` the job; nothing of it is
   * copied meanwhile. Throws ArchiveUnavailableError, and then the job was not touched.
   */
  discard<T>(jobId: string, removeRow: () => Promise<T>): Promise<T>
  /** Removes the files of an upload. Throws ArchiveUnavailableError; some may be gone then. */
  removeFiles(uploadId: string): Promise<void>
  /** Whether outputs can be stored just now, in words. */
  health(): Promise<{ readonly ok: boolean; readonly detail?: string }>
  /** Breaks off every copy; it begins again after the next start. */
  stop(): Promise<void>
}

/** Copies the outputs of completed jobs to the archive before the vendor drops them. */
export function createArchiver(options: ArchiverOptions): Archiver {
  const { work, archive, loop, clock, log, shared = false } = options
  const health = createArchiveHealth(archive, clock)
  const removal = createRemoval(archive, clock, log)
  const tries = createTries()
  const running = new Map<
    string,
    { readonly controller: AbortController; readonly ended: Promise<unknown> }
  >()
  let stopping = false
  let cancelRepair: () => void = () => {}
  const isLeft = (jobId: string) => stopping || removal.isUnderWay(jobId)
  const { takeTurn, forget } = createCopyTurns({ ...options, health, removal, tries, isLeft })

  function run({ id }: Pick<ListedJob, 'id'>): Promise<number | null> {
    if (removal.isUnderWay(id)) return Promise.resolve(clock.now() + longestRemoval) // It may fail.
    const controller = new AbortController()
    const cancelLimit = clock.after(longestCopy, () => controller.abort())
    const ended = takeTurn(id, controller.signal).finally(() => {
      cancelLimit()
      running.delete(id)
    })
    running.set(id, { controller, ended })
    return ended
  }

  async function breakOff(jobId: string): Promise<void> {
    running.get(jobId)?.controller.abort()
    await running.get(jobId)?.ended
  }

  function putLater(jobId: string): void {
    loop
      .put(jobId)
      .catch((error: unknown) => log.warn({ err: error, jobId }, 'a copy cannot be put on the list'))
  }

  function repairLater(): void {
    cancelRepair = clock.after(repairEvery, () => {
      repair()
        .catch((error: unknown) => log.warn({ err: error }, 'what is still to be copied cannot be read'))
        .finally(() => stopping || repairLater())
    })
  }

  async function repair(): Promise<void> {
    await loop.repair()
    // Others may have copied or deleted them meanwhile.
    for (const id of tries.failing) {
      const job = await work.job(id)
      if (job === null || !hasOutputsToKeep(job)) forget(id)
    }
  }

  return {
    async start() {
      try {
        await archive.recover(shared ? clock.now() - abandonedAfter : Number.POSITIVE_INFINITY)
      } catch (error) {
        log.error({ err: error }, 'the archive is not available: jobs go on, and copying is tried again')
      }
      await loop.start(run)
      if (shared) repairLater()
    },
    wake(job) {
      // A job that is being copied tells of each output; its turn goes on with the next by itself.
      if (isLeft(job.id) || running.has(job.id)) return
      if (hasOutputsToKeep(job)) putLater(job.id)
    },
    discard: (jobId, removeRow) =>
      removal.during(jobId, async () => {
        try {
          await breakOff(jobId)
          await removal.removeAllFiles(jobId)
          const removed = await removeRow()
          forget(jobId)
          return removed
        } catch (error) {
          putLater(jobId)
          throw error
        }
      }),
    removeFiles: removal.removeAllFiles,
    health: health.report,
    async stop() {
      stopping = true
      cancelRepair()
      for (const { controller } of running.values()) controller.abort()
      await loop.stop()
    },
  }
}
