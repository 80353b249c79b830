import { describe, expect, it } from 'vitest'
import { correctionOf, type Sent } from '../../src/jobs/correction.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { transition } from '../../src/jobs/state.ts'
import { sampleJob, sampleReport } from '../support/job.ts'
import { jobIn } from '../support/job-events.ts'

const report = sampleReport({ id: 'p2' })
const told = { report, deadlineAt: 90_000 }

describe('a prediction of a job', () => {
  const isCorrected = (job: Job) =>
    transition(job, { type: 'corrected', report }, 3_000)?.job.predictionId === 'p2'
  const late = (code: 'DEADLINE_EXCEEDED' | 'TASK_FAILED') =>
    sampleJob({ state: 'FAILED', predictionId: 'p1', error: { code, message: 'no' } })

  it('may turn out to be another one as long as its task may be under way', () => {
    for (const state of ['CREATED', 'PROCESSING'] as const) expect(isCorrected(jobIn(state))).toBe(true)
    expect(isCorrected({ ...jobIn('CREATED'), state: 'CANCELED' })).toBe(true)
    expect(isCorrected(late('DEADLINE_EXCEEDED'))).toBe(true)
  })

  it('stays when its end was told, or where there is none', () => {
    expect(isCorrected(jobIn('COMPLETED'))).toBe(false)
    expect(isCorrected(late('TASK_FAILED'))).toBe(false)
    expect(isCorrected({ ...jobIn('QUEUED'), state: 'CANCELED' })).toBe(false)
  })
})

describe('a callback that tells of another prediction', () => {
  const sent = (id: string, predictionId: string, guessed: boolean): Sent => ({
    job: { ...jobIn('CREATED'), id, predictionId },
    submission: {
      jobId: id,
      tenant: jobIn('CREATED').tenant,
      fingerprint: 'f',
      attempt: 2,
      begunAt: 0,
      sentAt: 0,
      countedAt: 0,
      predictionId,
      guessed,
      endedAt: null,
    },
  })

  it('exchanges what two had been guessed to have', () => {
    const correction = correctionOf(sent('a', 'p1', true), sent('b', 'p2', true), told, 3_000)
    expect(correction?.own.job).toMatchObject({ id: 'a', predictionId: 'p2' })
    expect(correction?.holder).toMatchObject({ guessed: true, job: { id: 'b', predictionId: 'p1' } })
  })

  it('changes nothing that the vendor’s own answer has said, of either', () => {
    expect(correctionOf(sent('a', 'p1', false), sent('b', 'p2', true), told, 3_000)).toBeNull()
    expect(correctionOf(sent('a', 'p1', true), sent('b', 'p2', false), told, 3_000)).toBeNull()
  })

  it('is told of both jobs, and of nothing where nothing was corrected', async () => {
    const [own, holder] = [sent('a', 'p1', true), sent('b', 'p2', true)]
    const published: string[] = []
    let isCorrected = true
    const work = {
      async correct() {
        if (!isCorrected) return null
        const of = ({ job }: Sent, after: string) => ({ before: job, after: { ...job, predictionId: after } })
        return { own: of(own, 'p2'), holder: of(holder, 'p1') }
      },
    }
    const recorder = createRecorder({ work } as never, {
      publish: ({ id, predictionId }) => void published.push(`${id} ${predictionId}`),
    })
    await recorder.correct('a', 'p2', () => null)
    expect(published).toEqual(['a p2', 'b p1'])
    isCorrected = false
    expect(await recorder.correct('a', 'p2', () => null)).toBeNull()
    expect(published).toHaveLength(2)
  })
})
