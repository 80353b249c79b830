import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { revokeKey } from '../../src/access/keys.ts'
import type { AccessStore } from '../../src/access/store.ts'
import { copyHistory } from '../../src/db/copy-history.ts'
import { expectationOf, kindOfModel, taken } from '../../src/jobs/estimate.ts'
import type { Job } from '../../src/jobs/job.ts'
import { transition } from '../../src/jobs/state.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { outcomeOf, spawnProgram } from '../support/gateway-process.ts'
import { sampleInput, sampleJob, sampleReport } from '../support/job.ts'
import { makeKey, tenant } from '../support/keys.ts'
import { withPostgres } from '../support/servers/postgres.ts'
import {
  openPostgresStore,
  openSqliteStore,
  type PostgresStore,
  type SqliteStore,
} from '../support/stores.ts'
import { setWeight } from '../support/tenants.ts'

describe('a history that moves from SQLite to PostgreSQL', () => {
  let folder: string
  let file: string
  let from: SqliteStore
  let database: Database
  let to: PostgresStore
  const count = 603 // more than a batch
  const idOf = (index: number) => `job_${String(index).padStart(26, '0')}`

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-copy-'))
    file = join(folder, 'jobs.db')
    from = openSqliteStore({ file })
    for (let index = 0; index < count; index += 1) {
      await record(
        sampleJob({ id: idOf(index), createdAt: index, idempotencyKey: index % 2 ? `k${index}` : null }),
      )
    }
    database = await createDatabase()
    to = await openPostgresStore({ url: database.url })
  })
  afterEach(async () => {
    from.close()
    await to.close()
    await database.drop()
    rmSync(folder, { recursive: true })
  })

  async function record(job: Job): Promise<void> {
    await from.insert(job, { version: 1, at: job.createdAt, state: job.state, message: 'Recorded.' })
  }
  const claimed = (job: Job) => transition(job, { type: 'claimed' }, 5_000)
  async function copy() {
    from.close()
    const result = await copyHistory({ file, url: database.url })
    from = openSqliteStore({ file })
    return result
  }

  it('arrives with the weights of its tenants, where the database has none yet', async () => {
    await setWeight(from, 'a', 2.5)
    await setWeight(from, 'b', 2)
    await setWeight(to, 'b', 3)
    await copy()
    await copy()
    const { rows } = await to.pool.query('SELECT id, weight FROM tenants ORDER BY id')
    expect(rows).toEqual([
      { id: 'a', weight: 2.5 },
      { id: 'b', weight: 3 },
    ])
  })

  it('arrives whole, with its timelines, and once however often it is copied', async () => {
    const job = sampleJob({
      id: 'job_whole',
      state: 'COMPLETED',
      input: { ...sampleInput, negative_prompt: 'rain', loras: [{ path: 'a/b', scale: 0.5 }] },
      outputs: [{ url: 'https://example.com/1.mp4', nsfw: false, expiresAt: 9 }],
      error: { code: 'TASK_FAILED', message: 'why' },
      seedDrawn: true,
      inferenceMs: 12.5,
      estimate: taken(expectationOf('kind', []), 5, null, 5),
    })
    await record(job)
    await from.change(idOf(7), claimed)
    expect(await copy()).toEqual({
      jobs: count + 1,
      written: count + 1,
      entries: count + 2,
      newer: 0,
    })
    expect(await to.job('job_whole')).toEqual(job)
    expect(await to.job(idOf(7))).toEqual(await from.job(idOf(7)))
    expect(await to.timelines([idOf(7), idOf(8)])).toEqual(await from.timelines([idOf(7), idOf(8)]))
    expect(await copy()).toMatchObject({ jobs: count + 1, written: 0 })
  })

  it('is brought up to date by another run, and never back', async () => {
    await copy()
    await from.change(idOf(1), claimed)
    await to.change(idOf(2), claimed)
    expect(await copy()).toMatchObject({ jobs: count, written: 1, newer: 1 })
    expect(await to.job(idOf(1))).toMatchObject({ version: 2, state: 'SUBMITTING' })
    expect(await to.job(idOf(2))).toMatchObject({ version: 2, state: 'SUBMITTING' })
  })

  it('arrives with how long jobs took', async () => {
    await record(sampleJob({ id: 'job_done', state: 'SUBMITTING', submittedAt: 5 }))
    const report = sampleReport({ phase: 'completed', status: 'completed', inferenceMs: 61_000 })
    const expected = expectationOf('kind', [])
    await from.advance('job_done', (job) =>
      transition(job, { type: 'accepted', report, adopted: false, deadlineAt: 9, expected }, 5),
    )
    const known = { ofKind: [61_000], ofModel: [61_000] }
    expect(await from.durations('kind', kindOfModel(sampleJob().model))).toEqual(known)
    await copy()
    await copy()
    expect(await to.durations('kind', kindOfModel(sampleJob().model))).toEqual(known)
  })

  it('goes on with the jobs that were running, and with the tasks of those that were deleted', async () => {
    const lease = { owner: 'gone', until: 1 }
    for (const index of [1, 2, 3]) {
      await from.claim({
        now: 5_000 + index,
        limits: { videosPerMinute: 9, concurrency: 9 },
        windowStart: 0,
        lease,
        decide: (job) => transition(job, { type: 'claimed' }, 5_000),
      })
    }
    const [first, second, third] = [idOf(0), idOf(1), idOf(2)]
    for (const id of [first, second]) await from.markSent(id, 2, 6_000)
    await from.change(second, (job) => transition(job, { type: 'canceled' }, 7_000))
    await from.remove(second, () => true, 8_000)
    await copy()
    await to.repair('poll', 9_000)
    const { jobs, orphans } = await to.take({ kind: 'poll', now: 9_000, limit: 9, lease })
    expect(jobs.map(({ id }) => id).sort()).toEqual([first, third])
    expect(orphans).toEqual([await from.submission(second)])
    expect(await to.submission(first)).toEqual(await from.submission(first))
    // What became of it meanwhile, without a change of the job.
    await from.markSent(third, 2, 6_500)
    await copy()
    expect(await to.submission(third)).toMatchObject({ sentAt: 6_500 })
  })

  it("brings the gateway's keys with it, what they sign with and what was done with them, in order", async () => {
    const made = [await makeKey(from.access), await makeKey(from.access), await makeKey(from.access)]
    const [first, second] = made.map(({ key }) => key)
    const revoke = (store: AccessStore, id = '') =>
      revokeKey({ store, clock: { now: () => 5_000 } }, id, null, { actor: 'a test', address: null })
    await revoke(from.access, first?.id)
    const signedWith = await from.access.secret('outputs', 'of the file')
    await copy()
    const both = async (ask: (store: AccessStore) => Promise<unknown>) =>
      expect(await ask(to.access)).toEqual(await ask(from.access))
    await both((store) => store.keys(null))
    const entries = (store: AccessStore) => store.audit(tenant('acme'), null, 99)
    await both(async (store) => (await entries(store)).map(({ sequence: _, ...entry }) => entry))
    expect(await entries(to.access)).toHaveLength(4)
    expect(await to.access.secret('outputs', 'another')).toBe(signedWith)

    // Once more: what was done there stays, and who was revoked here is revoked there.
    const there = await makeKey(to.access)
    await revoke(to.access, second?.id)
    const before = await entries(to.access)
    await revoke(from.access, made[2]?.key.id)
    await copy()
    const revoked = async (store: AccessStore) =>
      (await store.keys(null)).filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id)
    expect(new Set(await revoked(to.access))).toEqual(new Set(made.map(({ key }) => key.id)))
    expect(await to.access.keysOf([there.key.id])).toEqual([there.key])
    expect(await entries(to.access)).toEqual(before)
  })

  it('does not move while a gateway has the file open', async () => {
    await expect(copyHistory({ file, url: database.url })).rejects.toThrow('Another gateway has the history')
  })

  it('moves by a command, which says what it did', async () => {
    from.close()
    const args = ['--from', `file:${file}`, '--to', database.url]
    const moved = await outcomeOf(spawnProgram('scripts/db-copy.ts', {}, { args }))
    expect(moved).toEqual({
      code: 0,
      output: `${count} jobs with ${count} entries of their timelines are in the database: ${count} written now.\n`,
    })
    const refused = await outcomeOf(spawnProgram('scripts/db-copy.ts', {}, { args: args.slice(0, 2) }))
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('Usage:') })
    from = openSqliteStore({ file })
  })

  it('needs no gateway to make its tables', async () => {
    const empty = await createDatabase()
    const made = await outcomeOf(spawnProgram('scripts/db-migrate.ts', { DATABASE_URL: empty.url }))
    expect(made).toEqual({ code: 0, output: 'The tables are up to date.\n' })
    await empty.drop()
  })

  it('is opened by a gateway that may make no tables, once somebody else has made them', async () => {
    const made = await createDatabase()
    const [open, owner] = [new URL(made.url), new URL(made.url)]
    const name = owner.pathname.slice(1)
    open.username = `${name}_user`
    open.password = 'only-for-this-test'
    await withPostgres(owner.href, async (client) => {
      await client.query(`CREATE ROLE ${name}_user LOGIN PASSWORD 'only-for-this-test'`)
      await client.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
    })
    await expect(openPostgresStore({ url: open.href })).rejects.toThrow('permission denied')
    await outcomeOf(spawnProgram('scripts/db-migrate.ts', { DATABASE_URL: owner.href }))
    await withPostgres(owner.href, async (client) => {
      await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name}_user`)
    })
    // As it was enough once.
    await expect(openPostgresStore({ url: open.href })).rejects.toThrow(
      `GRANT wavespeed_gateway, wavespeed_tenant TO "${name}_user"`,
    )
    await withPostgres(owner.href, async (client) => {
      await client.query(`GRANT wavespeed_gateway, wavespeed_tenant TO ${name}_user`)
    })
    const store = await openPostgresStore({ url: open.href })
    expect(
      await store.insert(sampleJob(), { version: 1, at: 1, state: 'QUEUED', message: 'Recorded.' }),
    ).toBeNull()
    await store.close()
    await withPostgres(owner.href, async (client) => {
      await client.query(`DROP OWNED BY ${name}_user`)
      await client.query(`DROP ROLE ${name}_user`)
    })
    await made.drop()
  })
})
