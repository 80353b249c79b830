import { describe, expect, it } from 'vitest'
import { absenceGap } from '../../src/jobs/cadence.ts'
import { createAbsences } from '../../src/worker/absence.ts'

const from = 1_000_000

describe('how long the vendor has not known a prediction', () => {
  it('counts from the first such answer', () => {
    const absences = createAbsences()
    expect([0, 60_000, 120_000].map((ms) => absences.seen('a', from + ms))).toEqual([0, 60_000, 120_000])
  })

  it('counts each job by itself', () => {
    const absences = createAbsences()
    absences.seen('a', from)
    expect(absences.seen('b', from + 1_000)).toBe(0)
    expect(absences.seen('a', from + 2_000)).toBe(2_000)
  })

  it('counts anew after another answer', () => {
    const absences = createAbsences()
    absences.seen('a', from)
    absences.over('a')
    expect(absences.seen('a', from + 1_000)).toBe(0)
  })

  it.each([
    ['as far apart as may be', absenceGap, absenceGap],
    ['too far apart: another answer may have come in between', absenceGap + 1, 0],
  ])('with two answers %s', (_name, ms, counted) => {
    const absences = createAbsences()
    absences.seen('a', from)
    expect(absences.seen('a', from + ms)).toBe(counted)
  })

  it('goes on with two answers of the same moment', () => {
    const absences = createAbsences()
    for (const ms of [0, 1_000, 1_000]) absences.seen('a', from + ms)
    expect(absences.seen('a', from + 2_000)).toBe(2_000)
  })

  it('begins with the later of two answers that do not belong together', () => {
    const absences = createAbsences()
    absences.seen('a', from)
    absences.seen('a', from + absenceGap + 1)
    expect(absences.seen('a', from + absenceGap + 1_001)).toBe(1_000)
  })
})
