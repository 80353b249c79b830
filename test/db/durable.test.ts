import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.ts'
import { transition } from '../../src/jobs/state.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
const lease = { owner: 'me', until: 9_000 }
const cancel = (job: Job) => transition(job, { type: 'canceled' }, 2_000)

let store: SqliteStore
/** With which `synchronous` each transaction was committed. */
let commits: string[]
beforeEach(() => {
  commits = []
  let synchronous = ''
  store = openSqliteStore({
    file: ':memory:',
    onStatement(sql) {
      synchronous = /synchronous = (\w+)/.exec(sql)?.[1] ?? synchronous
      if (sql === 'COMMIT') commits.push(synchronous)
    },
  })
  store.insert(sampleJob({ id: 'a' }), entry)
  commits.length = 0
})
afterEach(() => store.close())

// Nobody can cut the power here. What outlives it is what SQLite waits for: sqlite.org/pragma.html#pragma_synchronous.
describe('on SQLite what somebody was told is on the disk before: ', () => {
  const request = { now: 2_000, windowStart: 0, limits: { videosPerMinute: 9, concurrency: 9 }, lease }
  const decide = (job: Job) => transition(job, { type: 'claimed' }, 2_000)

  it.each<[string, () => unknown]>([
    ['that a job is recorded', () => store.insert(sampleJob({ id: 'b' }), entry)],
    ['that a job is canceled', () => store.change('a', cancel)],
    ['that a job is deleted', () => store.remove('a', () => true, 9_000)],
    ['the vendor, that a job begins', () => store.claim({ ...request, decide })],
  ])('%s', (_name, write) => {
    write()
    expect(commits).toEqual(['FULL'])
  })

  it('a poll, which can be repeated, waits for no disk', () => {
    store.claim({ ...request, decide })
    commits.length = 0
    store.advance('a', (job) => transition(job, { type: 'unknown', message: 'cut' }, 3_000))
    expect(commits).toEqual(['NORMAL'])
  })
})
