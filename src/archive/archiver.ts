import { ArchiveUnavailableError, JobUnreadableError } from '../errors.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { hasOutputsToKeep, transition } from '../jobs/state.ts'
import type { JobReader } from '../jobs/store.ts'
import type { Logger } from '../log.ts'
import type { Archive } from './archive.ts'
import { type Copied, type CopyOptions, copyOutput, nameOf } from './copy.ts'

/** The pause after a first failure; it doubles from one to the next. */
const firstPause = 10_000 // 10 seconds
export const longestPause = 30 * 60_000 // 30 minutes

/** So often a lasting failure has to be seen before it is believed, which takes five minutes: a CDN may be late. */
const lastingTries = 6

/** A job's copies take no longer: without an end a trickle would hold its place for ever. */
const longestCopy = 60 * 60_000 // 1 hour

/** Of one job in its turn; the rest waits until the others that are due have had theirs. */
const outputsPerTurn = 4

/** Somebody waits for the files of a job to be removed. */
const longestRemoval = 10_000 // 10 seconds

/** Where others copy, too: no copy lasts so long, so what one began before was broken off. */
const abandonedAfter = 2 * longestCopy
/** How often it is then made sure that what is open is due: a process may have died that should have said so. */
const repairEvery = 5 * 60_000 // 5 minutes

/** An answer about the archive is good for so long: anybody may ask, and each answer is work. */
const checkLife = 5_000 // 5 seconds

export interface ArchiverOptions extends CopyOptions {
  readonly store: Pick<JobReader, 'job'>
  readonly recorder: Pick<Recorder, 'change'>
  readonly archive: Archive
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

const pauseAfter = (count: number) => Math.min(firstPause * 2 ** (count - 1), longestPause)

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
  /** Whether outputs can be stored just now, in words. */
  health(): Promise<{ readonly ok: boolean; readonly detail?: string }>
  /** Breaks off every copy; it begins again after the next start. */
  stop(): Promise<void>
}

type Failed = Exclude<Copied, { kind: 'kept' }>

