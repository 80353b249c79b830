/**
 * How long a job is likely to take, and what follows from it: when to poll, and how far it is. Pure functions; all times
 * are milliseconds since the vendor took the job.
 */
import { pollPause } from './cadence.ts'

/** With fewer earlier jobs of its class than this, a job is expected to take what the prior says. */
export const fewestDurations = 20

/** The middle 95 % of jobs, and a margin, are polled for at the shortest pause; the rest grows as for a job of which nothing is known. */
const earliest = 0.025
const latest = 0.975
/** A sample of twenty rarely holds the ends of its distribution: the time of frequent polls is that much wider. */
const earlier = 0.9
const later = 1.25

/** A video of five seconds takes about a minute, give or take half: no measurement, only where to begin. */
const prior: Expectation = { basis: 'PRIOR', jobs: 0, from: 27_000, median: 60_000, until: 131_000 }

/** A job without a poll for longer than this could have ended unnoticed because of one wrong expectation. */
export const longestQuiet = 5 * 60_000

/** What is expected of a job. It is fixed when the vendor takes the job, so that later history moves nothing back. */
export interface Expectation {
  readonly basis: 'HISTORY' | 'PRIOR'
  /** Earlier jobs of the class that it rests on; 0 for the prior. */
  readonly jobs: number
  /** Few jobs end before. */
  readonly from: number
  readonly median: number
  /** Few jobs end after. */
  readonly until: number
}

/** From the durations of earlier jobs of the class, in any order. */
export function expectation(durations: readonly number[]): Expectation {
  if (durations.length < fewestDurations) return prior
  const sorted = durations.toSorted((one, other) => one - other)
  const at = (share: number) => quantile(sorted, share)
  return {
    basis: 'HISTORY',
    jobs: sorted.length,
    from: earlier * at(earliest),
    median: at(0.5),
    until: later * at(latest),
  }
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? below
  return below + (above - below) * (place % 1)
}

/** The pause before the next poll: none before the job may end, the shortest ones while it is likely to, then growing. */
export function expectedPause(waited: number, expected: Expectation, shortest: number): number {
  if (waited < expected.from) return Math.max(shortest, Math.min(expected.from - waited, longestQuiet))
  if (waited < expected.until) return shortest
  return pollPause(waited, shortest)
}

/** At the expected end; what lies beyond is approached and not reached, as only the vendor says that a job is done. */
const fractionAtEnd = 0.9
const largestFraction = 0.999

/** How much of the job is likely done: at least 0, never 1, and never less for a later time. */
export function fractionDone(elapsed: number, { median }: Expectation): number {
  if (elapsed <= 0) return 0
  if (elapsed < median) return (fractionAtEnd * elapsed) / median
  return Math.min(1 - ((1 - fractionAtEnd) * median) / elapsed, largestFraction)
}
