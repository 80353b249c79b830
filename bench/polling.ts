/**
 * Polls per job and how late its end is noticed, by the pauses of the gateway and by those that know nothing of earlier jobs:
 * over the distributions that docs/job-lifecycle.md states.
 */
import { pollPause } from '../src/jobs/cadence.ts'
import { expectationOf } from '../src/jobs/estimate.ts'
import {
  drawn,
  follow,
  gatewayPause,
  type Pause,
  shortest,
  spreadOver,
  summaryOf,
} from '../test/support/polling.ts'
import { createRandom } from '../test/support/random.ts'
import { printTable } from './table.ts'

const jobs = 80_000
/** Histories that are drawn, each for its share of the jobs: one of 20 jobs may be an odd one. */
const histories = 400

const random = createRandom(42)

const before: Pause = (_state, now) => pollPause(now, shortest)

/** @param known of how many jobs the history tells; null for the pauses that know of none */
function rowOf(medianMs: number, queueMs: number, known: number | null) {
  const drawnHistories = known ? histories : 1
  const seen = Array.from({ length: drawnHistories }, () => {
    const durations = Array.from({ length: known ?? 0 }, () => drawn(medianMs, random))
    const expected = known === null ? null : expectationOf('', durations)
    return spreadOver(medianMs, jobs / drawnHistories).map((duration) => {
      const start = queueMs === 0 ? 0 : drawn(queueMs, random)
      return follow({ start, end: start + duration }, expected, known === null ? before : gatewayPause)
    })
  }).flat()
  const { polls, mostPolls, late, mostLate } = summaryOf(seen)
  const basis = known === null ? 'before' : known === 0 ? 'the prior' : `history of ${known}`
  return {
    'takes, s': medianMs / 1_000,
    'in the queue, s': queueMs / 1_000,
    'pauses by': basis,
    'polls, median': polls,
    'polls, 95 %': mostPolls,
    'late, median s': late.toFixed(2),
    'late, 95 % s': mostLate.toFixed(2),
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
