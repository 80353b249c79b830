/**
 * `npm run bench:reads`: how long pages of 20 take in a history of 1,000,000 jobs, and for how long each of them keeps the
 * process from everything else: a timer, and /health as another thread asks for it. Beside them, where that is another way, what a single statement along the
 * list takes. `--rows` for another number of jobs, `--on sqlite` or `--on postgres` for one database alone.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Backends } from '../src/app/backends.ts'
import { createPages } from '../src/db/pages.ts'
import { openPostgresStore } from '../src/db/postgres/store.ts'
import { createExecute, dialect } from '../src/db/sqlite/execute.ts'
import { openSqliteStore } from '../src/db/sqlite/store.ts'
import { createMemoryEvents } from '../src/events/memory.ts'
import { systemClock } from '../src/jobs/clock.ts'
import type { JobFilter, JobReader, PageQuery } from '../src/jobs/store.ts'
import { localTenant } from '../src/jobs/tenant.ts'
import { postgresVersion, startPostgres, withPostgres } from '../test/support/servers/postgres.ts'
import { steady } from '../test/support/steady.ts'
import { withoutTextIndex } from '../test/support/text-index.ts'
import { watchHealth } from './health.ts'
import { createPrompts } from './prompts.ts'
import { printTable } from './table.ts'

const { values } = parseArgs({ options: { rows: { type: 'string' }, on: { type: 'string' } } })
const rows = Number(values.rows ?? 1_000_000)
const folder = mkdtempSync(join(tmpdir(), 'wavespeed-bench-'))

const page = (filter: JobFilter, more: Partial<PageQuery> = {}): PageQuery => ({
  order: 'CREATED_AT',
  descending: true,
  fromEnd: false,
  limit: 21,
  filter,
  ...more,
})
const byUpdate = { order: 'UPDATED_AT', descending: false } as const

const cases: readonly (readonly [name: string, query: PageQuery])[] = [
  ['the first page', page({})],
  ['a rare text', page({ prompt: 'zebra' })],
  ['an absent text', page({ prompt: 'ornithopter' })],
  ['a text in most jobs', page({ prompt: 'the' })],
  ['a text in most jobs, by update', page({ prompt: 'THE' }, byUpdate)],
  ['a text in the oldest jobs only', page({ prompt: 'carnival' })],
  ['common words that never come together', page({ prompt: 'of the of the of the' })],
  [
    'a rare text of two models and a state',
    page({ prompt: 'zebra', states: ['FAILED'], models: ['m1', 'm2'] }),
  ],
  ['two states without a match', page({ states: ['QUEUED', 'PROCESSING'] })],
  ['two states, one without a match', page({ states: ['QUEUED', 'FAILED'] })],
  ['FAILED by UPDATED_AT_ASC', page({ states: ['FAILED'] }, byUpdate)],
  ['two absent characters', page({ prompt: '猫犬' })],
  ['recorded long ago, by UPDATED_AT_DESC', page({ createdBefore: 5_000 }, { order: 'UPDATED_AT' })],
]

/** Runs something, and tells how long it took and the longest time in which no timer fired. */
async function timed(work: () => unknown): Promise<{ took: number; held: number }> {
  let [last, held] = [performance.now(), 0]
  const look = () => {
    const now = performance.now()
    held = Math.max(held, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  await pause(20)
  held = 0
  const began = performance.now()
  await work()
  const took = performance.now() - began
  await pause(2)
  look()
  clearInterval(timer)
  return { took, held }
}

const ms = (time: number) => `${time.toFixed(time < 100 ? 1 : 0)} ms`
const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
const say = (line: string) => process.stdout.write(`${line}\n`)

/** The median of several runs, and the longest time that any of them held the process. */
async function measure(work: () => unknown): Promise<{ took: number; held: number }> {
  const runs = []
  for (let run = 0; run < 5; run += 1) runs.push(await timed(work))
  const took = runs.map((run) => run.took).sort((one, other) => one - other)[2] ?? 0
  return { took, held: Math.max(...runs.map(({ held }) => held)) }
}

async function report(backends: Backends, plainly?: (query: PageQuery) => unknown): Promise<void> {
  const reader: JobReader = backends.history.for(localTenant)
  const health = await watchHealth(backends)
  const watched = async (work: () => unknown) => {
    await health.longest()
    const { took, held } = await measure(work)
    return {
      'this way': ms(took),
      'longest wait of a timer': ms(held),
      'of /health': ms(await health.longest()),
    }
  }
  const all = () =>
    Promise.all(
      cases
        .slice(-2)
        .concat(cases.slice(1, 4))
        .map(([, query]) => reader.page(query)),
    )
  const table: Record<string, string>[] = [
    { page: 'nothing', ...(plainly && { 'one statement': '' }), ...(await watched(() => pause(100))) },
  ]
  for (const [name, query] of cases) {
    const after = await watched(() => reader.page(query))
    const before = plainly ? { 'one statement': ms((await timed(() => plainly(query))).took) } : {}
    table.push({ page: name, ...before, ...after })
  }
  const five = await watched(all)
  const before = plainly
    ? {
        'one statement': ms(
          (
            await timed(() =>
              cases
                .slice(-2)
                .concat(cases.slice(1, 4))
                .map(([, query]) => plainly(query)),
            )
          ).took,
        ),
      }
    : {}
  table.push({ page: 'five of them at once', ...before, ...five })
  await health.close()
  printTable(table)
}

async function onSqlite(): Promise<void> {
  const file = join(folder, 'jobs.db')
  const first = openSqliteStore({ file })
  const { client } = first
  withoutTextIndex(client)
  const insert = client.prepare(
    `INSERT INTO jobs (id, tenant, state, created_at, updated_at, version, model, prompt, input, seed_drawn, outputs, run_at)
     VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, 0, '[]', 0)`,
  )
  const prompts = createPrompts(rows)
  client.transaction(() => {
    for (let n = 0; n < rows; n += 1) {
      const prompt = prompts(n)
      const input = JSON.stringify({ video: `https://example.com/${n}.mp4`, prompt, seed: n })
      const state = ['COMPLETED', 'FAILED', 'CANCELED'][n % 3]
      const id = `job_${String(n).padStart(26, '0')}`
      insert.run(id, localTenant, state, n * 1_000, n * 1_000 + 500, `m${n % 7}`, prompt, input)
    }
  })()
  first.close()
  const before = statSync(file).size
  const began = performance.now()
  const store = openSqliteStore({ file })
  const upgraded = performance.now() - began
  store.client.pragma('wal_checkpoint(TRUNCATE)')
  say(
    `SQLite, ${rows} jobs, ${mb(before)}: the index of texts adds ${mb(statSync(file).size - before)}, made in ${ms(upgraded)}.\n`,
  )
  const pages = createPages(dialect)
  const execute = createExecute(store.client)
  const backends = {
    shared: false,
    clock: steady(systemClock),
    history: store,
    access: store.access,
    uploads: store.uploads,
    events: createMemoryEvents(),
  }
  await report(backends, (query) => {
    const { statement, values } = pages(query)
    return execute(statement, { ...values, tenant: localTenant })
  })
  store.close()
}

async function onPostgres(): Promise<void> {
  const server = await startPostgres()
  const store = await openPostgresStore({ url: server.url })
  await store.pool.query('DROP INDEX IF EXISTS jobs_by_text')
  const prompts = createPrompts(rows)
  for (let from = 0; from < rows; from += 10_000) {
    const some = Array.from({ length: Math.min(10_000, rows - from) }, (_, index) => prompts(from + index))
    await store.pool.query(
      `INSERT INTO jobs (id, tenant, version, state, model, prompt, input, seed_drawn, outputs, created_at, updated_at, run_at)
       SELECT 'job_' || lpad(n::text, 26, '0'), 'local', 1, ('{COMPLETED,FAILED,CANCELED}'::text[])[n % 3 + 1], 'm' || n % 7,
         prompt, json_build_object('video', 'https://example.com/' || n || '.mp4', 'prompt', prompt, 'seed', n), false, '[]',
         n * 1000, n * 1000 + 500, 0
       FROM (SELECT $1::bigint + place - 1 AS n, prompt FROM unnest($2::text[]) WITH ORDINALITY AS given (prompt, place)) AS made`,
      [from, some],
    )
  }
  await store.pool.query('ANALYZE jobs')
  const began = performance.now()
  const making = readFileSync('src/db/postgres/migrations/0005_text_index.sql', 'utf8')
  await withPostgres(server.url, (client) => client.query(making))
  const made = performance.now() - began
  const { rows: sizes } = await store.pool.query<{ jobs: string; index: string }>(
    `SELECT pg_total_relation_size('jobs') AS jobs, pg_relation_size('jobs_by_text') AS index`,
  )
  const [jobs, index] = [Number(sizes[0]?.jobs), Number(sizes[0]?.index)]
  say(
    `\nPostgreSQL ${await postgresVersion(server.url)}, ${rows} jobs, ${mb(jobs - index)}: the index of texts adds ${mb(index)}, made in ${ms(made)}.\n`,
  )
  await report({
    shared: true,
    clock: steady(systemClock),
    history: store,
    access: store.access,
    uploads: store.uploads,
    events: createMemoryEvents(),
  })
  await store.close()
  await server.stop()
}

try {
  if (values.on !== 'postgres') await onSqlite()
  if (values.on !== 'sqlite') await onPostgres()
} finally {
  rmSync(folder, { recursive: true })
}
