/**
 * Polls per job and how late its end is noticed, by the pauses of the gateway and by those that know nothing of earlier jobs.
 * No network and no rows: durations are drawn from the distributions that docs/job-lifecycle.md states.
 */
import { pollPause } from '../src/jobs/cadence.ts'
import { begun, type Estimate, estimatedPause, expectationOf, taken } from '../src/jobs/estimate.ts'
import { createRandom } from '../test/support/random.ts'
import { printTable } from './table.ts'

const shortest = 5_000
const spread = 0.2
const jobs = 20_000
/** Histories that are drawn, each for its share of the jobs: one of 20 jobs may be an odd one. */
const histories = 100

const random = createRandom(42)

/** A log-normal duration. */
const drawn = (medianMs: number) =>
  medianMs *
  Math.exp(spread * Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()))

type Pause = (state: 'CREATED' | 'PROCESSING', now: number, estimate: Estimate | null) => number

const before: Pause = (_state, now) => pollPause(now, shortest)
const after: Pause = (state, now, estimate) =>
  estimatedPause({ state, estimate }, { now, waited: now, shortest })

/** One job that the vendor takes at 0, begins with at `start` and ends at `end`. */
function follow(start: number, end: number, first: Estimate | null, pause: Pause) {
  let polls = 0
  let estimate = first
  let state: 'CREATED' | 'PROCESSING' = start === 0 ? 'PROCESSING' : 'CREATED'
  let now = 0
  while (now < end) {
    now += pause(state, now, estimate)
    polls += 1
    if (state === 'PROCESSING' || now < start) continue
    if (estimate) estimate = begun(estimate, now - pause(state, now, estimate), now)
    state = 'PROCESSING'
  }
  return { polls, late: (now - end) / 1_000 }
}

const at = (values: readonly number[], part: number) =>
  values.toSorted((one, other) => one - other)[Math.floor(part * values.length)] ?? Number.NaN

/** @param known of how many jobs the history tells; null for the pauses that know of none */
function rowOf(medianMs: number, queueMs: number, known: number | null) {
  const seen = Array.from({ length: histories }, () => {
    const durations = Array.from({ length: known ?? 0 }, () => drawn(medianMs))
    const estimate = known === null ? null : taken(expectationOf('', durations), 0, null, 0)
    return Array.from({ length: jobs / histories }, () => {
      const start = queueMs === 0 ? 0 : drawn(queueMs)
      return follow(start, start + drawn(medianMs), estimate, known === null ? before : after)
    })
  }).flat()
  const polls = seen.map((one) => one.polls)
  const late = seen.map((one) => one.late)
  const basis = known === null ? 'before' : known === 0 ? 'the prior' : `history of ${known}`
  return {
    'takes, s': medianMs / 1_000,
    'in the queue, s': queueMs / 1_000,
    'pauses by': basis,
    'polls, median': at(polls, 0.5),
    'polls, 95 %': at(polls, 0.95),
    'late, median s': at(late, 0.5).toFixed(2),
    'late, 95 % s': at(late, 0.95).toFixed(2),
  }
}

printTable(
  [
    [60_000, 0],
    [60_000, 3_000],
    [60_000, 60_000],
    [20_000, 0],
    [180_000, 0],
    [600_000, 0],
  ].flatMap(([medianMs = 0, queueMs = 0]) =>
    [null, 0, 20, 200].map((known) => rowOf(medianMs, queueMs, known)),
  ),
)
