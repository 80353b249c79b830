import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.ts'
import {
  fingerprintOf,
  isTaskOver,
  type Submission,
  sentAtOf,
  submissionAfter,
  submissionChange,
} from '../../src/jobs/submission.ts'
import { sampleJob } from '../support/job.ts'

const queued = sampleJob()
const sending = sampleJob({ version: 2, state: 'SUBMITTING', submittedAt: 2_000, updatedAt: 2_000 })
const created: Job = {
  ...sending,
  version: 3,
  state: 'CREATED',
  predictionId: 'p1',
  submittedAt: 3_000,
  updatedAt: 3_000,
}
const failed = (code: 'TASK_FAILED' | 'DEADLINE_EXCEEDED'): Job => ({
  ...created,
  state: 'FAILED',
  error: { code, message: '' },
})
const open = { kind: 'known', ended: false }
const over = { kind: 'known', ended: true }

describe('what a change of a job makes of its submission', () => {
  it.each<[string, Job | null, Job, object | null]>([
    ['it was claimed', queued, sending, { kind: 'begun' }],
    ['it was recorded', null, queued, null],
    ['it was recorded while it runs', null, created, open],
    ['it was recorded at its end', null, { ...created, state: 'COMPLETED' }, over],
    ['it was recorded at its end, and never sent', null, { ...queued, state: 'CANCELED' }, null],
    ['it was put off', sending, { ...queued, version: 3 }, { kind: 'withdrawn' }],
    ['its answer was lost', sending, { ...sending, version: 3 }, open],
    ['the vendor has it', sending, created, open],
    ['the vendor works on it', created, { ...created, state: 'PROCESSING' }, null],
    ['it is done', created, { ...created, state: 'COMPLETED' }, over],
    ['it failed', created, failed('TASK_FAILED'), over],
    ['it is too late', created, failed('DEADLINE_EXCEEDED'), null],
    ['it was canceled while it waited', queued, { ...queued, state: 'CANCELED' }, null],
    ['it was canceled on its way', sending, { ...sending, state: 'CANCELED' }, null],
    ['it was canceled while it ran', created, { ...created, state: 'CANCELED' }, null],
    [
      'it was canceled, and the vendor has it',
      { ...sending, state: 'CANCELED' },
      { ...created, state: 'CANCELED' },
      open,
    ],
    ['a callback proved that the vendor has it', { ...queued, callbackToken: 't' }, created, open],
    [
      'its output was kept',
      { ...created, state: 'COMPLETED' },
      { ...created, state: 'COMPLETED', archived: 'KEPT' },
      null,
    ],
  ])('%s', (_name, before, after, change) => {
    expect(submissionChange(before, after)).toEqual(change)
  })

  it('that the task is over says every end but those which happen here alone', () => {
    const states = (['QUEUED', 'CREATED', 'CANCELED', 'COMPLETED'] as const).map((state) => ({
      ...created,
      state,
    }))
    expect([...states, failed('TASK_FAILED'), failed('DEADLINE_EXCEEDED')].map(isTaskOver)).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
    ])
  })
})

describe('a submission', () => {
  const known: Submission = {
    jobId: queued.id,
    tenant: queued.tenant,
    fingerprint: fingerprintOf(queued),
    attempt: 2,
    begunAt: 2_000,
    sentAt: 2_500,
    countedAt: 2_500,
    predictionId: null,
    guessed: false,
    endedAt: null,
  }

  it('begins unsent, whatever was known of an earlier attempt', () => {
    expect(submissionAfter(known, { kind: 'begun' }, { ...sending, version: 4 })).toEqual({
      ...known,
      attempt: 4,
      sentAt: null,
      countedAt: 2_000,
    })
  })

  it('counts from its answer, but never from earlier than it did', () => {
    expect(submissionAfter(known, { kind: 'known', ended: false }, created)).toEqual({
      ...known,
      countedAt: 3_000,
      predictionId: 'p1',
    })
    const early = { ...created, submittedAt: 1_000, updatedAt: 1_000 }
    expect(submissionAfter(known, { kind: 'known', ended: false }, early).countedAt).toBe(2_500)
  })

  it('that was found later counts from then, since it may have arrived late', () => {
    const found = { ...created, submittedAt: 2_000, updatedAt: 50_000 }
    const after = submissionAfter(known, { kind: 'known', ended: false }, found)
    expect(after.countedAt).toBe(50_000)
    const done: Job = { ...found, state: 'COMPLETED', updatedAt: 90_000 }
    expect(submissionAfter(after, { kind: 'known', ended: true }, done).countedAt).toBe(50_000)
  })

  it('whose answer was lost counts from when that was known', () => {
    const lost: Job = { ...sending, version: 3, updatedAt: 9_000 }
    expect(submissionAfter(known, { kind: 'known', ended: false }, lost)).toEqual({
      ...known,
      countedAt: 9_000,
    })
  })

  it('ends with its job', () => {
    const done: Job = { ...created, state: 'COMPLETED', updatedAt: 8_000 }
    expect(submissionAfter(known, { kind: 'known', ended: true }, done).endedAt).toBe(8_000)
  })

  it('of which nothing was known was sent if the vendor has it, or its job says so', () => {
    const sentAt = (job: Job) => submissionAfter(null, { kind: 'known', ended: false }, job).sentAt
    expect([sentAt(created), sentAt(sending)]).toEqual([3_000, 2_000])
    expect([sentAt({ ...created, submittedAt: null }), sentAt({ ...sending, submittedAt: null })]).toEqual([
      3_000,
      null,
    ])
  })
})

describe('a job that is recorded in the middle of its life', () => {
  it('has a submission if it was sent', () => {
    expect(submissionChange(null, sending)).toEqual(open)
    expect(submissionChange(null, queued)).toBeNull()
  })
})

it('a submission whose task was never found is over with its job', () => {
  const lost: Job = { ...sending, state: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN', message: '' } }
  expect(submissionChange(sending, lost)).toEqual(over)
})

it('a job that failed without a reason has no task that goes on', () => {
  expect(isTaskOver({ state: 'FAILED', error: null })).toBe(true)
})

it('a job was sent when its row says so, else when it was made', () => {
  expect([sentAtOf(sending), sentAtOf({ ...sending, submittedAt: null })]).toEqual([2_000, 1_000])
})

describe('the fingerprint of a request', () => {
  const of = (input: Job['input'], model = 'm') => fingerprintOf({ model, input })

  it('stays what rows of other versions hold', () => {
    const text = '["m",{"a":1,"b":[2,{"c":null,"d":3}]}]'
    expect(of({ b: [2, { d: 3, c: null }], a: 1 })).toBe(
      createHash('sha256').update(text).digest('base64url'),
    )
  })

  it('does not depend on the order of members, and on that of a list', () => {
    const members = [
      ['c', 1],
      ['a', 2],
      ['d', 3],
      ['b', 4],
    ] as const
    const orders = members.map((_, index) => [...members.slice(index), ...members.slice(0, index)])
    expect(new Set(orders.map((order) => of(Object.fromEntries(order)))).size).toBe(1)
    expect(of({ loras: ['a', 'b'] })).not.toBe(of({ loras: ['b', 'a'] }))
  })

  it('is that of its model and input', () => {
    expect(
      new Set([of({ a: 1 }), of({ a: 2 }), of({ a: 1 }, 'n'), of({ a: ['b'] }), of({ a: { 0: 'b' } })]).size,
    ).toBe(5)
  })
})
