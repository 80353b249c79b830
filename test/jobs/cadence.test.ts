import { describe, expect, it } from 'vitest'
import {
  absenceGap,
  absencePause,
  absenceWindow,
  holdPause,
  longestPause,
  nonsensePause,
  outagePause,
  pollPause,
  retention,
  safetyPause,
  searchPause,
  searchSkew,
  searchWindow,
  submissionLife,
} from '../../src/jobs/cadence.ts'

const minute = 60_000

describe('the pause between two polls', () => {
  it('is never shorter than the vendor asks for', () => {
    for (const waited of [0, 1_000, 20_000, 49_000]) expect(pollPause(waited, 5_000)).toBe(5_000)
  })

  it('grows to a tenth of the time waited, and no further than 30 seconds', () => {
    expect(pollPause(100_000, 5_000)).toBe(10_000)
    expect(pollPause(3_600_000, 5_000)).toBe(30_000)
  })

  it('keeps a shortest pause that is longer than 30 seconds', () => {
    expect(pollPause(0, 45_000)).toBe(45_000)
  })

  it('is a minute at least where a callback is expected', () => {
    expect(safetyPause(100_000, 5_000)).toBe(minute)
    expect(safetyPause(100_000, 90_000)).toBe(90_000)
  })

  it('is five minutes at least where answers make no sense and the deadline has passed', () => {
    expect(nonsensePause(100_000, 5_000)).toBe(5 * minute)
    expect(nonsensePause(100_000, 6 * minute)).toBe(6 * minute)
  })
})

describe('the pause while the vendor does not answer', () => {
  it('doubles with each failure up to a minute', () => {
    expect([0, 1, 2, 3, 4, 50].map((failures) => outagePause(failures, 5_000))).toEqual([
      5_000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ])
  })

  it('keeps a shortest pause that is longer than a minute', () => {
    expect([0, 1, 50].map((failures) => outagePause(failures, 90_000))).toEqual([90_000, 90_000, 90_000])
  })

  it('reaches its end however short it began, after whatever number of failures', () => {
    expect([10, 11, 5_000].map((failures) => outagePause(failures, 1))).toEqual([1_024, 1_024, 1_024])
    expect([9, 10, 5_000].map((failures) => outagePause(failures, 1_000))).toEqual([minute, minute, minute])
  })
})

describe('the pause between two searches for a lost submission', () => {
  it('grows with the time since the submission, from 2 seconds to 2 minutes', () => {
    expect([0, 4_000, 10_000, 600_000].map(searchPause)).toEqual([2_000, 2_000, 5_000, 120_000])
  })
})

describe('the pause before an unknown prediction is asked for again', () => {
  it('grows to a tenth of the time it has been unknown, from 15 seconds to a minute', () => {
    expect([0, 149_000, 200_000, 6_000_000].map((absent) => absencePause(absent, 5_000))).toEqual([
      15_000, 15_000, 20_000, 60_000,
    ])
  })

  it('is no shorter than that of any poll', () => {
    expect(absencePause(0, 20_000)).toBe(20_000)
  })
})

describe('the pause of submissions that are refused', () => {
  it('doubles from 5 seconds up to five minutes', () => {
    expect([0, 1, 2, 5, 6, 10, 5_000].map(holdPause)).toEqual(
      [5, 10, 20, 160, 300, 300, 300].map((seconds) => seconds * 1_000),
    )
  })
})

describe('the limits of time', () => {
  it('let every prediction of a lost POST be found: the search is longer than the skew and the life of a POST', () => {
    expect(searchWindow).toBeGreaterThan(searchSkew + submissionLife)
  })

  it('let a prediction that is away be asked for more than once before it is believed', () => {
    for (let absent = 0; absent < absenceWindow; absent += 1_000) {
      expect(absencePause(absent, 5_000)).toBeLessThan(absenceGap)
    }
    expect(absenceWindow).toBeGreaterThan(absenceGap)
  })

  it('are those that docs/job-lifecycle.md tells', () => {
    expect({ searchWindow, searchSkew, submissionLife, absenceWindow, absenceGap }).toEqual({
      searchWindow: 10 * minute,
      searchSkew: 3 * minute,
      submissionLife: minute / 2,
      absenceWindow: 5 * minute,
      absenceGap: 3 * minute,
    })
    expect(retention).toBe(7 * 24 * 60 * minute)
  })

  it('are no longer than five minutes, or twice the shortest where that is longer', () => {
    expect([longestPause(5_000), longestPause(60 * minute)]).toEqual([5 * minute, 120 * minute])
    for (const shortest of [100, 5_000, 60 * minute]) {
      const pauses = [nonsensePause(retention, shortest), absencePause(retention, shortest)]
      expect(
        Math.max(...pauses, 1.25 * outagePause(99, shortest), searchPause(retention)),
      ).toBeLessThanOrEqual(longestPause(shortest))
    }
  })
})
