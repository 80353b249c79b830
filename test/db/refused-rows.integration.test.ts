import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from '../support/databases.ts'
import { sampleInput } from '../support/job.ts'
import { oldHistories } from '../support/old-histories.ts'
import {
  openPostgresStore,
  openSqliteStore,
  type PostgresStore,
  record,
  type SqliteStore,
} from '../support/stores.ts'

/** What somebody may try to do to a row by hand. */
const damage: readonly string[] = [
  "input = '{'",
  "input = 'null'",
  "input = '[]'",
  'prompt = NULL',
  "outputs = 'nothing'",
  "outputs = '{}'",
  "error = '[]'",
  "error = 'oops'",
  "state = 'PAUSED'",
  "archived = 'SOMEWHERE'",
  "created_at = 'yesterday'",
  "run_at = 'now'",
  "version = '1st'",
]
const onSqlite = ["prompt = x'00'", 'seed_drawn = 2', 'updated_at = 1.5', "callback_token = x'00'"]

describe('SQLite', () => {
  let store: SqliteStore
  beforeEach(async () => {
    store = openSqliteStore({ file: ':memory:' })
    await record(store)
  })
  afterEach(() => store.close())

  it.each([...damage, ...onSqlite])('refuses a row that no job could be: %s', (sql) => {
    expect(() => store.client.exec(`UPDATE jobs SET ${sql}`)).toThrow(/constraint failed|cannot store/)
  })

  it('has no table for rows that were put aside where none was', () => {
    const found = store.client.prepare("SELECT 1 FROM sqlite_master WHERE name = 'unreadable_jobs'").get()
    expect(found).toBeUndefined()
  })

  it('refuses work of an unknown kind, and a change to an unknown state', () => {
    expect(() => store.client.exec("INSERT INTO due (kind, id, at) VALUES ('wash', 'a', 1)")).toThrow(
      'due_kind',
    )
    expect(() => store.client.exec("UPDATE changes SET state = 'GONE'")).toThrow('changes_state')
  })

  it('tells by its id a row whose JSON was broken all the same', async () => {
    store.client.exec("PRAGMA ignore_check_constraints = ON; UPDATE jobs SET input = '{'")
    const { id } = { id: 'job_00000000000000000000000000' }
    await expect(store.job(id)).rejects.toMatchObject({
      code: 'JOB_UNREADABLE',
      message: expect.stringContaining(id),
    })
    expect(await store.listed([id])).toMatchObject([{ id }])
  })
})

describe('PostgreSQL', () => {
  let database: Database
  let store: PostgresStore
  beforeEach(async () => {
    database = await createDatabase()
    store = await openPostgresStore({ url: database.url })
    await record(store)
  })
  afterEach(async () => {
    await store.close()
    await database.drop()
  })

  it('has no table for rows that were put aside where none was', async () => {
    const { rows } = await store.pool.query("SELECT to_regclass('unreadable_jobs') AS found")
    expect(rows).toEqual([{ found: null }])
  })

  it('refuses a row that no job could be', async () => {
    for (const sql of damage)
      await expect(store.pool.query(`UPDATE jobs SET ${sql}`), sql).rejects.toThrow(/violates|invalid input/)
  })
})

describe.each(oldHistories)('a history of %s with rows that were broken by hand', (name, open) => {
  const row = (id: string, change: object = {}) => ({
    table: 'jobs',
    row: {
      id,
      version: 2,
      state: 'CREATED',
      model: 'm',
      input: JSON.stringify(sampleInput),
      prompt: sampleInput.prompt,
      seed_drawn: false,
      created_at: 1,
      updated_at: 2,
      submitted_at: 2,
      prediction_id: id,
      outputs: '[]',
      run_at: 1,
      ...change,
    },
  })
  const entry = (id: string, state = 'QUEUED') => ({
    table: 'timeline',
    row: { job_id: id, version: 1, at: 1, state, message: 'Recorded.' },
  })

  it('puts them aside at the upgrade, and keeps everything else', async () => {
    const broken = [
      row('job_b', { input: '[]' }),
      row('job_c', { error: '[]' }),
      row('job_d', { state: 'PAUSED' }),
      ...(name === 'SQLite'
        ? [row('job_e', { outputs: 'none' }), row('job_f', { version: '1st' }), row('Job G')]
        : []),
    ]
    const entries = ['job_a', 'job_b'].map((id) => entry(id))
    // As earlier versions wrote that there is no error: PostgreSQL has NULL for it.
    const whole = row('job_a', name === 'SQLite' ? { error: 'null' } : {})
    const { store, putAside } = await open('tenants', [whole, ...broken, ...entries])
    expect(putAside).toBe(broken.length)
    expect(await store.job('job_a')).toMatchObject({
      id: 'job_a',
      tenant: 'local',
      input: sampleInput,
      error: null,
    })
    expect(await store.timelines(['job_a'])).toMatchObject([[{ version: 1, message: 'Recorded.' }]])
    expect((await store.jobs(broken.map(({ row: { id } }) => id))).filter((job) => job !== null)).toEqual([])
    expect(await store.change('job_a', () => null)).toMatchObject({ before: { id: 'job_a' } })
  })
})
