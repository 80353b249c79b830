import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { ListedJob } from '../jobs/job.ts'
import type { Submission } from '../jobs/submission.ts'
import type { Room } from '../jobs/vendor.ts'
import type { JobWork, WorkKind } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { createAlarm } from './alarm.ts'
import { createLeases, termsOf } from './lease.ts'
import { createResults } from './results.ts'

export interface LoopOptions {
  readonly kind: WorkKind
  readonly work: JobWork
  readonly clock: Clock
  readonly log: Logger
  /** This process, in leases. */
  readonly owner: string
  /** Whether other processes share the rows. */
  readonly shared: boolean
  /** No work is due later than after so long. */
  readonly longestMs: number
  /** Pieces of work that are done at the same time. */
  readonly atOnce?: number
  readonly room?: () => Room
  /** Work that is left of a job that was deleted; as `run`. */
  readonly runOrphan?: (submission: Submission) => Promise<number | null>
  /** How long it can be told that jobs were deleted; for ever by default. */
  readonly changesKeptMs?: number
  /** Told when work begins and when it ends. */
  readonly onStep?: () => void
}

/** Does what is due. */
export interface Loop {
  /** Makes what the rows lack, and begins: `run` answers when the same job is due again, null if nothing more is to be done. */
  start(run: (job: ListedJob) => Promise<number | null>): Promise<void>
  /** Something may be due at this time. */
  wake(at?: number): void
  /** There is work for a job, due now. */
  put(jobId: string): Promise<void>
  /** Keeps the lease of work that began elsewhere, by a claim, until it is given back. */
  hold(jobId: string): void
  giveBack(jobId: string, at: number | null): void
  holds(jobId: string): boolean
  /** Makes what the rows lack. */
  repair(): Promise<void>
  /** Lets what is overdue come back one after the other. */
  spread(): Promise<void>
  /** How much work is under way or not given back yet. */
  readonly size: number
  /** Takes nothing new, and waits for what is under way. */
  stop(): Promise<void>
}

/** Taken with one statement. */
const batch = 200
/** Which part of all places must be free before more is taken: one statement for each free place would be many. */
const enoughRoom = 3 / 4
/** A row that others share may have become due by what they did: that is seen after so long. */
const sharedIdleMs = 1_000 // 1 second
/** What this process does wakes the loop; but the answer to a commit may be lost. */
const ownIdleMs = 60_000 // 1 minute
/** What is due was not to be had: others take it just now. */
const takenPauseMs = 50
/** How often what nothing counts any more is forgotten. */
const pruneEveryMs = 60 * 60_000 // 1 hour
/**
 * Deletions are kept for so much longer than it is promised: a process may begin by a clock that is ahead, and the next one by
 * one that was set right.
 */
const clocksApartMs = 24 * 60 * 60_000 // 1 day
/** The clocks of gateways that share rows may differ by so long. */
const othersAheadMs = 60_000 // 1 minute
/** After a step that failed in an unforeseen way. */
const faultPauseMs = 10_000 // 10 seconds

/**
 * Takes what is due in batches, does it side by side, and gives it back together. The rows are the queue: what a process
 * had taken that died is due again when its lease ends, and nothing else has to notice.
 */
export function createLoop(options: LoopOptions): Loop {
  const { kind, work, clock, log, owner, shared, longestMs, atOnce = 256, onStep = () => {} } = options
  const { changesKeptMs = Number.POSITIVE_INFINITY } = options
  const { room = () => ({ atMost: atOnce, until: null }), runOrphan = async () => null } = options
  const terms = termsOf(shared)
  const leases = createLeases({ work, kind, clock, owner, terms })
  const alarm = createAlarm({
    clock,
    run: round,
    idleMs: shared ? sharedIdleMs : ownIdleMs,
    onFault(error) {
      // That the history is not available, its own line says.
      const level = error instanceof HistoryUnavailableError ? 'debug' : 'error'
      log[level]({ err: error, kind }, 'what is due cannot be read, trying again')
    },
  })
  const results = createResults({ work, kind, clock, log, leases, onDue: alarm.wake })
  let run: (job: ListedJob) => Promise<number | null> = async () => null
  const running = new Map<string, Promise<void>>()
  /** Whether more may be due than there is room for. */
  let crowded = false
  let spreading = false
  let stopping = false
  let prunedAt = Number.NEGATIVE_INFINITY

  async function round(): Promise<number | null> {
    const begun = clock.now()
    if (kind === 'poll' && begun - prunedAt >= pruneEveryMs) {
      prunedAt = begun
      await work.prune(begun, begun - changesKeptMs - clocksApartMs)
    }
    while (!stopping && !spreading) {
      const now = clock.now()
      const { atMost, until } = room()
      const limit = Math.min(atMost - running.size, atOnce - running.size, batch)
      crowded = limit <= 0
      if (crowded) return until // The end of a step wakes.
      const { jobs, orphans, nextAt } = await work.take({ kind, now, limit, lease: leases.from(now) })
      for (const job of jobs) begin(job.id, () => run(job))
      for (const orphan of orphans) begin(orphan.jobId, () => runOrphan(orphan))
      if (nextAt === null || nextAt > now) return nextAt
      if (jobs.length + orphans.length === 0) return now + takenPauseMs
    }
    return null
  }

  function begin(id: string, act: () => Promise<number | null>): void {
    // Its lease had ended while the history was away: the step goes on.
    if (leases.has(id)) return
    leases.hold(id)
    onStep()
    const step = attempt(id, act).then((next) => {
      running.delete(id)
      onStep()
      results.add(id, next)
      if (crowded && running.size < atOnce * enoughRoom) alarm.wake()
    })
    running.set(id, step)
  }

  async function attempt(id: string, act: () => Promise<number | null>): Promise<number | null> {
    log.debug({ step: id, kind }, 'step')
    try {
      return await act()
    } catch (error) {
      const level = error instanceof HistoryUnavailableError ? 'debug' : 'error'
      log[level]({ err: error, step: id }, 'step failed, trying again')
      return clock.now() + faultPauseMs
    }
  }

  return {
    async start(step) {
      run = step
      const now = clock.now()
      if (!shared) await work.release(kind, now)
      await work.bringForward(kind, now, now + Math.max(longestMs, terms.ms) + othersAheadMs)
      await work.repair(kind, now)
      await work.spread(kind, now)
      if (!stopping) alarm.start()
    },
    wake: alarm.wake,
    async put(jobId) {
      const now = clock.now()
      await work.put(kind, jobId, now)
      alarm.wake(now)
    },
    hold: leases.hold,
    giveBack: results.add,
    holds: leases.has,
    async repair() {
      await work.repair(kind, clock.now())
      alarm.wake()
    },
    async spread() {
      spreading = true
      try {
        await work.spread(kind, clock.now())
      } finally {
        spreading = false
        alarm.wake()
      }
    },
    get size() {
      return leases.size
    },
    async stop() {
      stopping = true
      await alarm.stop()
      await Promise.all(running.values())
      await results.stop()
    },
  }
}
