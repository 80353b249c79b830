import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  begun,
  type Estimate,
  expectationOf,
  expectedEnd,
  fractionAt,
  progressOf,
  taken,
} from '../../src/jobs/estimate.ts'
import { always } from '../support/seed.ts'

const start = () => taken(expectationOf('kind', Array(20).fill(60_000)), 0, null, 0)

const duration = fc.integer({ min: 1, max: 3_600_000 })
const expectation = fc.array(duration, { maxLength: 60 }).map((durations) => expectationOf('kind', durations))

describe('progress', () => {
  it('is nine tenths when the end is expected, and goes on ever more slowly', () => {
    const estimate = start()
    expect(expectedEnd(estimate)).toBe(60_000)
    expect(fractionAt(estimate, 30_000)).toBeCloseTo(0.45)
    expect(fractionAt(estimate, 60_000)).toBeCloseTo(0.9)
    expect(fractionAt(estimate, 90_000)).toBeCloseTo(1 - 0.1 / 5.5, 6)
    expect(fractionAt(estimate, 120_000)).toBeCloseTo(0.99)
    expect(fractionAt(estimate, -5_000)).toBe(0)
  })

  it('tells of how many jobs it is known, and of which', () => {
    const of = (ofKind: number, ofModel: number) => {
      const expected = expectationOf('kind', Array(ofKind).fill(60_000), Array(ofModel).fill(60_000))
      return progressOf({ state: 'CREATED', estimate: taken(expected, 1_000, null, 1_000) }, 31_000)
    }
    const half = { fraction: expect.closeTo(0.45), expectedAt: 61_000 }
    expect(of(20, 0)).toEqual({ ...half, basis: 'HISTORY', jobs: 20 })
    expect(of(19, 200)).toEqual({ ...half, basis: 'MODEL', jobs: 200 })
    expect(of(19, 19)).toEqual({ ...half, basis: 'PRIOR', jobs: 0 })
  })

  it('is told of what is at the vendor, if anything was expected of it', () => {
    const told = (state: string, estimate: Estimate | null = start()) => progressOf({ state, estimate }, 1)
    expect(['CREATED', 'PROCESSING'].map((state) => told(state) !== null)).toEqual([true, true])
    const ended = ['QUEUED', 'SUBMITTING', 'COMPLETED', 'FAILED', 'CANCELED']
    expect(ended.map((state) => told(state))).toEqual(ended.map(() => null))
    expect(told('CREATED', null)).toBeNull()
  })

  it('goes on from where it was when the vendor begins late', () => {
    const [before, after] = [start(), begun(start(), 50_000, 60_000)]
    expect(expectedEnd(after)).toBe(110_000)
    expect(fractionAt(after, 60_000)).toBeCloseTo(fractionAt(before, 60_000))
    expect(fractionAt(after, 110_000)).toBeCloseTo(0.99)
  })

  it('takes a wait in the queue for one from a quarter of the work on', () => {
    const estimate = taken(expectationOf('kind', Array(20).fill(60_000)), 1_000_000, null, 1_000_000)
    expect(begun(estimate, 1_014_999, 1_020_000)).toBe(estimate)
    expect(begun(estimate, 1_015_000, 1_020_000)).toMatchObject({ beganAt: 1_015_000, since: 1_020_000 })
  })

  it('goes on within a tenth of the work where the end should have been by now', () => {
    const late = taken(expectationOf('kind', Array(20).fill(60_000)), 0, start(), 100_000)
    const left = 1 - late.fraction
    expect(fractionAt(late, 106_000)).toBeCloseTo(late.fraction + left * 0.9, 6)
    const brief = taken(expectationOf('kind', Array(20).fill(1)), 0, null, 0)
    expect(fractionAt(brief, 1)).toBeCloseTo(0.9)
  })

  it('stands still while a clock that was set back is behind what was told', () => {
    const before = begun(start(), 50_000, 60_000)
    for (const after of [taken(before, 0, before, 40_000), begun(before, 70_000, 40_000)]) {
      expect(after.since).toBe(60_000)
      expect(fractionAt(after, 50_000)).toBe(before.fraction)
    }
  })

  it('never goes back and is never 1, whatever the vendor says when', () => {
    const step = fc.record({
      kind: fc.constantFrom('ask', 'begun', 'taken'),
      after: fc.integer({ min: 0, max: 600_000 }),
      queued: fc.integer({ min: 0, max: 600_000 }),
      expected: expectation,
    })
    always(
      fc.property(expectation, fc.array(step, { maxLength: 20 }), (first, steps) => {
        let [now, last] = [1_000_000, 0]
        let estimate = taken(first, now, null, now)
        for (const { kind, after, queued, expected } of steps) {
          now += after
          if (kind === 'begun') estimate = begun(estimate, now - queued, now)
          if (kind === 'taken') estimate = taken(expected, now - queued, estimate, now)
          const fraction = fractionAt(estimate, now)
          expect(fraction).toBeGreaterThanOrEqual(last)
          expect(fraction).toBeLessThan(1)
          last = fraction
        }
      }),
      1_000,
    )
  })
})
