import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Claim, Lease } from '../../src/jobs/work.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'
import { withPostgres } from '../support/servers/postgres.ts'
import { decide, ids, openPostgresStore, type PostgresStore, record } from '../support/stores.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const unreachable = expect.objectContaining({ code: 'HISTORY_UNAVAILABLE', fault: 'unreachable' })

describe('a claim whose COMMIT is not answered', () => {
  let database: Database
  let proxy: TcpProxy
  /** Its way to the server is the one that breaks. */
  let store: PostgresStore
  let other: PostgresStore
  beforeEach(async () => {
    database = await createDatabase()
    proxy = await startTcpProxy(database.url)
    store = await openPostgresStore({ url: proxy.url })
    other = await openPostgresStore({ url: database.url })
    for (const [createdAt, id] of ['a', 'b', 'c'].entries()) await record(store, { id, createdAt, runAt: 0 })
  })
  afterEach(async () => {
    await Promise.all([store.close(), other.close()])
    await proxy.close()
    await database.drop()
  })

  const claim = (
    on: PostgresStore,
    now: number,
    { lease = { owner: 'me', until: now + 15_000 }, atMost = 1 }: { lease?: Lease; atMost?: number } = {},
  ) =>
    on.claim({
      now,
      limits: { concurrency: 10, videosPerMinute: 10 },
      windowStart: now - 60_000,
      lease,
      atMost,
      decide: decide({ type: 'claimed' }, now),
    })
  const claimed = (one: Claim) =>
    one.kind === 'claimed' ? [one.transitions[0].job.id, one.transitions[0].entry.at] : one.until
  /** What another gateway may take over. */
  const take = async (now: number) => {
    const lease = { owner: 'another', until: 99_000 }
    return (await other.take({ kind: 'poll', now, limit: 9, lease })).jobs.map(({ id }) => id)
  }
  const states = async () =>
    (await other.jobs(['a', 'b', 'c'])).map((job) => `${job?.id} ${job?.state} ${job?.version}`)

  /** A claim whose COMMIT gets so far, by a gateway that then reaches nobody for a while. */
  async function loseClaim(when: 'before' | 'sent' | 'answered', atMost = 1): Promise<void> {
    const broken = proxy.breakAt('COMMIT', when).then(proxy.refuse)
    await expect(claim(store, 5_000, { atMost })).rejects.toEqual(unreachable)
    await broken
    proxy.accept()
  }

  it('is answered by this very call, if the server says that it holds', async () => {
    const broken = proxy.breakAt('COMMIT', 'answered')
    expect(claimed(await claim(store, 5_000))).toEqual(['a', 5_000])
    await broken
    expect(claimed(await claim(store, 6_000))).toEqual(['b', 6_000])
    expect(await states()).toEqual(['a SUBMITTING 2', 'b SUBMITTING 2', 'c QUEUED 1'])
  })

  it('fails, if the server says that it does not hold', async () => {
    const broken = proxy.breakAt('COMMIT', 'before')
    await expect(claim(store, 5_000)).rejects.toEqual(unreachable)
    await broken
    expect(claimed(await claim(store, 6_000))).toEqual(['a', 6_000])
  })

  it('is answered by the next call, if it holds', async () => {
    await loseClaim('answered')
    expect(await states()).toEqual(['a SUBMITTING 2', 'b QUEUED 1', 'c QUEUED 1'])
    expect(claimed(await claim(store, 6_000))).toEqual(['a', 5_000])
    expect(claimed(await claim(store, 7_000))).toEqual(['b', 7_000])
    expect(await states()).toEqual(['a SUBMITTING 2', 'b SUBMITTING 2', 'c QUEUED 1'])
  })

  it('is not answered, if it does not hold', async () => {
    await loseClaim('before')
    expect(await states()).toEqual(['a QUEUED 1', 'b QUEUED 1', 'c QUEUED 1'])
    expect(claimed(await claim(store, 6_000))).toEqual(['a', 6_000])
    expect(claimed(await claim(store, 7_000))).toEqual(['b', 7_000])
  })

  it('is answered once, to one of those that call at the same time', async () => {
    await loseClaim('answered')
    const claims = await Promise.all([6_000, 6_001, 6_002, 6_003].map((now) => claim(store, now)))
    const jobs = claims.flatMap((one) =>
      one.kind === 'claimed' ? one.transitions.map(({ job }) => job) : [],
    )
    expect(ids(jobs).sort()).toEqual(['a', 'b', 'c'])
  })

  it('is answered by the next call that can ask, if there are some that cannot', async () => {
    await loseClaim('answered')
    proxy.refuse()
    for (const now of [6_000, 7_000]) await expect(claim(store, now)).rejects.toEqual(unreachable)
    proxy.accept()
    expect(claimed(await claim(store, 8_000))).toEqual(['a', 5_000])
  })

  it('is waited for while the server is still at it', async () => {
    const gate = 7
    await other.pool.query(`
      CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${gate}); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER take_long AFTER UPDATE ON jobs DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION take_long();`)
    await withPostgres(database.url, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', [gate])
      await loseClaim('sent')
      expect(await states()).toEqual(['a QUEUED 1', 'b QUEUED 1', 'c QUEUED 1'])
      const next = claim(store, 6_000)
      // The COMMIT waits for the gate, and the next claim for the COMMIT.
      await eventually(async () => {
        const { rows } = await client.query(
          `SELECT count(*)::int AS waiting FROM pg_locks
           WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
        expect(rows).toEqual([{ waiting: 2 }])
      })
      await client.query('SELECT pg_advisory_unlock($1)', [gate])
      expect(claimed(await next)).toEqual(['a', 5_000])
    })
  })

  it('is answered with a lease that lasts as long as any', async () => {
    await loseClaim('answered')
    await claim(store, 30_000)
    expect(await take(44_999)).toEqual([])
    expect(await take(45_000)).toEqual(['a'])
  })

  const all = (one: Claim) =>
    one.kind === 'claimed' ? one.transitions.map(({ job, entry }) => `${job.id} ${entry.at}`) : one.until

  it('of several jobs is answered by this very call, with all of them', async () => {
    const broken = proxy.breakAt('COMMIT', 'answered')
    expect(all(await claim(store, 5_000, { atMost: 3 }))).toEqual(['a 5000', 'b 5000', 'c 5000'])
    await broken
    expect(all(await claim(store, 6_000, { atMost: 3 }))).toBeNull()
  })

  it('of several jobs is answered by the next calls, as many at once as they ask for', async () => {
    await loseClaim('answered', 3)
    expect(all(await claim(store, 6_000, { atMost: 2 }))).toEqual(['a 5000', 'b 5000'])
    expect(await take(20_999)).toEqual(['c'])
    expect(all(await claim(store, 21_000, { atMost: 2 }))).toBeNull()
  })

  it('of several jobs is answered without those that somebody else has taken over', async () => {
    await loseClaim('answered', 2)
    await other.pool.query(`UPDATE due SET at = 0 WHERE id = 'a'`)
    expect(await take(6_000)).toEqual(['a'])
    expect(all(await claim(store, 6_000, { atMost: 3 }))).toEqual(['b 5000'])
    expect(all(await claim(store, 7_000, { atMost: 3 }))).toEqual(['c 7000'])
  })

  it('of several jobs is none of them, if it does not hold', async () => {
    await loseClaim('before', 2)
    expect(all(await claim(store, 6_000, { atMost: 3 }))).toEqual(['a 6000', 'b 6000', 'c 6000'])
  })

  it('of several jobs is kept as a whole while nobody can be asked', async () => {
    await loseClaim('answered', 3)
    proxy.refuse()
    await expect(claim(store, 6_000, { atMost: 2 })).rejects.toEqual(unreachable)
    proxy.accept()
    expect(all(await claim(store, 7_000, { atMost: 3 }))).toEqual(['a 5000', 'b 5000', 'c 5000'])
  })

  it('belongs to somebody else who has taken it over', async () => {
    await loseClaim('answered')
    expect(await take(20_000)).toEqual(['a'])
    expect(claimed(await claim(store, 20_001))).toEqual(['b', 20_001])
  })

  it('of somebody else is nothing that may be claimed again', async () => {
    await loseClaim('answered')
    expect(claimed(await claim(other, 6_000, { lease: { owner: 'another', until: 9_000 } }))).toEqual([
      'b',
      6_000,
    ])
  })
})
