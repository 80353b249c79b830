import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { migrate as migrateSqlite } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openPostgresStore } from '../../src/db/postgres/store.ts'
import { openSqliteStore } from '../../src/db/sqlite/store.ts'
import type { JobStore } from '../../src/jobs/work.ts'
import type { VendorClient } from '../../src/wavespeed/client.ts'
import { readPrediction } from '../../src/wavespeed/prediction.ts'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { createVendor } from '../../src/wavespeed/vendor.ts'
import { createTestApi } from '../support/api.ts'
import { createDatabase } from '../support/databases.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const model = 'wavespeed-ai/wan-2.1/v2v-480p-lora'

/** An input as versions before 0.2 wrote it into the history. */
const recorded = {
  video: 'https://example.com/clip.mp4',
  prompt: 'a "fox" 🦊 \\u0041 \ud83d numInferenceSteps',
  negativePrompt: null as string | null,
  loras: [{ path: 'owner/model', scale: 0.30000000000000004 }],
  numInferenceSteps: 30,
  duration: 5,
  strength: 0.1234567890123456,
  guidanceScale: 5,
  flowShift: 2.5,
  seed: 2_147_483_647,
}
/** The same as those versions sent it. */
const sent = {
  video: recorded.video,
  prompt: recorded.prompt,
  loras: recorded.loras,
  num_inference_steps: 30,
  duration: 5,
  strength: 0.1234567890123456,
  guidance_scale: 5,
  flow_shift: 2.5,
  seed: 2_147_483_647,
}

/** The migrations before the one that renames inputs, as they were released. */
function earlierMigrations(database: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join('src/db', database, 'migrations'), folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] }
  const until = journal.entries.findIndex(({ tag }) => tag.endsWith('input_as_sent'))
  expect(until).toBeGreaterThan(0)
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, until) }))
  return folder
}

const rowOf = (id: string, input: string) =>
  [id, 1, 'QUEUED', model, recorded.prompt.toWellFormed(), input, 1, 1, '[]', 1] as const
const columns = 'id, version, state, model, prompt, input, created_at, updated_at, outputs, run_at'

/** Opens a history of an older version with these inputs, by their ids. */
type Open = (inputs: Readonly<Record<string, string>>) => Promise<JobStore>

const openSqlite: Open = async (inputs) => {
  const folder = mkdtempSync(join(tmpdir(), 'old-'))
  const file = join(folder, 'jobs.db')
  const client = new Database(file)
  migrateSqlite(drizzleSqlite({ client }), { migrationsFolder: earlierMigrations('sqlite') })
  const insert = client.prepare(
    `INSERT INTO jobs (${columns}, seed_drawn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
  )
  for (const [id, input] of Object.entries(inputs)) insert.run(...rowOf(id, input))
  client.close()
  const store = openSqliteStore({ file })
  onTestFinished(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })
  return store
}

const openPostgres: Open = async (inputs) => {
  const database = await createDatabase()
  onTestFinished(() => database.drop())
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await migratePostgres(drizzlePostgres({ client }), {
    migrationsFolder: earlierMigrations('postgres'),
    migrationsSchema: 'public',
    migrationsTable: 'wavespeed_migrations',
  })
  for (const [id, input] of Object.entries(inputs)) {
    await client.query(
      `INSERT INTO jobs (${columns}, seed_drawn) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false)`,
      [...rowOf(id, input)],
    )
  }
  await client.end()
  const store = await openPostgresStore({ url: database.url })
  onTestFinished(() => store.close())
  return store
}

describe.each([
  ['SQLite', openSqlite],
  ['PostgreSQL', openPostgres],
] as const)('a history of %s whose inputs are older', (_name, open) => {
  it('holds them as they were sent, to the digit, after the upgrade', async () => {
    const negative = { ...recorded, negativePrompt: 'null' }
    const store = await open({ a: JSON.stringify(recorded), b: JSON.stringify(negative) })
    expect((await store.job('a'))?.input).toEqual(sent)
    expect((await store.job('b'))?.input).toEqual({ ...sent, negative_prompt: 'null' })
    expect(await store.job('a')).toMatchObject({ prompt: recorded.prompt.toWellFormed() })
  })

  it('shows them by the names of the schema', async () => {
    const api = createTestApi(await open({ a: JSON.stringify(recorded) }))
    const input =
      '... on V2VLoraParameters { video negativePrompt numInferenceSteps flowShift loras { scale } }'
    expect(await api(`{ job(id: "a") { input { seed ${input} } } }`)).toEqual({
      job: {
        input: {
          video: recorded.video,
          negativePrompt: null,
          numInferenceSteps: 30,
          flowShift: 2.5,
          loras: [{ scale: 0.30000000000000004 }],
          seed: 2_147_483_647,
        },
      },
    })
  })

  it('still finds the task of a submission whose answer was lost', async () => {
    const job = await (await open({ a: JSON.stringify(recorded) })).job('a')
    if (!job) throw new Error('there is a job')
    const clock = createFakeClock()
    const task = readPrediction({ id: 'own', status: 'created', inputs: sent })
    const client = { list: async () => ({ predictions: task ? [task] : [], size: 1 }) }
    const vendor = createVendor({
      client: client as Partial<VendorClient> as VendorClient,
      clock,
      redactor: createRedactor(),
    })
    const found = await vendor.find({ ...job, from: 0, to: clock.now(), token: null })
    expect(found).toMatchObject({ kind: 'answered', reports: [{ id: 'own' }] })
  })

  it('keeps what is no such input as it is, and opens', async () => {
    const store = await open({ list: '[1]', new: JSON.stringify(sent), nul: '{"prompt":"\\u0000"}' })
    expect((await store.job('new'))?.input).toEqual(sent)
    expect((await store.job('nul'))?.input).toEqual({ prompt: '\0' })
    await expect((async () => store.job('list'))()).rejects.toMatchObject({ code: 'JOB_UNREADABLE' })
  })
})

it('a file whose inputs are no JSON opens after the upgrade', async () => {
  const store = await openSqlite({ broken: '{', whole: JSON.stringify(recorded) })
  expect((await store.job('whole'))?.input).toEqual(sent)
  await expect((async () => store.job('broken'))()).rejects.toMatchObject({ code: 'JOB_UNREADABLE' })
})
