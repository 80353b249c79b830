import { describe, expect, it } from 'vitest'
import { createWatchedTime } from '../../src/worker/watched-time.ts'
import { sampleJob } from '../support/job.ts'

const minute = 60_000
const deadlineMs = 30 * minute
/** At minute 100, of a clock that has run steadily since `sinceMinute`. */
const watchedSince = (sinceMinute: number, deadline = deadlineMs) =>
  createWatchedTime({
    clock: { now: () => 100 * minute, steadySince: sinceMinute * minute },
    deadlineMs: deadline,
  })

describe('what was waited for', () => {
  it('is over after that time, and not at its end', () => {
    const { isOver } = watchedSince(0)
    expect([59, 60, 60.001, 61].map((ago) => isOver((100 - ago) * minute, 60 * minute))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })

  it('is not over for time that nobody watched, up to the deadline', () => {
    // A short wait is waited for whole, a long one for as long as a deadline.
    expect([96, 95, 94].map((since) => watchedSince(since).isOver(0, 5 * minute))).toEqual([
      false,
      false,
      true,
    ])
    expect([71, 70, 69].map((since) => watchedSince(since).isOver(0, 90 * minute))).toEqual([
      false,
      false,
      true,
    ])
  })

  it('is watched for ten minutes at least where deadlines are shorter', () => {
    expect([91, 90, 89].map((since) => watchedSince(since, minute).isOver(0, 60 * minute))).toEqual([
      false,
      false,
      true,
    ])
  })
})

it('a deadline is as far from the beginning of steady time as from a submission', () => {
  const job = sampleJob({ deadlineAt: 50 * minute })
  expect(watchedSince(10).deadlineOf(job)).toBe(50 * minute)
  expect(watchedSince(40).deadlineOf(job)).toBe(70 * minute)
  expect(watchedSince(40).deadlineOf(sampleJob())).toBeNull()
})
