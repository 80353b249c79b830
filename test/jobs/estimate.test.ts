import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  expectation,
  expectedPause,
  fewestDurations,
  fractionDone,
  longestQuiet,
} from '../../src/jobs/estimate.ts'

const duration = fc.integer({ min: 1, max: 3_600_000 })
const expected = fc.array(duration, { maxLength: 200 }).map(expectation)
const waited = fc.integer({ min: 0, max: 7 * 24 * 3_600_000 })

describe('what is expected of a job', () => {
  it('rests on the prior until there are enough earlier jobs', () => {
    expect(expectation(Array(fewestDurations - 1).fill(10_000))).toMatchObject({ basis: 'PRIOR', jobs: 0 })
    const known = expectation(Array(fewestDurations).fill(10_000))
    expect(known).toEqual({ basis: 'HISTORY', jobs: 20, from: 9_000, median: 10_000, until: 12_500 })
  })

  it('takes quantiles with a margin, in whatever order the durations came', () => {
    const durations = Array.from({ length: 41 }, (_, index) => (41 - index) * 1_000)
    expect(expectation(durations)).toMatchObject({ from: 1_800, median: 21_000, until: 50_000 })
  })
})

describe('the next poll', () => {
  it('is never earlier than the shortest pause, and no job goes unpolled for longer than the longest quiet', () => {
    fc.assert(
      fc.property(waited, expected, fc.integer({ min: 1, max: 60_000 }), (time, of, shortest) => {
        const pause = expectedPause(time, of, shortest)
        expect(pause).toBeGreaterThanOrEqual(shortest)
        expect(pause).toBeLessThanOrEqual(longestQuiet)
      }),
    )
  })

  it('waits for the time at which the job may end', () => {
    const of = expectation(Array.from({ length: 41 }, (_, index) => 40_000 + index * 1_000))
    expect(expectedPause(0, of, 5_000)).toBe(36_900)
    expect(expectedPause(36_900, of, 5_000)).toBe(5_000)
    expect(expectedPause(200_000, of, 5_000)).toBe(20_000)
  })
})

describe('the fraction done', () => {
  it('is never 1, and never goes back', () => {
    fc.assert(
      fc.property(waited, waited, expected, (one, other, of) => {
        const earlier = fractionDone(Math.min(one, other), of)
        const later = fractionDone(Math.max(one, other), of)
        expect(earlier).toBeGreaterThanOrEqual(0)
        expect(later).toBeGreaterThanOrEqual(earlier)
        expect(later).toBeLessThan(1)
      }),
    )
  })

  it('is nine tenths at the expected end, and 0 where a clock was set back', () => {
    const of = expectation([])
    expect(fractionDone(of.median, of)).toBeCloseTo(0.9)
    expect(fractionDone(-5_000, of)).toBe(0)
  })
})
