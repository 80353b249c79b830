import { describe, expect, it } from 'vitest'
import { lookPause, outagePause, searchPause } from '../../src/jobs/cadence.ts'

describe('the pause between two looks', () => {
  it('is never shorter than the vendor asks for', () => {
    for (const waited of [0, 1_000, 20_000, 49_000]) expect(lookPause(waited, 5_000)).toBe(5_000)
  })

  it('grows to a tenth of the time waited, and no further than 30 seconds', () => {
    expect(lookPause(100_000, 5_000)).toBe(10_000)
    expect(lookPause(3_600_000, 5_000)).toBe(30_000)
  })

  it('keeps a shortest pause that is longer than 30 seconds', () => {
    expect(lookPause(0, 45_000)).toBe(45_000)
  })
})

describe('the pause while the vendor does not answer', () => {
  it('doubles with each failure up to a minute', () => {
    expect([1, 2, 3, 4, 50].map((failures) => outagePause(failures, 5_000))).toEqual([
      10_000, 20_000, 40_000, 60_000, 60_000,
    ])
  })
})

describe('the pause between two searches for a lost submission', () => {
  it('grows with the time since the submission, from 2 seconds to 2 minutes', () => {
    expect([0, 4_000, 10_000, 600_000].map(searchPause)).toEqual([2_000, 2_000, 5_000, 120_000])
  })
})
