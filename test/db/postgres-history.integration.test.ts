import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobStates } from '../../src/jobs/state.ts'
import type { JobFilter } from '../../src/jobs/store.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { watchPlans } from '../support/plans.ts'
import { decide, openPostgresStore, type PostgresStore, record } from '../support/stores.ts'

const rows = 100_000
/** Most jobs of a history have ended. */
const working = 300
const wholeTable = /Seq Scan on (jobs|changes)/
/** The beginnings of ranges of an index, merged. */
const ranges = (index: string) =>
  new RegExp(`Function Scan on ranges[\\s\\S]*Limit[\\s\\S]*Index Scan (Backward )?using ${index} on jobs`)
const idOf = (index: number) => `job_${String(index).padStart(26, '0')}`

describe('a history of 100,000 jobs on PostgreSQL', () => {
  let database: Database
  let store: PostgresStore
  let plansOf: Awaited<ReturnType<typeof watchPlans>>

  beforeAll(async () => {
    database = await createDatabase()
    store = await openPostgresStore({ url: database.url, connections: 1 })
    await fill()
    plansOf = await watchPlans(store)
  })
  afterAll(async () => {
    await store.close()
    await database.drop()
  })

  /** Rows straight into the table: most have ended, and few of those have still to be copied. */
  async function fill(): Promise<void> {
    await record(store, { id: idOf(0), createdAt: 0, updatedAt: 0, state: 'COMPLETED', archived: 'KEPT' })
    await store.pool.query(
      `INSERT INTO jobs (id, tenant, version, state, model, prompt, input, seed_drawn, outputs, archived,
         created_at, updated_at, finished_at, run_at)
       SELECT 'job_' || lpad(n::text, 26, '0'), 'local', 1,
         CASE WHEN n > $1 - $2 THEN ($3::text[])[n % 7 + 1] ELSE ($4::text[])[n % 3 + 1] END,
         CASE WHEN n % 12 > 0 THEN 'model ' || n % 12 ELSE model END, prompt, input, false, '[]', CASE WHEN n % 1000 > 0 THEN 'KEPT' END, n, n, n, n
       FROM jobs, generate_series(1, $1::int) AS n`,
      [rows, working, jobStates, ['COMPLETED', 'FAILED', 'CANCELED']],
    )
    await store.pool.query('ANALYZE jobs')
  }

  const page = (filter: JobFilter = {}, more: object = {}) =>
    store.page({ order: 'CREATED_AT', descending: true, filter, fromEnd: false, limit: 21, ...more })

  it.each<[string, () => unknown, RegExp]>([
    ['a page', () => page(), /^Limit.*\n.*Index Scan Backward using jobs_by_creation/],
    ['the last page', () => page({}, { fromEnd: true }), /^Limit.*\n.*Index Scan using jobs_by_creation/],
    [
      'a page in the middle',
      () => page({}, { after: { value: 50_000, id: idOf(50_000) } }),
      /^Limit.*\n.*Index Scan Backward using jobs_by_creation.*\n.*Index Cond: \(\(tenant = .*ROW\(created_at, /,
    ],
    [
      'a page between two places',
      () => page({}, { after: { value: 50_000, id: idOf(50_000) }, before: { value: 9, id: idOf(9) } }),
      /^Limit.*\n.*Index Scan Backward using jobs_by_creation/,
    ],
    [
      'what changed since',
      () =>
        page({}, { order: 'UPDATED_AT', descending: false, after: { value: 99_000, id: '' }, limit: 500 }),
      /^Limit.*\n.*Index Scan using jobs_by_update.*\n.*Index Cond/,
    ],
    ['one state that many have', () => page({ states: ['FAILED'] }), ranges('jobs_by_state')],
    ['one state that few have', () => page({ states: ['PROCESSING'] }), ranges('jobs_by_state')],
    [
      'states, by the last change',
      () => page({ states: ['PROCESSING', 'FAILED'] }, { order: 'UPDATED_AT' }),
      ranges('jobs_by_state_update'),
    ],
    ['one model', () => page({ models: ['wavespeed-ai/wan-2.1/v2v-480p-lora'] }), ranges('jobs_by_model')],
    [
      'a time',
      () => page({ createdAfter: 99_000 }),
      /^Limit.*\n.*Index Scan Backward using jobs_by_creation/,
    ],
    ['a job', () => store.job(idOf(77)), /^Index Scan using jobs_pkey/],
    ['jobs', () => store.jobs([idOf(77), idOf(78)]), /jobs_pkey/],
    [
      'the job of a prediction',
      () => store.jobOfPrediction('p1'),
      /jobs_by_prediction[\s\S]*submissions_by_prediction/,
    ],
    ['timelines', () => store.timelines([idOf(0)]), /changes_by_version/],
    ['retries', () => store.retries([idOf(0)]), /jobs_by_retry/],
    ['when the first work is due', () => store.firstDue('poll'), /Index Only Scan using due_by_time/],
    ['what is to be copied', () => store.repair('copy', 0), /Scan (using|on) jobs_to_archive/],
  ])('answers %s by an index', async (_name, ask, plan) => {
    const plans = await plansOf(ask)
    expect(plans).toEqual([{ name: expect.anything(), plan: expect.stringMatching(plan) }])
    expect(plans[0]?.plan).not.toMatch(wholeTable)
  })

  it('answers positions by indexes', async () => {
    const plans = await plansOf(() => store.queuePositions([idOf(99_995)], { windowStart: 0 }))
    expect(plans.map(({ plan }) => plan)).toEqual([
      expect.stringMatching(/Index Only Scan using jobs_waiting on jobs queue/),
      expect.stringMatching(/using jobs_waiting[\s\S]*using jobs_waiting/),
    ])
    for (const { plan } of plans) expect(plan).not.toMatch(wholeTable)
  })

  it('claims a job, and ends its step, by indexes', async () => {
    let now = 1_000_000
    const lease = { owner: 'me', until: 9_000_000 }
    const plans = await plansOf(async () => {
      now += 60_000
      const claim = await store.claim({
        now,
        limits: { concurrency: 10_000, videosPerMinute: 10 },
        windowStart: now - 60_000,
        lease,
        decide: decide({ type: 'claimed' }, now),
      })
      if (claim.kind !== 'claimed') throw new Error('a job waits')
      const [
        {
          job: { id },
        },
      ] = claim.transitions
      await store.renew('poll', [id], lease)
      await store.advance(id, decide({ type: 'unknown', message: 'lost' }))
      await store.finish('poll', 'me', [{ id, at: now }])
      await store.take({ kind: 'poll', now, limit: 100, lease })
      await store.finish('poll', 'me', [{ id, at: null }])
    })
    const names = plans.map(({ name }) => name)
    for (const name of [
      'anyQueued',
      'used',
      'contenders',
      'takeTurn',
      'lease',
      'renew',
      'saveJob',
      'giveBack',
      'take',
      'done',
    ])
      expect(names).toContain(name)
    for (const { plan } of plans) expect(plan).not.toMatch(wholeTable)
  })
})
