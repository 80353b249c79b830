import type { JobState } from '../../src/jobs/job.ts'
import { isTerminal, type JobEvent } from '../../src/jobs/state.ts'
import { sampleJob, sampleReport } from './job.ts'

export const accepted = (report = sampleReport()): JobEvent => ({
  type: 'accepted',
  report,
  adopted: false,
  deadlineAt: 99_000,
})
export const processing = sampleReport({ phase: 'processing', status: 'processing' })
export const completed = sampleReport({
  phase: 'completed',
  status: 'completed',
  outputs: [{ url: 'https://example.com/out.mp4', nsfw: false, expiresAt: 5_000 }],
})
export const failed = sampleReport({
  phase: 'failed',
  status: 'failed',
  failure: { code: 'MEDIA_UNREACHABLE', message: 'no such clip' },
})

/** One event for each row of the table in docs/job-lifecycle.md. */
export const events: Record<string, JobEvent> = {
  claimed: { type: 'claimed' },
  'accepted, created': accepted(),
  'accepted, processing': accepted(processing),
  'accepted, completed': accepted(completed),
  deferred: { type: 'deferred', message: 'HTTP 429', until: 61_000 },
  refused: { type: 'refused', error: { code: 'INPUT_REFUSED', message: 'no' } },
  unknown: { type: 'unknown', message: 'cut' },
  neverFound: { type: 'neverFound' },
  'reported, created': { type: 'reported', report: sampleReport() },
  'reported, processing': { type: 'reported', report: processing },
  'reported, completed': { type: 'reported', report: completed },
  'reported, failed': { type: 'reported', report: failed },
  'reported, other': { type: 'reported', report: sampleReport({ phase: 'other', status: 'thinking' }) },
  corrected: { type: 'corrected', report: sampleReport({ id: 'p2' }) },
  displaced: { type: 'displaced', predictionId: null },
  'displaced, another is free': { type: 'displaced', predictionId: 'p2' },
  gone: { type: 'gone', message: 'HTTP 404' },
  deadlinePassed: { type: 'deadlinePassed' },
  canceled: { type: 'canceled' },
  outputKept: { type: 'outputKept', index: 0, copy: { key: 'a/0.mp4', bytes: 9, contentType: 'video/mp4' } },
  outputsLost: { type: 'outputsLost', reason: 'HTTP 404' },
}

/** A job as it is found in each state. */
export function jobIn(state: JobState) {
  const sent = state !== 'QUEUED'
  const known = state === 'CREATED' || state === 'PROCESSING' || state === 'COMPLETED' || state === 'FAILED'
  return sampleJob({
    state,
    version: 3,
    submittedAt: sent ? 2_000 : null,
    predictionId: known ? 'p1' : null,
    vendorStatus: state === 'CREATED' ? 'created' : state === 'PROCESSING' ? 'processing' : null,
    finishedAt: isTerminal(state) ? 2_500 : null,
    outputs: state === 'COMPLETED' ? completed.outputs : [],
  })
}
