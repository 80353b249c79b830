import { beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest } from '../../src/jobs/work.ts'
import { holdOf } from '../support/holds.ts'
import { sampleReport } from '../support/job.ts'
import { createDraws } from '../support/seed.ts'
import { decide, type JobStore, stores, useStore } from '../support/stores.ts'
import { recordOf, runSql, setWeight, tenantOf } from '../support/tenants.ts'

const lease = { owner: 'me', until: 100_000 }
const window = 60_000

describe.each(stores)('whose job is claimed, on $name,', ({ open }) => {
  const opened = useStore(open)
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  /** Jobs of each of some tenants, made in the order in which they are told. */
  async function record(waiting: Readonly<Record<string, number>>): Promise<void> {
    let place = 0
    for (const [name, count] of Object.entries(waiting))
      for (let index = 0; index < count; index += 1) {
        place += 1
        await recordOf(store, name, place)
      }
  }
  async function claim(change: Partial<ClaimRequest> = {}): Promise<string | null> {
    const { now = 5_000 } = change
    const limits = { concurrency: 1_000, videosPerMinute: 1_000 }
    const decision = decide({ type: 'claimed' }, now)
    const one = { now, limits, windowStart: now - window, lease, decide: decision, ...change }
    const claimed = await store.claim(one)
    return claimed.kind === 'claimed' ? claimed.transitions[0].job.id : null
  }
  async function claims(count: number, change: Partial<ClaimRequest> = {}): Promise<(string | null)[]> {
    const ids: (string | null)[] = []
    while (ids.length < count) ids.push(await claim(change))
    return ids
  }
  const ofTenant = (name: string, ids: readonly (string | null)[]) =>
    ids.filter((id) => id?.startsWith(name)).length
  /** The vendor has refused what was claimed: the job waits again, at once. */
  const refuse = async (id: string, now: number) => {
    const event = { type: 'deferred', message: 'later', until: now } as const
    await store.withdraw(
      id,
      { attempt: (await store.work.job(id))?.version ?? 0, mayBeSent: true },
      decide(event, now),
    )
  }

  it('is one of each tenant by turns, however many jobs wait and however old they are', async () => {
    await record({ a: 5, b: 2, c: 1 })
    expect(await claims(9)).toEqual(['a1', 'b6', 'c8', 'a2', 'b7', 'a3', 'a4', 'a5', null])
  })

  it('is the oldest of a tenant', async () => {
    for (const place of [3, 1, 2]) await recordOf(store, 'a', place)
    await recordOf(store, 'a', 9, { id: 'a0', createdAt: 1 })
    expect(await claims(4)).toEqual(['a0', 'a1', 'a2', 'a3'])
  })

  it('is that of who has less under way', async () => {
    await record({ a: 6 })
    await claims(3)
    await recordOf(store, 'b', 10)
    await recordOf(store, 'b', 11)
    for (const place of [12, 13]) await recordOf(store, 'b', place)
    // B catches up, and from then on they take turns.
    expect(await claims(7)).toEqual(['b10', 'b11', 'b12', 'a4', 'b13', 'a5', 'a6'])
  })

  it('is by what runs and what was sent in the minute, each once', async () => {
    await record({ a: 3, b: 4 })
    await claims(2)
    // The one of a has ended, and counts for the rest of its minute.
    await store.settle('a1', 6_000)
    expect(await claims(2, { now: 6_000 })).toEqual(['a2', 'b5'])
    await store.settle('b4', 6_500)
    // A minute later, a has one of two and b one of two, which have not ended.
    expect(await claims(3, { now: 66_500 })).toEqual(['a3', 'b6', 'b7'])
  })

  it('is that of who was idle no more often than the others have more', async () => {
    await record({ a: 9 })
    for (const id of await claims(3)) await store.settle(id ?? '', 5_500)
    // An hour later nothing of that counts, for either.
    for (const place of [20, 21, 22]) await recordOf(store, 'b', place)
    const now = 3_600_000
    expect(ofTenant('b', await claims(4, { now }))).toBe(2)
  })

  it('is that of who was served longest ago, of those that have as much', async () => {
    await record({ a: 2, b: 2, c: 2 })
    for (const id of await claims(3)) await store.settle(id ?? '', 5_500)
    expect(await claims(3, { now: 90_000 })).toEqual(['a2', 'b4', 'c6'])
  })

  it('is another one’s after a refusal, which leaves nothing that counts', async () => {
    await record({ a: 3, b: 1 })
    const first = await claim()
    await refuse(first ?? '', 5_000)
    expect(first).toBe('a1')
    expect(await claim()).toBe('b4')
  })

  it('is by the weights of the tenants, 1 where nothing is said', async () => {
    await setWeight(store, 'b', 3)
    await setWeight(store, 'c', 0.5)
    await record({ a: 30, b: 30, c: 30 })
    const ids = await claims(27)
    expect(['a', 'b', 'c'].map((name) => ofTenant(name, ids))).toEqual([6, 18, 3])
  })

  it('is none of a tenant whose jobs may not start, and the oldest of another’s that may', async () => {
    await recordOf(store, 'a', 1, { runAt: 9_000 })
    await recordOf(store, 'b', 2, { model: 'on hold' })
    await recordOf(store, 'c', 3, { model: 'on hold' })
    await recordOf(store, 'c', 4)
    await recordOf(store, 'c', 5)
    await store.hold('z', () => holdOf('model', { place: 'on hold', until: 6_000 }))
    expect(await claims(3)).toEqual(['c4', 'c5', null])
    await store.retryHolds(5_000)
    expect(await claim()).toBe('b2')
    await store.endTry('b2', ['on hold'])
    expect(await claims(2)).toEqual(['c3', null])
    expect(await claims(2, { now: 9_000 })).toEqual(['a1', null])
  })

  it('goes by turns, whatever they have, while it is found out what the vendor accepts', async () => {
    await record({ a: 3 })
    await claims(2)
    for (const place of [10, 11, 12]) await recordOf(store, 'b', place)
    await recordOf(store, 'b', 13, { runAt: 0 })
    await store.hold('z', () => holdOf('account', { until: 6_000 }))
    const ids: (string | null)[] = []
    for (let now = 6_000; now < 6_004; now += 1) {
      const id = await claim({ now })
      ids.push(id)
      await store.endTry(id ?? '', [])
      await refuse(id ?? '', now)
    }
    // By shares it would be b alone. Of b, what was tried goes behind what was not.
    expect(ids).toEqual(['b10', 'a3', 'b11', 'a3'])
  })

  it('holds nobody up for a thousand jobs of one, on an account of five', async () => {
    await record({ many: 40, ten: 10, one: 1 })
    const limits = { concurrency: 5, videosPerMinute: 1_000 }
    const running: string[] = []
    const order: string[] = []
    for (let now = 100_000; ; now += window + 1) {
      for (let id = await claim({ now, limits }); id !== null; id = await claim({ now, limits })) {
        running.push(id)
        order.push(id)
      }
      const ended = running.shift()
      if (ended === undefined) break
      await store.settle(ended, now)
    }
    expect(order).toHaveLength(51)
    expect(order.findIndex((id) => id.startsWith('one'))).toBe(2)
    expect(order.findLastIndex((id) => id.startsWith('ten'))).toBeLessThanOrEqual(20)
  })

  it('tells since when the oldest job of all waits', async () => {
    await recordOf(store, 'a', 2, { runAt: 7_000 })
    await recordOf(store, 'b', 1, { runAt: 8_000 })
    await recordOf(store, 'b', 3, { runAt: 6_000 })
    expect(await store.waitingSince()).toBe(8_000)
  })

  it.each([0, -1, "'NaN'", "'Infinity'", 1_000_001])('is by no weight of %s', async (weight) => {
    await expect(setWeight(store, 'a', weight)).rejects.toThrow()
    await setWeight(store, 'a', 1_000_000)
  })

  describe('a position', () => {
    const positions = async (name: string, ids: readonly string[], now = 5_000) =>
      store.for(tenantOf(name)).queuePositions(ids, { windowStart: now - window })

    it('is known of one’s own jobs alone', async () => {
      await record({ a: 2, b: 2 })
      expect(await positions('a', ['a2', 'b3', 'a1'])).toEqual([3, null, 1])
      expect(await positions('b', ['a1', 'b4'])).toEqual([null, 4])
      expect(await positions('c', ['a1', 'b4'])).toEqual([null, null])
    })

    it('counts what is open and what is in the minute that it was asked for', async () => {
      await record({ a: 3, b: 3 })
      for (const id of await claims(3)) if (id?.startsWith('a')) await store.settle(id, 5_500)
      expect(await positions('b', ['b5', 'b6'])).toEqual([1, 3])
      expect(await positions('b', ['b5', 'b6'], 90_000)).toEqual([2, 3])
    })

    it('is by the weights', async () => {
      await setWeight(store, 'b', 2)
      await record({ a: 3, b: 6 })
      await claim()
      expect(await positions('a', ['a2', 'a3'])).toEqual([3, 6])
      expect(await positions('b', ['b4', 'b5', 'b9'])).toEqual([1, 2, 8])
    })

    it.each([1, 2, 3, 4])('is how many claims it takes, %i', async (round) => {
      const random = createDraws().fork(`positions ${round}`)
      const names = ['a', 'b', 'c', 'd', 'e']
      await runSql(store, `INSERT INTO turns (tenant, served_at) VALUES ('d', 4), ('b', 3)`)
      for (const name of names)
        if (random.chance(0.5)) await setWeight(store, name, random.one([0.3, 2, 3, 1]))
      const waiting: Record<string, string[]> = {}
      let place = 0
      async function more(count: number): Promise<void> {
        for (let left = count; left > 0; left -= 1) {
          place += 1
          const name = random.one(['a', 'a', 'a', 'b', 'b', 'c', 'd', 'e'])
          const { id } = await recordOf(store, name, place)
          waiting[name] = [...(waiting[name] ?? []), id]
        }
      }
      await more(15)
      const started = await claims(6)
      for (const id of started) if (random.chance(0.3)) await store.settle(id ?? '', 5_000)
      const report = sampleReport({ id: 'p1' })
      await store.advance(
        started[0] ?? '',
        decide({ type: 'accepted', report, adopted: false, deadlineAt: 9 }, 5_001),
      )
      await more(15)
      const told: [number, string][] = []
      for (const [name, ids] of Object.entries(waiting)) {
        const left = ids.filter((id) => !started.includes(id))
        for (const [index, position] of (await positions(name, left, 5_002)).entries())
          told.push([position ?? 0, left[index] ?? ''])
      }
      const order = told.sort(([one], [other]) => one - other).map(([, id]) => id)
      expect(told.map(([position]) => position)).toEqual(order.map((_, index) => index + 1))
      // All in one millisecond.
      expect(await claims(order.length + 1, { now: 5_002 })).toEqual([...order, null])
    })
  })
})
