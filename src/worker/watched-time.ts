import { searchWindow } from '../jobs/cadence.ts'
import type { SteadyClock } from '../jobs/clock.ts'
import type { ListedJob } from '../jobs/job.ts'

/** How long this process has itself watched: nothing is given up by time that nobody did. */
export interface WatchedTime {
  /** Whether `ms` have passed since then, so that a job is given up. */
  isOver(since: number, ms: number): boolean
  /** When a job is late; null if it has no deadline. */
  deadlineOf(job: ListedJob): number | null
}

export function createWatchedTime(options: {
  readonly clock: Pick<SteadyClock, 'now' | 'steadySince'>
  /** How long the vendor may take before a job fails. */
  readonly deadlineMs: number
}): WatchedTime {
  const { clock, deadlineMs } = options
  return {
    // How long nobody watched before the clock began to run steadily, or by how much it was set, nobody can tell: of that
    // time at most the deadline's worth is waited for again.
    isOver(since, ms) {
      const now = clock.now()
      const watched = now - clock.steadySince
      return now - since > ms && watched > Math.min(ms, Math.max(deadlineMs, searchWindow))
    },
    deadlineOf: (job) => job.deadlineAt && Math.max(job.deadlineAt, clock.steadySince + deadlineMs),
  }
}
