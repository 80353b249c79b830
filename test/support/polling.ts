/**
 * How jobs are polled by what is expected of them: without network and rows, over durations of a log-normal distribution.
 */
import { begun, type Estimate, type Expectation, estimatedPause, taken } from '../../src/jobs/estimate.ts'

/** The standard deviation of the durations' logarithm, as docs/job-lifecycle.md states it. */
export const spread = 0.2

/** The vendor's advice for video. */
export const shortest = 5_000

interface Draws {
  next(): number
}

const normal = (draws: Draws) =>
  Math.sqrt(-2 * Math.log(1 - draws.next())) * Math.cos(2 * Math.PI * draws.next())

/** A log-normal duration. */
export const drawn = (medianMs: number, draws: Draws) => medianMs * Math.exp(spread * normal(draws))

/**
 * So many log-normal durations, each from the middle of an equal share of the distribution: what is counted over them is
 * the distribution's own, where drawn ones differ by chance.
 */
export function spreadOver(medianMs: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) =>
    Math.round(medianMs * Math.exp(spread * normalAt((index + 0.5) / count))),
  )
}

/** The normal distribution's value below which this part lies, by halving: its own formula has no end. */
function normalAt(part: number): number {
  let [low, high] = [-8, 8]
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2
    if (partBelow(middle) < part) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** What part of the normal distribution lies below a value (Abramowitz and Stegun 26.2.17: to seven digits). */
function partBelow(value: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(value))
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = terms.reduceRight((rest, term) => t * (term + rest), 0)
  const beyond = (Math.exp(-(value ** 2) / 2) / Math.sqrt(2 * Math.PI)) * sum
  return value < 0 ? beyond : 1 - beyond
}

export type Pause = (state: 'CREATED' | 'PROCESSING', now: number, estimate: Estimate | null) => number

/** The pauses of the gateway. */
export const gatewayPause: Pause = (state, now, estimate) =>
  estimatedPause({ state, estimate }, { now, waited: now, shortest })

export interface Followed {
  readonly polls: number
  readonly lateMs: number
}

/** One job that the vendor takes at 0, begins with at `start` and ends at `end`. */
export function follow(
  { start = 0, end }: { readonly start?: number; readonly end: number },
  expected: Expectation | null,
  pause: Pause = gatewayPause,
): Followed {
  let polls = 0
  let estimate = expected && taken(expected, 0, null, 0)
  let state: 'CREATED' | 'PROCESSING' = start === 0 ? 'PROCESSING' : 'CREATED'
  let now = 0
  while (now < end) {
    now += pause(state, now, estimate)
    polls += 1
    if (state === 'PROCESSING' || now < start) continue
    if (estimate) estimate = begun(estimate, now - pause(state, now, estimate), now)
    state = 'PROCESSING'
  }
  return { polls, lateMs: now - end }
}

/** The value below which this part of them lies. */
export const valueAt = (values: readonly number[], part: number) =>
  values.toSorted((one, other) => one - other)[Math.floor(part * values.length)] ?? Number.NaN

/** Of many jobs: the polls and how late the ends were noticed, in seconds. */
export function summaryOf(seen: readonly Followed[]) {
  const polls = seen.map((one) => one.polls)
  const late = seen.map(({ lateMs }) => lateMs / 1_000)
  return {
    polls: valueAt(polls, 0.5),
    mostPolls: valueAt(polls, 0.95),
    late: valueAt(late, 0.5),
    mostLate: valueAt(late, 0.95),
  }
}
