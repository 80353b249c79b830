import { beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest, Limits } from '../../src/jobs/work.ts'
import { holdOf } from '../support/holds.ts'
import { createDraws } from '../support/seed.ts'
import { decide, type JobStore, stores, useStore } from '../support/stores.ts'
import { recordOf, runSql, setWeight } from '../support/tenants.ts'

const names = ['a', 'b', 'c', 'd']

describe.each(stores)('jobs that are claimed at once, on $name,', ({ open }) => {
  const opened = useStore(open)
  const other = useStore(open)
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  async function record(waiting: Readonly<Record<string, number>>, on = store): Promise<void> {
    let place = 0
    for (const [name, count] of Object.entries(waiting))
      for (let index = 0; index < count; index += 1) {
        place += 1
        await recordOf(on, name, place)
      }
  }
  /** The ids of those that start, or until when none may. */
  async function claim(
    atMost: number | undefined,
    change: Partial<Limits> & Partial<Pick<ClaimRequest, 'now' | 'decide'>> = {},
    on = store,
  ): Promise<readonly string[] | number | null> {
    const { now = 5_000, decide: judge = decide({ type: 'claimed' }, now), ...limits } = change
    const claimed = await on.claim({
      now,
      limits: { concurrency: 100, videosPerMinute: 100, ...limits },
      windowStart: now - 60_000,
      lease: { owner: 'me', until: now + 15_000 },
      ...(atMost !== undefined && { atMost }),
      decide: judge,
    })
    return claimed.kind === 'wait' ? claimed.until : claimed.transitions.map(({ job }) => job.id)
  }

  it('are as many as were asked for, one where nothing is said, and no more than wait', async () => {
    await record({ a: 5 })
    expect(await claim(undefined)).toEqual(['a1'])
    expect(await claim(3)).toEqual(['a2', 'a3', 'a4'])
    expect(await claim(3)).toEqual(['a5'])
    expect(await claim(3)).toBeNull()
  })

  it('are SUBMITTING, each with a lease of its own', async () => {
    await record({ a: 1, b: 1 })
    await claim(2)
    const take = async (now: number) =>
      (await store.take({ kind: 'poll', now, limit: 9, lease: { owner: 'another', until: 99_000 } })).jobs
    expect(await take(19_999)).toEqual([])
    expect((await take(20_000)).map(({ id, state }) => `${id} ${state}`).sort()).toEqual([
      'a1 SUBMITTING',
      'b2 SUBMITTING',
    ])
  })

  it('are no more than the account may have at once', async () => {
    await record({ a: 5 })
    expect(await claim(9, { concurrency: 3 })).toEqual(['a1', 'a2', 'a3'])
    expect(await claim(9, { concurrency: 3 })).toBeNull()
    expect(await claim(9, { concurrency: 4 })).toEqual(['a4'])
  })

  it('are no more than the account may send in a minute', async () => {
    await record({ a: 5 })
    expect(await claim(9, { videosPerMinute: 3 })).toEqual(['a1', 'a2', 'a3'])
    expect(await claim(9, { videosPerMinute: 3, now: 6_000 })).toBe(65_000)
    expect(await claim(9, { videosPerMinute: 3, now: 65_000 })).toEqual(['a4', 'a5'])
  })

  it('are of each tenant no more than it may have there', async () => {
    await record({ a: 3, b: 3 })
    expect(await claim(9, { perTenant: 2 })).toEqual(['a1', 'b4', 'a2', 'b5'])
    expect(await claim(9, { perTenant: 2 })).toBeNull()
  })

  it('are one where it is found out whether a hold is over', async () => {
    await record({ a: 2, b: 2 })
    await store.hold('z', () => holdOf('account', { until: 0 }))
    expect(await claim(9)).toEqual(['a1'])
    await store.endTry('a1', ['']) // It is.
    expect(await claim(9)).toEqual(['b3', 'a2', 'b4'])
  })

  it('are those before one that finds out whether its model is held, and that one', async () => {
    await record({ a: 2 })
    await recordOf(store, 'b', 3, { model: 'held' })
    await recordOf(store, 'c', 4)
    await store.hold('z', () => holdOf('model', { place: 'held', until: 0 }))
    expect(await claim(9)).toEqual(['a1', 'b3'])
    // Meanwhile the others go on.
    expect(await claim(9)).toEqual(['c4', 'a2'])
  })

  it('end with one that is none any more', async () => {
    await record({ a: 3 })
    const judge = decide({ type: 'claimed' }, 5_000)
    expect(await claim(9, { decide: (job) => (job.id === 'a2' ? null : judge(job)) })).toEqual(['a1'])
    expect(await claim(9)).toEqual(['a2', 'a3'])
  })

  it('are those that would have started one by one, in that order', async () => {
    const random = createDraws()
    for (let round = 0; round < 6; round += 1) {
      for (const on of [store, other.store]) {
        for (const table of ['jobs', 'submissions', 'turns', 'tenants', 'due', 'changes'])
          await runSql(on, `DELETE FROM ${table}`)
      }
      const weights = names.map((name) => ({ name, weight: random.one([1, 1, 2, 0.5]) }))
      const waiting = Object.fromEntries(names.map((name) => [name, random.whole(0, 5)]))
      const perTenant = random.one([null, 2, 4])
      for (const on of [store, other.store]) {
        for (const { name, weight } of weights) await setWeight(on, name, weight)
        await record(waiting, on)
      }
      const [all, ones]: [string[], string[]] = [[], []]
      for (;;) {
        const some = await claim(random.whole(2, 6), { perTenant, concurrency: 12 })
        if (some === null || typeof some === 'number') break
        all.push(...some)
      }
      for (;;) {
        const one = await claim(1, { perTenant, concurrency: 12 }, other.store)
        if (one === null || typeof one === 'number') break
        ones.push(...one)
      }
      expect(all).toEqual(ones)
    }
  })
})
