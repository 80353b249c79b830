import { describe, expect, it } from 'vitest'
import { createFollowingWrites } from '../../src/db/following-writes.ts'
import { dialect } from '../../src/db/sqlite/execute.ts'
import { createStatements } from '../../src/db/statements.ts'
import { createWorkStatements } from '../../src/db/work-statements.ts'
import { transition } from '../../src/jobs/state.ts'
import { sampleJob } from '../support/job.ts'
import { completed } from '../support/job-events.ts'

const statements = { ...createStatements(dialect), ...createWorkStatements(dialect) }
const { submissionWrites, removalWrites } = createFollowingWrites(statements)

describe('what is written with a change of a job', () => {
  it('leaves of one that is removed that it is gone, one version later and without a text', () => {
    const job = sampleJob({ id: 'a', version: 4 })
    const entry = { jobId: 'a', tenant: job.tenant, version: 5, at: 9_000, state: 'DELETED', message: '' }
    expect(removalWrites(job, 9_000)).toEqual([
      [statements.removeChanges, { id: 'a' }],
      [statements.insertChange, entry],
      [statements.forget, { id: 'a' }],
    ])
  })

  it('begins the work of one whose task runs, and ends it with the task', () => {
    const sent = sampleJob({ id: 'a', state: 'SUBMITTING', version: 2, submittedAt: 2_000 })
    const work = (after = sent, before = sampleJob({ id: 'a' })) =>
      submissionWrites(before, after)?.(null).map(([statement]) => statement)
    expect(work()).toEqual([statements.writeSubmission, statements.add])
    const event = { type: 'accepted', report: completed, adopted: false, deadlineAt: 9_000 } as const
    const ended = transition(sent, event, 3_000)?.job
    expect(work(ended, sent)).toEqual([statements.writeSubmission, statements.noWork])
    const deferred = transition(sent, { type: 'deferred', message: '', until: 0 }, 3_000)?.job
    expect(work(deferred, sent)).toEqual([statements.withdrawSubmission, statements.noWork])
    expect(submissionWrites(sampleJob(), sampleJob({ version: 2 }))).toBeNull()
  })

  it.each([
    [101, null],
    [102, 2],
    [1_001, 901],
  ])('forgets of one that is put off at version %i what came before the last hundred', (version, upTo) => {
    const sent = sampleJob({ id: 'a', state: 'SUBMITTING', version: version - 1, submittedAt: 2_000 })
    const after = transition(sent, { type: 'deferred', message: '', until: 0 }, 3_000)?.job ?? sent
    const forgets = upTo === null ? [] : [[statements.removeChangesUpTo, { id: 'a', version: upTo }]]
    expect(submissionWrites(sent, after)?.(null).slice(2)).toEqual(forgets)
  })
})