/** Copies the outputs of completed jobs to the archive before the vendor drops them. */
export function createArchiver(options: ArchiverOptions): Archiver {
  const { store, recorder, archive, loop, clock, log, shared = false } = options
  /** Failures of jobs that are tried again; a restart forgets them and tries afresh. */
  const failures = new Map<string, { readonly count: number; readonly lasting: number }>()
  const running = new Map<
    string,
    { readonly controller: AbortController; readonly ended: Promise<unknown> }
  >()
  /** Jobs that go on in their next turn: at which output, and what of the earlier ones failed. */
  const rounds = new Map<string, { readonly from: number; readonly failed: readonly Failed[] }>()
  /** How many deletions of each job are under way. */
  const discarding = new Map<string, number>()
  /** Since the archive refused a file: why, how often in a row, and until when every job waits. */
  let outage: { readonly reason: string; readonly count: number; readonly until: number } | null = null
  let checked: { readonly at: number; readonly answer: Promise<string | null> } | null = null
  let stopping = false
  let cancelRepair: () => void = () => {}

  function run({ id }: Pick<ListedJob, 'id'>): Promise<number | null> {
    if (discarding.has(id)) return Promise.resolve(clock.now() + longestRemoval) // It may fail.
    const controller = new AbortController()
    const cancelLimit = clock.after(longestCopy, () => controller.abort())
    const ended = step(id, controller.signal).finally(() => {
      cancelLimit()
      running.delete(id)
    })
    running.set(id, { controller, ended })
    return ended
  }

  async function step(id: string, signal: AbortSignal): Promise<number | null> {
    const held = heldUntil()
    if (held !== null) return held
    try {
      const job = await store.job(id)
      if (job === null || !hasOutputsToKeep(job)) return forget(id)
      const { from, failed: before } = rounds.get(id) ?? { from: 0, failed: [] }
      rounds.delete(id)
      const failed = [...before]
      let tried = 0
      for (const [index, output] of job.outputs.entries()) {
        if (output.kept || index < from) continue
        if (tried === outputsPerTurn) {
          rounds.set(id, { from: index, failed })
          return clock.now()
        }
        tried += 1
        const result: Copied =
          clock.now() < output.expiresAt
            ? ((await refusal()) ?? (await copyOutput(options, { jobId: id, index, output }, signal)))
            : { kind: 'hopeless', reason: 'the vendor dropped it before it could be copied.' }
        if (result.kind === 'kept') await record(id, index, result.copy)
        else if (stopping || discarding.has(id)) return null
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

  async function record(id: string, index: number, copy: (Copied & { kind: 'kept' })['copy']): Promise<void> {
    outage = null
    checked = null
    const change = await recorder.change(id, (job) =>
      transition(job, { type: 'outputKept', index, copy }, clock.now()),
    )
    // Deleted meanwhile: its files went before this one came.
    if (change === null) await removeFiles(id)
  }

  /** After a round: nothing more to do, another try, or giving up. */
  async function settle(job: Job, failed: readonly Failed[]): Promise<number | null> {
    if (failed.length === 0) return forget(job.id)
    const before = failures.get(job.id) ?? { count: 0, lasting: 0 }
    const ownFault = failed.some(({ kind }) => kind !== 'refused')
    const count = before.count + (ownFault ? 1 : 0)
    const lasting = before.lasting + (failed.some(({ kind }) => kind === 'lasting') ? 1 : 0)
    const reason = [...new Set(failed.map((one) => reasonOf(job.id, one)))].join(' ')
    const open = failed.some(
      ({ kind }) => kind !== 'hopeless' && (kind !== 'lasting' || lasting < lastingTries),
    )
    if (!open) {
      log.warn({ jobId: job.id, reason }, 'an output cannot be kept')
      await recorder.change(job.id, (now) => transition(now, { type: 'outputsLost', reason }, clock.now()))
      return forget(job.id)
    }
    failures.set(job.id, { count, lasting })
    const now = clock.now()
    const ends = job.outputs.map(({ expiresAt }) => expiresAt).filter((end) => end > now)
    const own = ownFault ? now + pauseAfter(count) : now
    const next = Math.min(Math.max(own, heldUntil() ?? now), ...ends)
    log.warn({ jobId: job.id, reason, nextTry: new Date(next) }, 'an output is not kept yet')
    return next
  }

  function reasonOf(jobId: string, failed: Failed): string {
    if (failed.kind !== 'refused') return failed.reason
    const reason = nameOf(failed.error)
    // Copies that ran side by side meet one fault.
    const count = (outage?.count ?? 0) + (heldUntil() === null ? 1 : 0)
    outage = { reason, count, until: heldUntil() ?? clock.now() + pauseAfter(count) }
    log.error({ err: failed.error, jobId }, 'the archive did not take an output')
    return `the archive did not take it (${reason}).`
  }

  /** The end of the pause that the archive's fault gives every job; null if there is none. */
  function heldUntil(): number | null {
    if (outage === null) return null
    return outage.until > clock.now() ? outage.until : null
  }

  /** After a fault the archive is asked first, since a download in vain costs more. */
  async function refusal(): Promise<Failed | null> {
    if (outage === null) return null
    try {
      await archive.check()
      return null
    } catch (error) {
      return { kind: 'refused', error }
    }
  }

  /** Nothing of this job fails any more. */
  function forget(id: string): null {
    failures.delete(id)
    rounds.delete(id)
    if (failures.size === 0) outage = null
    return null
  }

  async function removeFiles(jobId: string): Promise<void> {
    const controller = new AbortController()
    const cancelLimit = clock.after(longestRemoval, () => controller.abort())
    try {
      await archive.remove(jobId, controller.signal)
    } catch (error) {
      throw controller.signal.aborted ? new DOMException('The archive is silent.', 'TimeoutError') : error
    } finally {
      cancelLimit()
    }
  }

  async function discard<T>(jobId: string, removeRow: () => Promise<T>): Promise<T> {
    running.get(jobId)?.controller.abort()
    await running.get(jobId)?.ended
    try {
      await removeFiles(jobId)
    } catch (error) {
      log.error({ err: error, jobId }, 'the archive did not remove the outputs of a job')
      throw new ArchiveUnavailableError(
        `The archive did not remove all of its outputs (${nameOf(error)}), so the job was kept: delete it again later.`,
      )
    }
    const removed = await removeRow()
    forget(jobId)
    return removed
  }

  /** Why nothing can be stored just now; null if it can. */
  async function ask(): Promise<string | null> {
    try {
      await archive.check()
      return null
    } catch (error) {
      return `it cannot be written: ${nameOf(error)}`
    }
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
    for (const id of [...failures.keys()]) {
      const job = await store.job(id)
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
      // A job that is being copied tells of each output; its step goes on with the next by itself.
      if (stopping || running.has(job.id) || discarding.has(job.id)) return
      if (hasOutputsToKeep(job)) putLater(job.id)
    },
    async discard(jobId, removeRow) {
      discarding.set(jobId, (discarding.get(jobId) ?? 0) + 1)
      try {
        return await discard(jobId, removeRow)
      } catch (error) {
        putLater(jobId)
        throw error
      } finally {
        const others = (discarding.get(jobId) ?? 1) - 1
        if (others === 0) discarding.delete(jobId)
        else discarding.set(jobId, others)
      }
    },
    async health() {
      const now = clock.now()
      if (checked === null || now - checked.at >= checkLife) checked = { at: now, answer: ask() }
      const detail = await checked.answer
      if (detail !== null) return { ok: false, detail }
      return outage === null ? { ok: true } : { ok: false, detail: `the last copy failed: ${outage.reason}` }
    },
    async stop() {
      stopping = true
      cancelRepair()
      for (const { controller } of running.values()) controller.abort()
      await loop.stop()
    },
  }
}
