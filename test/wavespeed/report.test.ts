import { describe, expect, it } from 'vitest'
import { readPrediction } from '../../src/wavespeed/prediction.ts'
import { reportOf } from '../../src/wavespeed/report.ts'

const day = 24 * 60 * 60_000
const now = Date.UTC(2026, 0, 10)

/** What a job is told of an answer's `data`. */
function reported(members: object) {
  const prediction = readPrediction({ id: 'p1', status: 'completed', ...members })
  if (prediction === null) throw new Error('it cannot be read')
  return reportOf(prediction, now)
}

describe('when outputs end', () => {
  const ends = (created_at: string) =>
    reported({ outputs: ['https://example.com/a.mp4'], created_at }).outputs[0]?.expiresAt

  it.each([-7 * day, -60_000, 0, day])('counts from the creation, %i ms from now', (offset) => {
    expect(ends(new Date(now + offset).toISOString())).toBe(now + offset + 7 * day)
  })

  it.each([
    '',
    'yesterday',
    '0001-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '2026-01-02T00:00:00Z',
    '9999-12-31T00:00:00Z',
  ])('counts from now where the creation is %j', (created) => {
    expect(ends(created)).toBe(now + 7 * day)
  })
})
