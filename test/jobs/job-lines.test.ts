import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.ts'
import { createJobLines } from '../../src/jobs/job-lines.ts'
import { sampleJob } from '../support/job.ts'
import { createLogLines } from '../support/log-lines.ts'

const job = sampleJob({ createdAt: 1_000, updatedAt: 4_000 })
const { id, model } = job
const failed = { code: 'TASK_FAILED', message: 'it broke' } as const

/** The lines of a change. */
function told(before: Partial<Job>, after: Partial<Job>) {
  const { log, lines } = createLogLines()
  createJobLines(log).changed({ ...job, ...before }, { ...job, ...before, ...after })
  return lines
}

describe("the lines of a job's life", () => {
  it('begin with its record, and with the job that it tries again if there is one', () => {
    const { log, lines } = createLogLines()
    const { recorded } = createJobLines(log)
    recorded(job)
    recorded({ ...job, retryOf: 'job_1' })
    expect(lines).toEqual([
      { level: 30, jobId: id, state: 'QUEUED', model, msg: 'job recorded' },
      { level: 30, jobId: id, state: 'QUEUED', model, retryOf: 'job_1', msg: 'job recorded' },
    ])
  })

  it('tell once that the vendor has it, and after what time', () => {
    const sent = { state: 'CREATED', predictionId: 'p1' } as const
    expect(told({ state: 'SUBMITTING' }, sent)).toEqual([
      { level: 30, jobId: id, state: 'CREATED', predictionId: 'p1', ms: 3_000, msg: 'job sent' },
    ])
    expect(told(sent, { state: 'PROCESSING' })).toEqual([])
  })

  it('tell of no time that runs backwards', () => {
    expect(told({}, { predictionId: 'p1', updatedAt: 0 })).toMatchObject([{ ms: 0 }])
  })

  it('tell nothing of other changes before the end', () => {
    expect(told({ state: 'QUEUED' }, { state: 'SUBMITTING' })).toEqual([])
  })

  it.each<[string, Partial<Job>, Partial<Job>, object]>([
    [
      'completed: billed',
      { state: 'PROCESSING', predictionId: 'p1' },
      { state: 'COMPLETED' },
      { state: 'COMPLETED', billed: 'YES' },
    ],
    [
      'completed, though no prediction is known: billed',
      { state: 'PROCESSING' },
      { state: 'COMPLETED' },
      { state: 'COMPLETED', billed: 'YES' },
    ],
    [
      'failed: as its code says',
      { state: 'PROCESSING', predictionId: 'p1' },
      { state: 'FAILED', error: failed },
      { state: 'FAILED', code: 'TASK_FAILED', billed: 'REFUNDED' },
    ],
    [
      'canceled before it was sent: not billed',
      { state: 'QUEUED' },
      { state: 'CANCELED' },
      { state: 'CANCELED', billed: 'NO' },
    ],
    [
      'canceled on its way: not known',
      { state: 'SUBMITTING', submittedAt: 2_000 },
      { state: 'CANCELED' },
      { state: 'CANCELED', billed: 'UNKNOWN' },
    ],
    [
      'canceled while the vendor had it: billed',
      { state: 'PROCESSING', submittedAt: 2_000, predictionId: 'p1' },
      { state: 'CANCELED' },
      { state: 'CANCELED', billed: 'YES' },
    ],
  ])('end with one that says whether it is billed: %s', (_name, before, after, line) => {
    expect(told(before, after)).toEqual([{ level: 30, jobId: id, ms: 3_000, ...line, msg: 'job ended' }])
  })

  it('tell of an end once, whatever is recorded after it', () => {
    expect(told({ state: 'COMPLETED', predictionId: 'p1' }, { archived: 'KEPT' })).toEqual([])
  })
})
