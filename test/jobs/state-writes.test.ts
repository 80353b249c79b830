import { describe, expect, it } from 'vitest'
import { jobErrors } from '../../src/jobs/failure.ts'
import type { Job, JobState } from '../../src/jobs/job.ts'
import { type JobEvent, transition } from '../../src/jobs/state.ts'
import { sampleReport } from '../support/job.ts'
import { accepted, completed, events, jobIn } from '../support/job-events.ts'

describe('what an event writes', () => {
  const meaning = (code: 'SUBMISSION_UNKNOWN' | 'DEADLINE_EXCEEDED') => jobErrors[code].meaning
  const sent = { submittedAt: 3_000, deadlineAt: 99_000, predictionId: 'p1' }
  const late = { submittedAt: 3_000, predictionId: 'p1' }
  const ended = { state: 'FAILED', finishedAt: 3_000 } as const
  const video = { state: 'COMPLETED', finishedAt: 3_000, outputs: completed.outputs } as const
  const clip = { code: 'MEDIA_UNREACHABLE', message: 'no such clip' } as const
  const copy = { key: 'a/0.mp4', bytes: 9, contentType: 'video/mp4' }

  it.each<[event: string, state: JobState, message: string, change: Partial<Job>]>([
    [
      'accepted, created',
      'SUBMITTING',
      'The vendor took it, as p1.',
      { ...sent, state: 'CREATED', vendorStatus: 'created' },
    ],
    [
      'accepted, processing',
      'SUBMITTING',
      'The vendor took it, as p1. The vendor is working on it.',
      { ...sent, state: 'PROCESSING', vendorStatus: 'processing' },
    ],
    [
      'accepted, completed',
      'SUBMITTING',
      'The vendor took it, as p1. Completed.',
      { ...sent, ...video, vendorStatus: 'completed' },
    ],
    [
      'accepted, other',
      'SUBMITTING',
      'The vendor took it, as p1.',
      { ...sent, state: 'CREATED', vendorStatus: 'thinking' },
    ],
    [
      'accepted, created',
      'CANCELED',
      'The vendor had taken it already, as p1: it is billed.',
      { ...late, vendorStatus: 'created' },
    ],
    [
      'deferred',
      'SUBMITTING',
      'Back in the queue: HTTP 429',
      { state: 'QUEUED', submittedAt: null, runAt: 61_000 },
    ],
    ['deferred', 'CANCELED', 'The vendor had not taken it: nothing is billed.', { submittedAt: null }],
    [
      'refused',
      'SUBMITTING',
      'INPUT_REFUSED: no',
      { ...ended, error: { code: 'INPUT_REFUSED', message: 'no' } },
    ],
    ['refused', 'CANCELED', 'The vendor had not taken it: nothing is billed.', { submittedAt: null }],
    ['unknown', 'SUBMITTING', "The submission's answer was lost (cut); looking for the task.", {}],
    [
      'neverFound',
      'SUBMITTING',
      `SUBMISSION_UNKNOWN: ${meaning('SUBMISSION_UNKNOWN')}`,
      { ...ended, error: { code: 'SUBMISSION_UNKNOWN', message: meaning('SUBMISSION_UNKNOWN') } },
    ],
    ['reported, queued', 'CREATED', 'The vendor has it in its queue.', { vendorStatus: 'queued' }],
    [
      'reported, processing',
      'CREATED',
      'The vendor is working on it.',
      { state: 'PROCESSING', vendorStatus: 'processing' },
    ],
    ['reported, working', 'PROCESSING', 'The vendor is working on it.', { vendorStatus: 'working' }],
    ['reported, completed', 'PROCESSING', 'Completed.', { ...video, vendorStatus: 'completed' }],
    [
      'reported, failed',
      'PROCESSING',
      'MEDIA_UNREACHABLE: no such clip',
      { ...ended, vendorStatus: 'failed', error: clip },
    ],
    [
      'reported, failed without a reason',
      'PROCESSING',
      `TASK_FAILED: ${jobErrors.TASK_FAILED.meaning}`,
      {
        ...ended,
        vendorStatus: 'failed',
        error: { code: 'TASK_FAILED', message: jobErrors.TASK_FAILED.meaning },
      },
    ],
    [
      'reported, other',
      'CREATED',
      'The vendor says "thinking", a status we do not know: waiting on.',
      { vendorStatus: 'thinking' },
    ],
    [
      'gone',
      'CREATED',
      'PREDICTION_NOT_FOUND: HTTP 404',
      { ...ended, error: { code: 'PREDICTION_NOT_FOUND', message: 'HTTP 404' } },
    ],
    [
      'deadlinePassed',
      'PROCESSING',
      `DEADLINE_EXCEEDED: ${meaning('DEADLINE_EXCEEDED')}`,
      { ...ended, error: { code: 'DEADLINE_EXCEEDED', message: meaning('DEADLINE_EXCEEDED') } },
    ],
    [
      'canceled',
      'QUEUED',
      'Canceled before it was sent: nothing is billed.',
      { state: 'CANCELED', finishedAt: 3_000 },
    ],
    [
      'canceled',
      'SUBMITTING',
      'Canceled on its way to the vendor, which has no cancel: if it takes the task, it bills it.',
      { state: 'CANCELED', finishedAt: 3_000 },
    ],
    [
      'canceled',
      'PROCESSING',
      'Canceled here. The vendor has no cancel: it goes on with the task and bills it.',
      { state: 'CANCELED', finishedAt: 3_000 },
    ],
    [
      'outputKept',
      'COMPLETED',
      'Output kept.',
      { outputs: completed.outputs.map((one) => ({ ...one, kept: copy })), archived: 'KEPT' },
    ],
    ['outputsLost', 'COMPLETED', 'Gave up archiving the output: HTTP 404', { archived: 'LOST' }],
  ])('%s of a job that is %s: %s', (name, state, message, change) => {
    const others: Record<string, JobEvent> = {
      'accepted, other': accepted(sampleReport({ phase: 'other', status: 'thinking' })),
      'reported, queued': { type: 'reported', report: sampleReport({ status: 'queued' }) },
      'reported, working': {
        type: 'reported',
        report: sampleReport({ phase: 'processing', status: 'working' }),
      },
      'reported, failed without a reason': {
        type: 'reported',
        report: sampleReport({ phase: 'failed', status: 'failed' }),
      },
    }
    const event = others[name] ?? events[name]
    if (!event) throw new Error(`no event ${name}`)
    const before = jobIn(state)
    const after = transition(before, event, 3_000)
    expect(after?.entry.message).toBe(message)
    expect(after?.job).toEqual({ ...before, version: 4, updatedAt: 3_000, ...change })
  })

  it('is nothing that turns a job back: neither to the queue of the vendor nor from its end', () => {
    const queued: JobEvent = { type: 'reported', report: sampleReport({ status: 'queued' }) }
    expect(transition(jobIn('PROCESSING'), queued, 3_000)).toBeNull()
    expect(transition(jobIn('QUEUED'), { type: 'outputKept', index: 0, copy }, 3_000)).toBeNull()
  })
})
