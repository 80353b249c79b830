/** Polls per job, and how late its end is noticed, over log-normal durations: before and after. No network, no rows. */
import { pollPause } from '../src/jobs/cadence.ts'
import { type Expectation, expectation, expectedPause } from '../src/jobs/estimate.ts'

const shortest = 5_000
const sigma = 0.2
const jobs = 20_000

/** Reproducible: a linear congruential generator (Numerical Recipes). */
let state = 42
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return (state + 0.5) / 2 ** 32
}

const duration = (median: number) =>
  median * Math.exp(sigma * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()))

function follow(end: number, pauseAfter: (waited: number) => number) {
  let polls = 0
  let at = 0
  while (at < end) {
    at += pauseAfter(at)
    polls += 1
  }
  return { polls, late: (at - end) / 1_000 }
}

const at = (values: number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.floor(share * values.length)] ?? Number.NaN

function row(name: string, median: number, pauseAfter: (waited: number) => number) {
  const seen = Array.from({ length: jobs }, () => follow(duration(median), pauseAfter))
  const polls = seen.map((one) => one.polls)
  const late = seen.map((one) => one.late)
  const cells = [
    median / 1_000,
    name,
    at(polls, 0.5),
    at(polls, 0.95),
    at(late, 0.5).toFixed(2),
    at(late, 0.95).toFixed(2),
  ]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

process.stdout.write('| Median, s | Cadence | Polls, median | Polls, p95 | Late, median s | Late, p95 s |\n')
process.stdout.write('| ---: | --- | ---: | ---: | ---: | ---: |\n')
for (const median of [10_000, 30_000, 60_000, 120_000, 300_000]) {
  const by = (of: Expectation) => (waited: number) => expectedPause(waited, of, shortest)
  row('before', median, (waited) => pollPause(waited, shortest))
  row('prior', median, by(expectation([])))
  for (const n of [20, 200]) {
    row(`history of ${n}`, median, by(expectation(Array.from({ length: n }, () => duration(median)))))
  }
}
