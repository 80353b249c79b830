import { describe, expect, it } from 'vitest'
import { jobErrors } from '../../src/jobs/failure.ts'
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

describe('the status of a prediction', () => {
  it.each([
    ['created', 'created'],
    ['queued', 'created'],
    ['starting', 'created'],
    ['processing', 'processing'],
    ['completed', 'completed'],
    ['succeeded', 'completed'],
    ['failed', 'failed'],
    ['cancelled', 'failed'],
    ['canceled', 'failed'],
    ['timeout', 'failed'],
    ['deleted', 'failed'],
    ['paused', 'other'],
    ['constructor', 'other'],
  ])('%s is the phase %s, in any case', (status, phase) => {
    for (const written of [status, ` ${status.toUpperCase()} `]) {
      expect(reported({ status: written })).toMatchObject({ phase, status: written })
    }
  })

  it('is kept as the vendor wrote it, cut', () => {
    expect(reported({ status: 'x'.repeat(100) }).status).toBe('x'.repeat(64))
  })

  it.each(['processing', 'failed', 'paused'])('%s has no outputs, whatever came with it', (status) => {
    const report = reported({ status, outputs: ['https://example.com/a.mp4', 'nowhere'] })
    expect(report).toMatchObject({ outputs: [], unusable: [] })
    expect(reported({ outputs: ['https://example.com/a.mp4', 'nowhere'] })).toMatchObject({
      outputs: [{ url: 'https://example.com/a.mp4', nsfw: null }],
      unusable: ['output 2 is no URL'],
    })
  })
})

describe('the failure of a prediction', () => {
  it.each([
    ['failed', 1200, 'CONTENT_MODERATED'],
    ['failed', 1400, 'INPUT_REFUSED'],
    ['failed', 1401, 'INPUT_REFUSED'],
    ['failed', 1402, 'MEDIA_UNREACHABLE'],
    ['failed', 1407, 'INSUFFICIENT_CREDITS'],
    ['failed', 5000, 'VENDOR_FAULT'],
    ['failed', 5003, 'VENDOR_FAULT'],
    ['failed', 5004, 'VENDOR_TIMEOUT'],
    ['failed', 9999, 'TASK_FAILED'],
    ['failed', null, 'TASK_FAILED'],
    ['cancelled', 1200, 'VENDOR_CANCELLED'],
    ['canceled', null, 'VENDOR_CANCELLED'],
    ['timeout', null, 'VENDOR_TIMEOUT'],
    ['deleted', null, 'PREDICTION_DELETED'],
  ] as const)('%s with the code %j is %s, in the words of the vendor', (status, code, failure) => {
    expect(reported({ status, code, error: 'it broke' }).failure).toEqual({
      code: failure,
      message: 'it broke',
    })
  })

  it('has words of ours where the vendor has none, and no more than 500 characters of its own', () => {
    for (const error of [null, '']) {
      expect(reported({ status: 'failed', error }).failure?.message).toBe(jobErrors.TASK_FAILED.meaning)
    }
    expect(reported({ status: 'failed', error: 'x'.repeat(501) }).failure?.message).toBe('x'.repeat(500))
  })

  it('is none of any other phase', () => {
    expect(reported({ status: 'completed', code: 1200, error: 'it broke' }).failure).toBeNull()
  })
})
