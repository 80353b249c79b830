import { describe, expect, it, onTestFinished } from 'vitest'
import type { Backends } from '../../src/app/backends.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { systemClock } from '../../src/jobs/clock.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { createTestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { sampleInput } from '../support/job.ts'
import { steady } from '../support/steady.ts'
import type { JobStore } from '../support/stores.ts'
import { decide, openSqliteStore, record, type SqliteStore, withMethods } from '../support/stores.ts'

/** A gateway on a store in memory, of which some methods are replaced. */
async function start(
  change: (store: SqliteStore) => Partial<JobStore>,
  before?: (store: SqliteStore) => Promise<void>,
) {
  const store = openSqliteStore({ file: ':memory:' })
  await before?.(store)
  const backends: Backends = {
    shared: false,
    clock: steady(systemClock),
    history: withMethods(store, change(store)),
    access: store.access,
    uploads: store.uploads,
    events: createMemoryEvents(),
  }
  const app = await createTestApp({ overrides: { backends }, sandbox: { taskSeconds: 0.1 } })
  onTestFinished(async () => {
    await app.close()
    store.close()
  })
  return { app, store }
}

describe('a job whose claim was left behind by a process that died', () => {
  const claimed = async (store: SqliteStore) => {
    await record(store, { id: 'job_01kdvdnbrje4a9tebbhyg3f43w', input: { ...sampleInput, seed: 7 } })
    await store.claim({
      now: Date.now(),
      limits: { videosPerMinute: 9, concurrency: 9 },
      windowStart: 0,
      lease: { owner: 'dead', until: Date.now() + 600_000 },
      decide: decide({ type: 'claimed' }, Date.now()),
    })
  }
  const id = 'job_01kdvdnbrje4a9tebbhyg3f43w'

  it('is sent at once, if nothing had left', async () => {
    const { app } = await start(() => ({}), claimed)
    await eventually(async () => expect(await app.state(id)).toBe('COMPLETED'))
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    const { timeline } = await app.job(id)
    expect(timeline.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('it had not been sent yet'),
    )
  })

  it('is never sent again, if it may have', async () => {
    const { app } = await start(
      () => ({}),
      async (store) => {
        await claimed(store)
        await store.markSent(id, 2, Date.now())
      },
    )
    await eventually(async () =>
      expect(app.sandbox.ledger.requests({ operation: 'list' }).length).toBeGreaterThan(0),
    )
    expect(await app.state(id)).toBe('SUBMITTING')
    expect(app.sandbox.ledger.submits()).toEqual([])
  })
})

describe('a POST whose leaving cannot be noted', () => {
  it.each<[string, () => Promise<boolean>]>([
    [
      'since the disk is full',
      async () => {
        throw new HistoryUnavailableError('full')
      },
    ],
    ['since another gateway has taken it back', async () => false],
  ])('does not leave, %s, and the job goes back to the queue', async (_name, markSent) => {
    let fails = true
    const { app } = await start((store) => ({
      markSent: (...sent) => (fails ? markSent() : store.markSent(...sent)),
    }))
    const id = await app.create()
    await eventually(async () => {
      const { state, version } = await app.job(id)
      expect([state, version >= 3]).toEqual(['QUEUED', true])
    })
    expect(app.sandbox.ledger.submits()).toEqual([])
    fails = false
  })
})
