import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../src/wavespeed/retry-after.ts'

const now = Date.UTC(2026, 0, 1)

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['2.5', 2_500],
    ['0.0001', 1],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['Thu Jan  1 00:00:30 2026', 30_000], // the third form, which names no zone and means the same
    ['Thu, 01 Jan 2020 00:00:00 GMT', 0],
    ['Thu, 01 Jan 2026 0:00:30 GMT', null],
    ['Thu, 01 Jan 2026 00:00:3 GMT', null],
    ['Thu, 01 Jan 2026 00:00:30 GMT+0200', 30_000], // HTTP knows no other zone
    ['next Thu, 01 Jan 2026 00:00:30 GMT', null],
    ['2026-01-01 Thu 00:00:30 GMT', null],
    ['-5', null],
    ['2.5s', null],
    ['1e3', null],
    ['12/25', null],
    ['2026-01-01', null],
    ['soon', null],
    ['', null],
  ])('%j is %j milliseconds', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms)
  })
})
