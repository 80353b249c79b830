/**
 * Polls per job and how late its end is noticed, by the pauses of the gateway and by those that know nothing of earlier jobs:
 * over the distributions that docs/job-lifecycle.md states.
 */
import { pollPause } from '../src/jobs/cadence.ts'
import { type Expectation, expectationOf } from '../src/jobs/estimate.ts'
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

/** What the pauses go by. */
interface Basis {
  readonly name: string
  /** How many histories are drawn. */
  readonly count: number
  /** Null for the pauses that know of no other jobs. */
  readonly expected: (medianMs: number) => Expectation | null
}

const durations = (medianMs: number, count: number) =>
  Array.from({ length: count }, () => drawn(medianMs, random))

const history = (known: number): Basis => ({
  name: `history of ${known}`,
  count: histories,
  expected: (medianMs) => expectationOf('', durations(medianMs, known)),
})

/** Too few of the kind are known, and these of its model. */
const model = (...seconds: readonly [number, number]): Basis => ({
  name: `the model, of ${seconds.join(' and ')} s`,
  count: histories,
  expected: () =>
    expectationOf(
      '',
      [],
      seconds.flatMap((one) => durations(one * 1_000, 100)),
    ),
})

const bases: readonly Basis[] = [
  { name: 'before', count: 1, expected: () => null },
  { name: 'the prior', count: 1, expected: () => expectationOf('', []) },
  history(20),
  history(200),
]

function rowOf(medianMs: number, queueMs: number, { name, count, expected }: Basis) {
  const seen = Array.from({ length: count }, () => {
    const known = expected(medianMs)
    return spreadOver(medianMs, jobs / count).map((duration) => {
      const start = queueMs === 0 ? 0 : drawn(queueMs, random)
      return follow({ start, end: start + duration }, known, known ? gatewayPause : before)
    })
  }).flat()
  const { polls, mostPolls, late, mostLate } = summaryOf(seen)
  return {
    'takes, s': medianMs / 1_000,
    'in the queue, s': queueMs / 1_000,
    'pauses by': name,
    'polls, median': polls,
    'polls, 95 %': mostPolls,
    'late, median s': late.toFixed(2),
    'late, 95 % s': mostLate.toFixed(2),
  }
}

printTable(
  [
    [60_000, 0, model(60, 60), model(20, 60), model(60, 180)],
    [60_000, 3_000],
    [60_000, 60_000],
    [20_000, 0, model(20, 20), model(20, 60)],
    [10_000, 0, model(10, 10)],
    [180_000, 0, model(60, 180)],
    [600_000, 0],
  ].flatMap(([medianMs, queueMs, ...more]) =>
    [...bases, ...(more as Basis[])].map((basis) => rowOf(Number(medianMs), Number(queueMs), basis)),
  ),
)
