import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from '../support/databases.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { decide, ids, openPostgresStore, type PostgresStore, record } from '../support/stores.ts'

const minute = 60_000
const page = { order: 'CREATED_AT', descending: false, filter: {}, fromEnd: false, limit: 100 } as const

describe('gateways that share a history on PostgreSQL', () => {
  let database: Database
  let stores: PostgresStore[]
  beforeEach(async () => {
    database = await createDatabase()
    stores = await Promise.all(
      Array.from({ length: 10 }, () => openPostgresStore({ url: database.url, connections: 3 })),
    )
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await database.drop()
  })
  const first = (): PostgresStore => {
    const [store] = stores
    if (!store) throw new Error('there are stores')
    return store
  }

  it('migrate an empty database once, all starting at the same time, and all work', async () => {
    const { rows } = await first().pool.query('SELECT hash FROM wavespeed_migrations')
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThan(0)
    const expected = stores.map((_, index) => `job_${index}`)
    await Promise.all(stores.map((store, index) => record(store, { id: `job_${index}`, createdAt: index })))
    for (const store of stores) expect(ids(await store.page(page))).toEqual(expected)
    for (const store of stores) expect(await store.time()).toBeGreaterThan(Date.UTC(2020))
  })

  it('are not upgraded by a command that works beside them', async () => {
    await first().pool.query(
      'DELETE FROM wavespeed_migrations WHERE created_at = (SELECT max(created_at) FROM wavespeed_migrations)',
    )
    const open = openPostgresStore({ url: database.url, onlyNew: true })
    await expect(open).rejects.toThrow(/is of an older version: back it up/)
  })

  it('are refused where a newer version has used it, and tell once that the tables were made', async () => {
    const told: number[] = []
    const open = () => openPostgresStore({ url: database.url, onMigrated: (steps) => void told.push(steps) })
    await (await open()).close()
    expect(told).toEqual([])
    await first().pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    await (await open()).close()
    const { rows } = await first().pool.query('SELECT count(*)::int AS steps FROM wavespeed_migrations')
    expect(told).toEqual([rows[0]?.steps])
    const future = [Date.UTC(2100, 0, 1)]
    await first().pool.query(`INSERT INTO wavespeed_migrations (hash, created_at) VALUES ('x', $1)`, future)
    await expect(open()).rejects.toThrow(
      /^The history on postgres:\/\/[\w.:]+\/\w+ was used by a newer version of the gateway .*2100-01-01/,
    )
  })

  it('claim each job once and keep within the limits, however many claim at the same time', async () => {
    const limits = { concurrency: 7, videosPerMinute: 20 }
    const names = Array.from({ length: 60 }, (_, index) => `job_${String(index).padStart(2, '0')}`)
    for (const [createdAt, id] of names.entries()) await record(first(), { id, createdAt })
    const started: string[] = []
    for (const now of [10, 20, 30].map((minutes) => minutes * minute)) {
      const claim = (store: PostgresStore, owner: string) =>
        store.claim({
          now,
          limits,
          windowStart: now - minute,
          lease: { owner, until: now + minute },
          decide: decide({ type: 'claimed' }, now),
        })
      // Of 20 a minute: as many as may run, as many again when those have ended, and the rest.
      for (const expected of [7, 7, 6, 0]) {
        const asked = stores.slice(0, 4).flatMap((store, index) => Array(5).fill([store, `gateway ${index}`]))
        const claims = await Promise.all(asked.map(([store, owner]) => claim(store, owner)))
        const jobs = claims.flatMap((one) =>
          one.kind === 'claimed' ? one.transitions.map(({ job }) => job) : [],
        )
        expect(jobs).toHaveLength(expected)
        started.push(...ids(jobs))
        const refused = decide(
          { type: 'refused', error: { code: 'TASK_FAILED', message: 'It failed.' } },
          now,
        )
        await Promise.all(jobs.map(({ id }) => first().change(id, refused)))
      }
      if (started.length < 60)
        expect(await claim(first(), 'gateway 0')).toEqual({ kind: 'wait', until: now + minute })
    }
    expect(started.sort()).toEqual(names)
  })

  it('lose none of the changes that all decide on for one job at the same time', async () => {
    const job = await record(first())
    const labels = Array.from({ length: 40 }, (_, index) => `change ${index}`)
    await Promise.all(
      labels.map((message, index) =>
        stores[index % stores.length]?.change(job.id, (before) => {
          const version = before.version + 1
          return { job: { ...before, version }, entry: { version, at: 2_000, state: before.state, message } }
        }),
      ),
    )
    const [timeline = []] = await first().timelines([job.id])
    expect(timeline.map(({ version }) => version)).toEqual(
      Array.from({ length: 41 }, (_, index) => index + 1),
    )
    expect(timeline.map(({ message }) => message).sort()).toEqual(['Recorded.', ...labels].sort())
    expect(await first().job(job.id)).toMatchObject({ version: 41 })
  })

  it('record one job for a key, whoever comes first', async () => {
    const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
    const jobs = stores.map((_, index) => sampleJob({ id: `job_${index}`, idempotencyKey: 'k' }))
    const holders = await Promise.all(
      stores.map((store, index) => store.insert(jobs[index] ?? sampleJob(), entry)),
    )
    const [recorded, ...others] = await first().page(page)
    expect(others).toEqual([])
    expect(holders.filter((holder) => holder === null)).toHaveLength(1)
    for (const holder of holders) if (holder !== null) expect(holder).toEqual(recorded)
  })

  it('record a job for a key whose holder was removed in between', async () => {
    await record(first(), { id: 'job_holder', idempotencyKey: 'k' })
    // What another gateway would do after the insert that met the key.
    await first().pool.query(`
      CREATE FUNCTION remove_holder() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM jobs WHERE id = 'job_holder'; RETURN NULL; END $$;
      CREATE TRIGGER remove_holder AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION remove_holder();`)
    const job = sampleJob({ id: 'job_added', idempotencyKey: 'k' })
    expect(await first().insert(job, { version: 1, at: 1, state: 'QUEUED', message: '' })).toBeNull()
    expect(await first().job('job_added')).toEqual(job)
  })

  it('keep a prompt with U+0000, which no text of the server can hold, and find it', async () => {
    const input = { ...sampleInput, prompt: 'an ow\0l, \ud800 and \\u0000' }
    const job = await record(first(), { input, error: { code: 'TASK_FAILED', message: 'wh\0y' } })
    expect(await first().job(job.id)).toEqual({ ...job, prompt: 'an owl, \ufffd and \\u0000' })
    for (const prompt of ['OWL', 'o\0wl'])
      expect(ids(await first().page({ ...page, filter: { prompt } }))).toEqual([job.id])
  })

  it('order texts by their bytes on a server that sorts as a language does', async () => {
    const { rows } = await first().pool.query("SELECT 'a' < 'B' AS as_a_language")
    expect(rows).toEqual([{ as_a_language: true }])
    for (const id of ['a', 'B', '_', 'Z']) await record(first(), { id })
    expect(ids(await first().page(page))).toEqual(['B', 'Z', '_', 'a'])
    const after = { value: 1_000, id: 'Z' }
    expect(ids(await first().page({ ...page, after }))).toEqual(['_', 'a'])
  })
})
