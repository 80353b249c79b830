import { describe, expect, it } from 'vitest'
import { disagreements } from './agreement.ts'
import type { HistoryJob } from './client.ts'
import type { VendorTask } from './vendor.ts'

const at = '2026-01-01T00:00:00.000Z'
const job = (change: Partial<HistoryJob> = {}): HistoryJob => {
  const state = change.state ?? 'COMPLETED'
  return {
    id: 'job_1',
    state,
    version: 2,
    predictionId: 'p1',
    input: { prompt: '#1#', seed: 1 },
    outputs: state === 'COMPLETED' ? [{}] : [],
    error: null,
    timeline: [
      { version: 1, at, state: 'QUEUED', message: '' },
      { version: 2, at, state, message: '' },
    ],
    ...change,
  }
}
const task = (change: Partial<VendorTask> = {}): VendorTask => ({
  id: 'p1',
  input: { prompt: '#1#', seed: 1 },
  status: 'completed',
  ...change,
})
const failed = (code: string) => job({ state: 'FAILED', error: { code }, predictionId: null })
const told = new Map([['#1#', 'job_1']])

describe('history and vendor', () => {
  it.each<[string, HistoryJob, VendorTask[]]>([
    ['completed it', job(), [task()]],
    ['failed it', job({ state: 'FAILED', error: { code: 'TASK_FAILED' } }), [task({ status: 'failed' })]],
    ['never took it', failed('SUBMISSION_UNKNOWN'), []],
    ['refused it', failed('MEDIA_UNREACHABLE'), []],
  ])('agree when the vendor %s', (_name, one, tasks) => {
    expect(disagreements(told, [one], tasks)).toEqual([])
  })

  it.each<[string, HistoryJob[], VendorTask[], RegExp]>([
    ['a task made twice', [job()], [task(), task({ id: 'p2' })], /billed twice/],
    ['a prediction of two jobs', [job(), job({ id: 'job_2' })], [task()], /share the prediction/],
    [
      'a job of nobody',
      [job(), job({ id: 'job_2', input: { prompt: '#2#', seed: 1 } })],
      [task()],
      /2 jobs for 1/,
    ],
    ['a job that is gone', [], [], /recorded $/m],
    ['an unfinished job', [job({ state: 'PROCESSING', outputs: [] })], [task()], /not finished/],
    ['a gap in a timeline', [job({ version: 3 })], [task()], /version 3/],
    [
      'an end that was left',
      [job({ state: 'FAILED', timeline: job().timeline })],
      [task()],
      /left a terminal/,
    ],
    ['a task that was not found', [failed('SUBMISSION_UNKNOWN')], [task()], /not found/],
    ['another prediction', [job({ predictionId: 'p9' })], [task()], /holds p9/],
    ['no task', [job({ predictionId: null })], [], /never made it/],
    ['another seed', [job()], [task({ input: { prompt: '#1#', seed: 2 } })], /seed 2/],
    ['a failed task', [job()], [task({ status: 'failed' })], /says failed/],
  ])('disagree over %s', (_name, jobs, tasks, words) => {
    expect(disagreements(told, jobs, tasks).join('\n')).toMatch(words)
  })
})
