/**
 * `npm run bench:claims`: what it costs to let a job start where so many tenants wait, one job with each claim and several. All
 * rows take turns, so that what else the machine does falls on each of them; times of one run are for comparing its rows.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openPostgresStore } from '../src/db/postgres/store.ts'
import { openSqliteStore } from '../src/db/sqlite/store.ts'
import { transition } from '../src/jobs/state.ts'
import { postgresVersion, startPostgres, withPostgres } from '../test/support/servers/postgres.ts'
import { type JobStore, whole } from '../test/support/stores.ts'
import { recordOf, runSql } from '../test/support/tenants.ts'
import { printTable, printVersions } from './table.ts'

const { values } = parseArgs({
  options: {
    /** Jobs of each history, and how many of them wait. */
    jobs: { type: 'string', default: '100000' },
    waiting: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '20' },
  },
})
const [jobs, waiting, rounds] = [Number(values.jobs), Number(values.waiting), Number(values.rounds)]
/** Of submissions that are open, and of those that count. */
const held = 1_000
const tenantCounts = [1, 10, 100, 1_000]
/** Jobs with one claim: a free place, some, and as many as a gateway sends at once. */
const sizes = [1, 8, 32]
/** Jobs of each size in a round. */
const each = 32
/** The first plans of a connection are made for the values that are asked for. */
const warmRounds = 2

const start = 1_000_000_000
const minute = 60_000

const numbersOf = {
  sqlite: `(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${jobs}) SELECT n FROM numbers)`,
  postgres: `generate_series(1, ${jobs}) AS n`,
}

/** Rows straight into the tables: the last jobs wait, and of those before them the last count. */
async function fill(store: JobStore, kind: keyof typeof numbersOf, tenants: number): Promise<void> {
  const { id } = await recordOf(store, 't', 0, { state: 'CANCELED' })
  const numbers = numbersOf[kind]
  await runSql(
    store,
    `INSERT INTO jobs (id, tenant, version, state, model, prompt, input, seed_drawn, outputs, created_at, updated_at, run_at)
    SELECT 'job_' || n, 't' || (n % ${tenants}), 1, CASE WHEN n > ${jobs - waiting} THEN 'QUEUED' ELSE 'CANCELED' END,
      model, prompt, input, ${kind === 'sqlite' ? '0' : 'false'}, '[]', n, n, 0 FROM jobs, ${numbers} WHERE id = '${id}'`,
  )
  await runSql(
    store,
    `INSERT INTO submissions (job_id, tenant, fingerprint, attempt, begun_at, counted_at, ended_at)
    SELECT 'job_' || n, 't' || (n % ${tenants}), '', 1, ${start}, ${start}, CASE WHEN n % 2 = 0 THEN ${start} END
    FROM ${numbers} WHERE n > ${jobs - waiting - held} AND n <= ${jobs - waiting}`,
  )
  await runSql(store, 'ANALYZE')
}

interface Row {
  readonly history: string
  readonly tenants: number
  readonly store: JobStore
  /** Milliseconds in all, by size. */
  readonly spent: number[]
  close(): Promise<void>
}

let now = start

async function claimEach(store: JobStore, atMost: number): Promise<void> {
  for (let left = each; left > 0; left -= atMost) {
    now += 1
    const claim = await store.claim({
      now,
      limits: { concurrency: 1_000_000, videosPerMinute: 1_000_000 },
      windowStart: start - minute,
      lease: { owner: 'bench', until: now + minute },
      atMost,
      decide: (job) => transition(job, { type: 'claimed' }, now),
    })
    if (claim.kind !== 'claimed' || claim.transitions.length !== atMost) throw new Error('too few jobs wait')
  }
}

const postgres = await startPostgres()
const folder = mkdtempSync(join(tmpdir(), 'wavespeed-bench-'))

async function openRows(): Promise<Row[]> {
  const rows: Row[] = []
  for (const tenants of tenantCounts) {
    const store = whole(openSqliteStore({ file: join(folder, `${tenants}.db`) }))
    await fill(store, 'sqlite', tenants)
    rows.push({ history: 'SQLite', tenants, store, spent: [], close: async () => store.close() })
  }
  for (const tenants of tenantCounts) {
    const url = new URL(`/bench_${tenants}`, postgres.url)
    await withPostgres(postgres.url, (client) => client.query(`CREATE DATABASE bench_${tenants}`))
    const store = whole(await openPostgresStore({ url: url.href, connections: 2 }))
    await fill(store, 'postgres', tenants)
    rows.push({ history: 'PostgreSQL', tenants, store, spent: [], close: store.close })
  }
  return rows
}

try {
  const rows = await openRows()
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const [place, size] of sizes.entries()) {
      for (const { store, spent } of rows) {
        const begun = performance.now()
        await claimEach(store, size)
        if (round >= 0) spent[place] = (spent[place] ?? 0) + performance.now() - begun
      }
    }
  }
  const perJob = ({ spent }: Row, place: number) => (spent[place] ?? 0) / (rounds * each)
  printVersions({ PostgreSQL: await postgresVersion(postgres.url) })
  printTable(
    rows.map((row) => {
      const alone = rows.find(({ history, tenants }) => history === row.history && tenants === 1) ?? row
      const cells = sizes.flatMap((size, place) => [
        [`${size} at once: ms a job`, perJob(row, place).toFixed(2)],
        [`jobs/s (${size})`, Math.round(1_000 / perJob(row, place))],
        [`over one tenant (${size})`, (perJob(row, place) / perJob(alone, place)).toFixed(1)],
      ])
      return { history: row.history, 'tenants that wait': row.tenants, ...Object.fromEntries(cells) }
    }),
  )
  await Promise.all(rows.map(({ close }) => close()))
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true })
}
