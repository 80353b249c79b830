import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from '../support/databases.ts'
import { watchPlans } from '../support/plans.ts'
import {
  decide,
  type JobStore,
  openPostgresStore,
  openSqliteStore,
  type PostgresStore,
  type SqliteStore,
} from '../support/stores.ts'
import { recordOf, runSql, tenantOf } from '../support/tenants.ts'

const [rows, tenants, waiting, open] = [30_000, 300, 3_000, 300]
const now = 1_000_000
const lastOfT1 = `job_${rows - tenants + 1}`

/** Rows straight into the tables: the last of the jobs wait, and of the submissions the last are open. */
async function fill(store: JobStore, numbers: string, no: string): Promise<void> {
  const { id } = await recordOf(store, 't', 0, { state: 'CANCELED' })
  await runSql(
    store,
    `INSERT INTO jobs (id, tenant, version, state, model, prompt, input, seed_drawn, outputs, created_at, updated_at, run_at)
    SELECT 'job_' || n, 't' || (n % ${tenants}), 1, CASE WHEN n > ${rows - waiting} THEN 'QUEUED' ELSE 'CANCELED' END,
      model, prompt, input, ${no}, '[]', n, n, 0 FROM jobs, ${numbers} WHERE id = '${id}'`,
  )
  await runSql(
    store,
    `INSERT INTO submissions (job_id, tenant, fingerprint, attempt, begun_at, counted_at, ended_at)
    SELECT 'job_' || n, 't' || (n % ${tenants}), '', 1, n, n, CASE WHEN n <= ${rows - open} THEN n END FROM ${numbers}`,
  )
  await runSql(store, 'ANALYZE')
}

const claim = (store: JobStore, at: number) =>
  store.claim({
    now: at,
    limits: { concurrency: 10_000, videosPerMinute: 10_000 },
    windowStart: rows - 100,
    lease: { owner: 'me', until: at + 15_000 },
    decide: decide({ type: 'claimed' }, at),
  })

describe('among 300 tenants that wait, on SQLite,', () => {
  let store: SqliteStore
  let ran: string[] = []
  beforeAll(async () => {
    store = openSqliteStore({ file: ':memory:', onStatement: (sql) => ran.push(sql) })
    await fill(
      store,
      `(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows}) SELECT n FROM numbers)`,
      '0',
    )
  })
  afterAll(() => store.close())

  /** What of jobs and submissions is read how. */
  function plans(): string[] {
    return ran
      .filter((sql) => /^(SELECT|WITH)/.test(sql))
      .flatMap((sql) => store.client.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
      .map(({ detail }) => detail)
      .filter((detail) => /jobs|submissions/.test(detail))
  }

  it('a claim reads no queue, but the first job of each', async () => {
    ran = []
    expect((await claim(store, now)).kind).toBe('claimed')
    const found = plans()
    expect(found).toContain('SEARCH jobs USING COVERING INDEX jobs_waiting (tenant>?)')
    expect(found).toContain('SEARCH submissions USING COVERING INDEX submissions_by_end (ended_at=?)')
    expect(found).toContain('SEARCH submissions USING COVERING INDEX submissions_by_time (counted_at>?)')
    // The first of all, which ends with the first that may start.
    for (const detail of found.filter((one) => one.startsWith('SCAN jobs')))
      expect(detail).toBe('SCAN jobs USING COVERING INDEX jobs_waiting')
    expect(found.filter((one) => one.startsWith('SCAN submissions'))).toEqual([])
  })

  it('positions count along the index of those that wait', async () => {
    ran = []
    const [position] = await store.for(tenantOf('t1')).queuePositions([lastOfT1], { windowStart: rows - 100 })
    expect(position).toBeGreaterThan(0)
    for (const detail of plans())
      expect(detail).not.toMatch(/SCAN (?!jobs USING COVERING INDEX jobs_waiting)/)
  })
})

describe('among 300 tenants that wait, on PostgreSQL,', () => {
  let database: Database
  let store: PostgresStore
  let plansOf: (ask: (time: number) => unknown) => Promise<ReadonlyMap<string, string>>
  beforeAll(async () => {
    database = await createDatabase()
    store = await openPostgresStore({ url: database.url, connections: 1 })
    await fill(store, `generate_series(1, ${rows}) AS n`, 'false')
    const watched = await watchPlans(store)
    plansOf = async (ask) => new Map((await watched(ask)).map(({ name, plan }) => [name, plan]))
  })
  afterAll(async () => {
    await store.close()
    await database.drop()
  })

  const wholeTable = /Seq Scan on (jobs|submissions)/

  it('a claim reads no queue, but the first job of each, and plans that once', async () => {
    const plans = await plansOf((time) => claim(store, now + time))
    for (const name of ['anyQueued', 'used', 'contenders', 'held'])
      expect([name, plans.get(name)]).toEqual([name, expect.not.stringMatching(wholeTable)])
    expect(plans.get('contenders')).toMatch(
      /Index Only Scan using jobs_waiting on jobs jobs_1.*\n.*Index Cond: .*tenant > waiting_1\.tenant/,
    )
    expect(plans.get('contenders')).not.toMatch(/Sort|Bitmap/)
    expect(plans.get('held')).toMatch(/submissions_by_end[\s\S]*submissions_by_time/)
    const { rows: prepared } = await store.pool.query<{ planned: string }>(
      `SELECT custom_plans AS planned FROM pg_prepared_statements WHERE name LIKE 'contenders%'`,
    )
    expect(prepared.map(({ planned }) => Number(planned))).toEqual([5]) // As often as any statement before it is kept.
  })

  it('positions count along the index of those that wait', async () => {
    const ids = [lastOfT1]
    const plans = await plansOf(() =>
      store.for(tenantOf('t1')).queuePositions(ids, { windowStart: rows - 100 }),
    )
    expect([...plans.keys()].sort()).toEqual(['held', 'othersWait', 'queueRanks', 'queues'])
    for (const plan of plans.values()) expect(plan).not.toMatch(wholeTable)
  })
})
