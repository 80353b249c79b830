import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { Job } from '../jobs/job.ts'
import type { ChangePlace } from '../jobs/store.ts'
import type { ChangeLog } from '../jobs/work.ts'
import type { Logger } from '../log.ts'

/** How often the rows are asked what the messages may have missed, while somebody listens. */
const catchUpMs = 5_000 // 5 seconds
/** A message that comes later than its change was read may be told again. */
const slackMs = 40_000 // 40 seconds
const pageSize = 500

export interface CatchUpOptions {
  readonly changes: ChangeLog
  /** All that was written up to here has been told. */
  readonly from: ChangePlace
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly log: Logger
  /** Whether anybody here wants to know. */
  readonly isFollowed: () => boolean
  /** Given every job that changed lately, whether or not it was told of before. */
  readonly tell: (job: Job) => void
  /** All is read: no job that changed before this time will be told again. */
  readonly onRead: (before: number) => void
}

/** Tells what the rows know and nobody told. */
export interface CatchUp {
  /** Reads at once, one reading at a time. A fault is made up for by the next. */
  now(): Promise<void>
  /** Reads every few seconds from now on. */
  start(): void
  stop(): void
}

export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { changes, clock, log, isFollowed, tell, onRead } = options
  let caughtUp = options.from
  let reading: Promise<void> | null = null
  let cancelRound: () => void = () => {}
  let stopped = false

  function now(): Promise<void> {
    reading ??= readChanges()
      .catch((error: Error) => {
        if (!stopped) log[levelOf(error)]({ err: error }, 'changes cannot be read, trying again')
      })
      .finally(() => {
        reading = null
      })
    return reading
  }

  async function readChanges(): Promise<void> {
    const begun = clock.now()
    if (!(await skipped())) await tellAll()
    onRead(begun - 2 * (slackMs + catchUpMs))
  }

  /** Goes to the end of what nobody wants to know; answers whether that was so. */
  async function skipped(): Promise<boolean> {
    if (isFollowed()) return false
    const latest = await changes.latest()
    // Whoever came meanwhile may have read the rows before that place.
    if (isFollowed()) return false
    caughtUp = latest
    return true
  }

  async function tellAll(): Promise<void> {
    for (let isLast = false; !isLast && !stopped; ) {
      const read = await changes.changesAfter(caughtUp, pageSize)
      for (const job of read.jobs) tell(job)
      caughtUp = read.place
      isLast = read.isLast
    }
  }

  function start(): void {
    cancelRound = clock.after(catchUpMs, () => void now().then(() => stopped || start()))
  }

  return {
    now,
    start,
    stop() {
      stopped = true
      cancelRound()
    },
  }
}

/** That the history is not available, its own line says. */
export const levelOf = (error: unknown) => (error instanceof HistoryUnavailableError ? 'debug' : 'warn')
