import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'
import { sampleJob } from '../support/job.ts'
import { startPostgres, withPostgres } from '../support/servers/postgres.ts'
import type { Server } from '../support/servers/server.ts'
import { decide, openPostgresStore, type PostgresStore, record } from '../support/stores.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { openUnreachable } from '../support/unreachable.ts'

const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
const page = { order: 'CREATED_AT', descending: false, filter: {}, fromEnd: false, limit: 10 } as const

/** What an error says, with the causes of it: as much as a log may show. */
function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${error.stack}\n${wordsOf(error.cause)}` : ''
}

describe('a history on a PostgreSQL', () => {
  let server: Server
  let database: Database
  /** Starts that fail, each with its error. They take their time, which goes by beside the other tests. */
  let attempts: Promise<{ url: string; error: Error | null }[]>
  beforeAll(async () => {
    server = await startPostgres()
    database = await createDatabase(server.url)
    const wrong = new URL(database.url)
    wrong.password = 'secret'
    const missing = new URL(database.url)
    missing.pathname = '/missing'
    const open = (url: string) =>
      openPostgresStore({ url }).then(
        () => ({ url, error: null }),
        (error: Error) => ({ url, error }),
      )
    // The server that the other tests end has to answer before.
    const answered = [await open(wrong.href), await open(missing.href)]
    const { urls, close } = await openUnreachable('postgres')
    attempts = Promise.all(urls.map(open)).then((failed) => [...failed, ...answered])
    return async () => {
      await attempts
      close()
      await server.stop()
    }
  })

  const known = sampleJob({ state: 'CREATED', predictionId: 'p1' })
  const writes: Record<string, (store: PostgresStore) => unknown> = {
    insert: (store) => store.insert(sampleJob({ id: 'job_added' }), entry),
    change: (store) => store.change(known.id, decide({ type: 'canceled' })),
    advance: (store) => store.advance(known.id, decide({ type: 'canceled' })),
    claim: (store) =>
      store.claim({
        now: 5_000,
        windowStart: 0,
        limits: { videosPerMinute: 9, concurrency: 9 },
        lease: { owner: 'me', until: 9_000 },
        decide: decide({ type: 'claimed' }),
      }),
    take: (store) => store.take({ kind: 'poll', now: 5_000, limit: 1, lease: { owner: 'me', until: 9_000 } }),
    finish: (store) => store.finish('poll', 'me', [{ id: known.id, at: 9_000 }]),
    renew: (store) => store.renew('poll', [known.id], { owner: 'me', until: 9_000 }),
    markSent: (store) => store.markSent(known.id, 1, 5_000),
    settle: (store) => store.settle(known.id, 5_000),
    put: (store) => store.put('copy', known.id, 5_000),
    repair: (store) => store.repair('poll', 5_000),
    bringForward: (store) => store.bringForward('poll', 5_000, 9_000),
    prune: (store) => store.prune(5_000, 5_000),
    spread: (store) => store.spread('poll', 5_000),
    remove: (store) => store.remove(known.id, () => true, 9_000),
    checkWritable: (store) => store.checkWritable(),
  }
  const reads: Record<string, (store: PostgresStore) => unknown> = {
    job: (store) => store.job(known.id),
    jobs: (store) => store.jobs([known.id]),
    page: (store) => store.page(page),
    timelines: (store) => store.timelines([known.id]),
    queuePositions: (store) => store.queuePositions([known.id], { windowStart: 0 }),
    retries: (store) => store.retries([known.id]),
    jobOfPrediction: (store) => store.jobOfPrediction('p1'),
    submission: (store) => store.submission(known.id),
    firstDue: (store) => store.firstDue('poll'),
    newestTime: (store) => store.newestTime(),
    ping: (store) => store.ping(),
  }

  /** What each asked method fails with; null for one that does not. */
  async function faults(store: PostgresStore, asked: typeof writes): Promise<Record<string, unknown>> {
    const answers = Object.entries(asked).map(async ([name, ask]) => {
      try {
        await ask(store)
        return [name, null]
      } catch (error) {
        expect(wordsOf(error)).not.toContain(new URL(server.url).password)
        return [name, (error as { fault?: unknown }).fault ?? error]
      }
    })
    return Object.fromEntries(await Promise.all(answers))
  }
  const each = (asked: typeof writes, fault: unknown) =>
    Object.fromEntries(Object.keys(asked).map((name) => [name, fault]))

  it('that is down says so in every method, changes nothing, and works on when it is there again', async () => {
    const store = await openPostgresStore({ url: database.url })
    await record(store, known)
    await record(store, { id: 'job_waiting' })
    await server.kill()
    for (let time = 0; time < 2; time += 1) {
      expect(await faults(store, writes)).toEqual(each(writes, 'unreachable'))
      expect(await faults(store, reads)).toEqual(each(reads, 'unreachable'))
    }
    await server.start()
    expect(await faults(store, reads)).toEqual(each(reads, null))
    expect(await store.page(page)).toEqual([known, sampleJob({ id: 'job_waiting' })])
    expect(await faults(store, writes)).toEqual(each(writes, null))
    await store.close()
  })

  it('that goes down in the midst of many calls fails those, and no other afterwards', async () => {
    const store = await openPostgresStore({ url: database.url })
    const { id } = await record(store, { id: 'job_many' })
    const lock = await store.pool.connect()
    await lock.query('BEGIN; LOCK TABLE jobs') // What reads it is under way until the server goes down.
    const calls = Array.from({ length: 200 }, () => faults(store, { job: () => store.job(id) }))
    await eventually(async () => {
      const { rows } = await lock.query('SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted')
      expect(rows[0].waiting).toBeGreaterThan(1)
    })
    await server.kill()
    expect(await Promise.all(calls)).toEqual(calls.map(() => ({ job: 'unreachable' })))
    lock.release(true)
    await server.start()
    expect(await store.job(id)).toMatchObject({ id })
    await store.close()
  })

  it('that allows no writing says so in what writes, and goes on reading', async () => {
    const readOnly = await createDatabase(server.url)
    const store = await openPostgresStore({ url: readOnly.url })
    await record(store, known)
    await record(store, { id: 'job_waiting' })
    const name = new URL(readOnly.url).pathname.slice(1)
    /** It holds for new connections. */
    async function allow(writing: boolean): Promise<void> {
      await withPostgres(server.url, async (client) => {
        const value = writing ? 'off' : 'on'
        await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          name,
        ])
      })
      await eventually(() => expect(store.pool.totalCount + store.tenantPool.totalCount).toBe(0))
    }
    await allow(false)
    expect(await faults(store, writes)).toEqual(each(writes, 'read-only'))
    expect(await faults(store, reads)).toEqual(each(reads, null))
    expect(await store.page(page)).toEqual([known, sampleJob({ id: 'job_waiting' })])
    const another = await openPostgresStore({ url: readOnly.url })
    expect(await another.job(known.id)).toEqual(known)
    await another.close()
    await allow(true)
    expect(await faults(store, writes)).toEqual(each(writes, null))
    await store.close()
  })

  it('that cannot be reached at the start says which it is, without its password', async () => {
    for (const { url, error } of await attempts) {
      expect(error?.message).toContain(`postgres://${new URL(url).host}/`)
      for (const password of ['secret', new URL(database.url).password])
        expect(wordsOf(error)).not.toContain(password)
    }
    expect(await attempts).toHaveLength(5)
  })

  it('whose connection breaks while tables are made says so, and lets another start go on', async () => {
    const fresh = await createDatabase(server.url)
    const proxy = await startTcpProxy(fresh.url)
    for (const [text, when] of [
      ['pg_advisory_lock', 'answered'],
      ['CREATE TABLE "jobs"', 'answered'],
      ['commit', 'before'],
    ] as const) {
      const broken = proxy.breakAt(text, when)
      await expect(openPostgresStore({ url: proxy.url })).rejects.toMatchObject({ fault: 'unreachable' })
      await broken
    }
    const store = await openPostgresStore({ url: proxy.url })
    await record(store, known)
    expect(await store.job(known.id)).toEqual(known)
    await store.close()
    await proxy.close()
  })
})
