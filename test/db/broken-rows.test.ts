import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore, type SqliteStore } from '../../src/db/sqlite/store.ts'
import type { Job } from '../../src/jobs/job.ts'
import { transition } from '../../src/jobs/state.ts'
import type { PageQuery } from '../../src/jobs/store.ts'
import { sampleJob } from '../support/job.ts'

/** What somebody may have done to a row, as SQL, and the column that is found to be broken. */
const damage: readonly (readonly [sql: string, column: string])[] = [
  ["input = '{'", 'input'],
  ["input = 'null'", 'input'],
  ["input = '[]'", 'input'],
  ["prompt = x'00'", 'prompt'],
  ["outputs = 'nothing'", 'outputs'],
  ["outputs = '[null]'", 'outputs'],
  ['error = \'{"code":"NO_SUCH_CODE","message":""}\'', 'error'],
  ["error = 'oops'", 'error'],
  ["state = 'PAUSED'", 'state'],
  ["created_at = 'yesterday'", 'createdAt'],
  ["run_at = 'now'", 'runAt'],
  ["version = x'00'", 'version'],
  ["callback_token = x'00'", 'callbackToken'],
]

describe('a row that cannot be read', () => {
  let store: SqliteStore
  let told: [string, string][]
  beforeEach(() => {
    told = []
    store = openSqliteStore({ file: ':memory:', onUnreadable: (...fault) => told.push(fault) })
    for (let at = 1; at <= 5; at += 1)
      insert({ id: `job_${at}`, createdAt: at, retryOf: at > 3 ? 'job_3' : null })
  })
  afterEach(() => store.close())

  function insert(change: Partial<Job>): void {
    const job = sampleJob({ updatedAt: change.createdAt ?? 1, runAt: 1, ...change })
    store.insert(job, { version: 1, at: 1, state: job.state, message: 'Recorded.' })
  }
  const breakRow = (id: string, sql = "input = '{'") =>
    store.client.prepare(`UPDATE jobs SET ${sql} WHERE id = ?`).run(id)
  const ids = (jobs: readonly (Job | null)[]) => jobs.map((job) => job?.id ?? null)
  const claim = () =>
    store.claim({
      now: 10,
      windowStart: 0,
      limits: { videosPerMinute: 9, concurrency: 1 },
      lease: { owner: 'me', until: 99 },
      decide: (job) => transition(job, { type: 'claimed' }, 10),
    })

  it.each(damage)(
    '(%s) says so by its id, is told once, and keeps no other from being read',
    async (sql, column) => {
      breakRow('job_2', sql)
      const unreadable = expect.objectContaining({ code: 'JOB_UNREADABLE' })
      expect(() => store.job('job_2')).toThrow(unreadable)
      expect(() => store.advance('job_2', () => null)).toThrow(unreadable)
      expect(() => store.change('job_2', () => null)).toThrow(unreadable)
      expect(() => store.remove('job_2', () => true)).toThrow(unreadable)
      expect(ids(await store.jobs(['job_1', 'job_2', 'job_3']))).toEqual(['job_1', null, 'job_3'])
      expect(told).toEqual([['job_2', column]])
      expect(claim()).toMatchObject({ kind: 'claimed', transition: { job: { id: 'job_1' } } })
    },
  )

  it('is left out of pages, which are as long as ever', async () => {
    for (const id of ['job_1', 'job_3', 'job_4']) breakRow(id)
    insert({ id: 'job_6', createdAt: 6 })
    const page = async (more: Partial<PageQuery>) =>
      ids(
        await store.page({
          order: 'CREATED_AT',
          descending: true,
          filter: {},
          fromEnd: false,
          limit: 2,
          ...more,
        }),
      )
    expect(await page({})).toEqual(['job_6', 'job_5'])
    expect(await page({ after: { value: 5, id: 'job_5' } })).toEqual(['job_2'])
    expect(await page({ limit: 3 })).toEqual(['job_6', 'job_5', 'job_2'])
    expect(await page({ fromEnd: true })).toEqual(['job_5', 'job_2'])
    expect(await page({ descending: false, order: 'UPDATED_AT' })).toEqual(['job_2', 'job_5'])
  })

  it('is left out of retries', async () => {
    breakRow('job_4')
    expect(await store.retries(['job_3'])).toMatchObject([[{ id: 'job_5' }]])
  })

  it('is passed over when the next job starts, and takes no place among the running ones', () => {
    breakRow('job_1')
    breakRow('job_2', "state = 'PROCESSING', input = '{'")
    expect(() => store.job('job_2')).toThrow('broken')
    expect(claim()).toMatchObject({ kind: 'claimed', transition: { job: { id: 'job_3' } } })
  })

  it.each([
    ['bytes that are no text', "id = x'6a6f62'"],
    ['text that is no UTF-8', "id = CAST(x'6a6f62ff' AS TEXT)"],
  ])('is passed over although its id is %s', (_name, sql) => {
    store.client.pragma('foreign_keys = OFF')
    breakRow('job_1', sql)
    expect(claim()).toMatchObject({ kind: 'claimed', transition: { job: { id: 'job_2' } } })
    expect(store.client.prepare('SELECT count(*) AS count FROM jobs').get()).toEqual({ count: 5 })
  })

  it('is no other request for its idempotencyKey', () => {
    insert({ id: 'job_6', idempotencyKey: 'k' })
    breakRow('job_6')
    expect(() => insert({ id: 'job_7', idempotencyKey: 'k' })).toThrow('broken')
  })

  it('that is the only one waiting lets nobody ask again at once', () => {
    for (const id of ['job_1', 'job_2', 'job_3', 'job_4', 'job_5']) breakRow(id)
    expect(claim()).toEqual({ kind: 'wait', until: null })
  })

  it('keeps no other from being polled, and is tried again after a minute', async () => {
    for (const id of ['job_6', 'job_7']) insert({ id, state: 'CREATED', createdAt: 7 })
    breakRow('job_6', "outputs = 'nothing'")
    const take = (now: number) =>
      store.take({ kind: 'poll', now, limit: 9, lease: { owner: 'me', until: now + 600_000 } })
    expect(await take(10)).toMatchObject({ jobs: [{ id: 'job_7' }], nextAt: 60_010 })
    breakRow('job_6', "outputs = '[]'")
    expect(await take(60_010)).toMatchObject({ jobs: [{ id: 'job_6' }] })
  })
})
