import type { Clock } from '../jobs/clock.ts'
import { JobUnreadableError } from '../jobs/history-error.ts'
import type { Job, KeptCopy } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { hasOutputsToKeep, transition } from '../jobs/state.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import type { Pictures } from './archive.ts'
import { type Copied, type CopyOptions, copyOutput } from './copy.ts'
import type { ArchiveHealth } from './health.ts'
import { firstPause, pauseAfter } from './pauses.ts'
import type { Removal } from './removal.ts'
import type { Failed, Tries } from './tries.ts'

/** Of one job in its turn; the rest waits until the others that are due have had theirs. */
const outputsPerTurn = 4

export interface CopyTurnOptions extends CopyOptions {
  readonly work: Pick<JobWork, 'job'>
  readonly recorder: Pick<Recorder, 'change'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  readonly health: ArchiveHealth
  readonly removal: Pick<Removal, 'removeFiles'>
  readonly tries: Tries
  /** By default nothing is found out of what is kept. */
  readonly pictures?: Pictures | undefined
  /** Whether nothing is to be said of a job any more. */
  readonly isLeft: (jobId: string) => boolean
}

export interface CopyTurns {
  /** Copies what it may of a job whose turn it is; answers when the job is due again, null if there is nothing more to do. */
  takeTurn(jobId: string, signal: AbortSignal): Promise<number | null>
  /** Nothing of this job fails any more. */
  forget(jobId: string): void
}

/** What is done for a job whose turn it is. */
export function createCopyTurns(options: CopyTurnOptions): CopyTurns {
  const { work, recorder, clock, log, health, removal, tries, pictures, isLeft } = options

  async function takeTurn(id: string, signal: AbortSignal): Promise<number | null> {
    const held = health.heldUntil()
    if (held !== null) return held
    try {
      const job = await work.job(id)
      if (job === null || !hasOutputsToKeep(job)) return forget(id)
      const { from, failed: before } = tries.resume(id)
      const failed = [...before]
      let tried = 0
      for (const [index, output] of job.outputs.entries()) {
        if (output.kept || index < from) continue
        if (tried === outputsPerTurn) {
          tries.interrupt(id, { from: index, failed })
          return clock.now()
        }
        tried += 1
        const result = await copy({ jobId: id, index, output }, signal)
        if (result.kind === 'kept') await record(id, index, result.copy)
        else if (isLeft(id)) return null
        else failed.push(result)
      }
      return await settle(job, failed)
    } catch (error) {
      // The store has said so. Another try would find the same; a person has to repair the row.
      if (error instanceof JobUnreadableError) return forget(id)
      log.error({ err: error, jobId: id }, 'archiving an output failed, trying again')
      return clock.now() + firstPause
    }
  }

  async function copy(what: Parameters<typeof copyOutput>[1], signal: AbortSignal): Promise<Copied> {
    if (clock.now() >= what.output.expiresAt) {
      return { kind: 'hopeless', reason: 'the vendor dropped it before it could be copied.' }
    }
    const fault = await health.probe()
    if (fault) return { kind: 'refused', error: fault.error }
    const copied = await copyOutput(options, what, signal)
    if (copied.kind !== 'kept' || !pictures) return copied
    return { kind: 'kept', copy: await pictures.of(copied.copy, signal) }
  }

  async function record(id: string, index: number, copy: KeptCopy): Promise<void> {
    health.took()
    const change = await recorder.change(id, (job) =>
      transition(job, { type: 'outputKept', index, copy }, clock.now()),
    )
    // Deleted meanwhile: its files went before this one came.
    if (change === null) await removal.removeFiles(id)
  }

  /** After a round: nothing more to do, another try, or giving up. */
  async function settle(job: Job, failed: readonly Failed[]): Promise<number | null> {
    if (failed.length === 0) return forget(job.id)
    const { count, isOwnFault, isOpen } = tries.count(job.id, failed)
    const reason = [...new Set(failed.map((one) => reasonOf(job.id, one)))].join(' ')
    if (!isOpen) {
      log.warn({ jobId: job.id, reason }, 'an output cannot be kept')
      await recorder.change(job.id, (now) => transition(now, { type: 'outputsLost', reason }, clock.now()))
      return forget(job.id)
    }
    const now = clock.now()
    const ends = job.outputs.map(({ expiresAt }) => expiresAt).filter((end) => end > now)
    const own = isOwnFault ? now + pauseAfter(count) : now
    const next = Math.min(Math.max(own, health.heldUntil() ?? now), ...ends)
    log.warn({ jobId: job.id, reason, nextTry: new Date(next) }, 'an output is not kept yet')
    return next
  }

  function reasonOf(jobId: string, failed: Failed): string {
    if (failed.kind !== 'refused') return failed.reason
    const reason = health.refused(failed.error)
    log.error({ err: failed.error, jobId }, 'the archive did not take an output')
    return `the archive did not take it (${reason}).`
  }

  function forget(id: string): null {
    tries.forget(id)
    if (tries.failing.length === 0) health.endOutage()
    return null
  }

  return { takeTurn, forget }
}
