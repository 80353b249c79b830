import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPostgresStore, type PostgresStore } from '../../src/db/postgres/store.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { PageQuery } from '../../src/jobs/store.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { decide, record } from '../support/stores.ts'

/** What somebody may have done to a row, as SQL, and the column that is found to be broken. */
const damage: readonly (readonly [sql: string, column: string])[] = [
  ["input = 'null'", 'input'],
  ["input = '[]'", 'input'],
  ["input = '7'", 'input'],
  ["outputs = '{}'", 'outputs'],
  ["outputs = '[null]'", 'outputs'],
  ['error = \'{"code":"NO_SUCH_CODE","message":""}\'', 'error'],
  ["error = '[]'", 'error'],
  ["state = 'PAUSED'", 'state'],
]

describe('a row of PostgreSQL that cannot be read', () => {
  let database: Database
  let store: PostgresStore
  let told: [string, string][]
  beforeAll(async () => {
    told = []
    database = await createDatabase()
    store = await openPostgresStore({ url: database.url, onUnreadable: (...fault) => told.push(fault) })
  })
  afterAll(async () => {
    await store.close()
    await database.drop()
  })
  beforeEach(async () => {
    await store.pool.query('TRUNCATE jobs, submissions, due CASCADE')
    for (let at = 1; at <= 5; at += 1) {
      const retryOf = at > 3 ? 'job_3' : null
      await record(store, { id: `job_${at}`, createdAt: at, updatedAt: at, runAt: 1, retryOf })
    }
    // What was broken in the test before is seen to be whole.
    expect(await store.jobs(['job_1', 'job_2', 'job_3', 'job_4', 'job_5'])).not.toContain(null)
    told = []
  })

  const breakRow = (id: string, sql = "input = '[]'") =>
    store.pool.query(`UPDATE jobs SET ${sql} WHERE id = $1`, [id])
  const ids = (jobs: readonly (Job | null)[]) => jobs.map((job) => job?.id ?? null)
  const claim = () =>
    store.claim({
      now: 10,
      windowStart: 0,
      limits: { videosPerMinute: 9, concurrency: 1 },
      lease: { owner: 'me', until: 99 },
      decide: decide({ type: 'claimed' }, 10),
    })

  it.each(damage)(
    '(%s) says so by its id, is told once, and keeps no other from being read',
    async (sql, column) => {
      await breakRow('job_2', sql)
      const unreadable = { code: 'JOB_UNREADABLE' }
      await expect(store.job('job_2')).rejects.toMatchObject(unreadable)
      await expect(store.change('job_2', () => null)).rejects.toMatchObject(unreadable)
      await expect(store.remove('job_2', () => true)).rejects.toMatchObject(unreadable)
      await expect(store.advance('job_2', () => null)).rejects.toMatchObject(unreadable)
      expect(ids(await store.jobs(['job_1', 'job_2', 'job_3']))).toEqual(['job_1', null, 'job_3'])
      expect(told).toEqual([['job_2', column]])
      expect(await claim()).toMatchObject({ kind: 'claimed', transition: { job: { id: 'job_1' } } })
    },
  )

  it('is left out of pages, which are as long as ever, and of retries', async () => {
    for (const id of ['job_1', 'job_3', 'job_4']) await breakRow(id)
    await record(store, { id: 'job_6', createdAt: 6, updatedAt: 6 })
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
    expect(await store.retries(['job_3'])).toMatchObject([[{ id: 'job_5' }]])
  })

  it('is passed over when the next job starts, and takes no place among the running ones', async () => {
    await breakRow('job_1')
    await breakRow('job_2', "state = 'PROCESSING', input = '[]'")
    await expect(store.job('job_2')).rejects.toThrow('broken')
    expect(await claim()).toMatchObject({ kind: 'claimed', transition: { job: { id: 'job_3' } } })
  })

  it('is no other request for its idempotencyKey', async () => {
    await record(store, { id: 'job_6', idempotencyKey: 'k' })
    await breakRow('job_6')
    await expect(record(store, { id: 'job_7', idempotencyKey: 'k' })).rejects.toThrow('broken')
  })

  it('that is the only one waiting lets nobody ask again at once', async () => {
    for (const id of ['job_1', 'job_2', 'job_3', 'job_4', 'job_5']) await breakRow(id)
    expect(await claim()).toEqual({ kind: 'wait', until: null })
  })
})
