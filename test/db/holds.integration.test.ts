import { describe, expect, it } from 'vitest'
import type { Hold } from '../../src/jobs/hold.ts'
import type { ClaimRequest } from '../../src/jobs/work.ts'
import { holdOf } from '../support/holds.ts'
import { decide, stores, useStore } from '../support/stores.ts'

const grown =
  (change: Partial<Hold> = {}) =>
  (before: Hold | null) =>
    holdOf('account', { refusals: (before?.refusals ?? -1) + 1, ...change })

describe.each(stores)('holds on $name', ({ open, shared }) => {
  const opened = useStore(open)
  const { insert } = opened

  /** The id of the job that starts, or until when none may. */
  async function claim(now: number, change: Partial<ClaimRequest> = {}): Promise<string | number | null> {
    const claim = await opened.store.claim({
      now,
      limits: { videosPerMinute: 9, concurrency: 9 },
      windowStart: 0,
      lease: { owner: 'me', until: 900_000 },
      decide: decide({ type: 'claimed' }, now),
      ...change,
    })
    return claim.kind === 'claimed' ? claim.transitions[0].job.id : claim.until
  }
  async function found(): Promise<readonly Hold[]> {
    let seen: readonly Hold[] = []
    await claim(0, {
      decide: () => null,
      heed: (holds) => {
        seen = holds
      },
    })
    return seen
  }

  it('keep all jobs from starting while they pause', async () => {
    for (const id of ['a', 'b']) await insert({ id, runAt: 0 })
    const hold = holdOf('account', { until: 7_000 })
    expect(await opened.store.hold('z', () => hold)).toEqual(hold)
    expect(await found()).toEqual([hold])
    expect(await claim(6_999)).toBe(7_000)
    expect(await claim(7_000)).toBe('a')
  })

  it('are tried by one claim of all, until what became of it is told, or it took too long', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await insert({ id, runAt: 0 })
    await opened.store.hold('z', grown())
    expect(await claim(5_000)).toBe('a')
    expect(await found()).toMatchObject([{ triedBy: 'a', triedUntil: 65_000 }])
    expect(await claim(5_000)).toBe(65_000)
    await opened.store.endTry('a', [])
    expect(await claim(5_000)).toBe('b')
    expect([await claim(64_999), await claim(65_000)]).toEqual([65_000, 'c'])
    // One that is over time has nothing to say any more.
    await opened.store.endTry('b', [''])
    expect(await found()).toMatchObject([{ triedBy: 'c' }])
    await opened.store.endTry('c', [''])
    expect(await found()).toEqual([])
  })

  it('grow by the refusal of whoever tried them, and of nobody else', async () => {
    await insert({ id: 'a', runAt: 0 })
    await opened.store.hold('z', grown({ until: 4_000 }))
    expect(await opened.store.hold('y', grown({ until: 3_000 }))).toMatchObject({ refusals: 0, until: 4_000 })
    expect(await opened.store.hold('y', grown({ until: 4_500 }))).toMatchObject({ refusals: 0, until: 4_500 })
    expect(await claim(5_000)).toBe('a')
    expect(await opened.store.hold('y', grown({ until: 6_000 }))).toMatchObject({ triedBy: 'a', refusals: 0 })
    expect(await opened.store.hold('a', grown({ until: 9_000 }))).toEqual(
      holdOf('account', { refusals: 1, until: 9_000 }),
    )
  })

  it('of a model leave jobs of others alone, which say when the first of them is over', async () => {
    await insert({ id: 'a', runAt: 0, model: 'm' })
    await insert({ id: 'b', runAt: 0, model: 'other' })
    await insert({ id: 'c', runAt: 8_000, model: 'm' })
    await opened.store.hold('z', () => holdOf('model', { until: 7_000 }))
    expect(await claim(5_000)).toBe('b')
    expect(await found()).toMatchObject([{ triedBy: null }])
    expect(await claim(5_000)).toBe(7_000)
    expect(await claim(7_000)).toBe('a')
    expect(await claim(8_000)).toBe(67_000)
  })

  it('that one job tried are left to others where it met one of them again', async () => {
    await insert({ id: 'a', runAt: 0, model: 'm' })
    await opened.store.hold('z', () => holdOf('model'))
    await opened.store.hold('z', () => holdOf('rate'))
    expect(await claim(5_000)).toBe('a')
    await opened.store.hold('a', () => holdOf('rate', { until: 9_000 }))
    expect((await found()).map(({ place, triedBy }) => [place, triedBy]).toSorted()).toEqual([
      ['m', null],
      ['rate', null],
    ])
  })

  it('are told to whoever asks, though nobody waits', async () => {
    expect(await found()).toEqual([])
    await opened.store.hold('z', grown())
    expect(await found()).toEqual([holdOf('account')])
  })

  it('pause no longer once a process begins, and are tried by one of all', async () => {
    for (const id of ['a', 'b']) await insert({ id, runAt: 0 })
    await opened.store.hold('z', grown({ until: 90_000 }))
    expect(await claim(5_000)).toBe(90_000)
    await opened.store.retryHolds(5_000)
    expect(await claim(5_000)).toBe('a')
    await opened.store.retryHolds(5_001)
    // Where one process has the history, the one that tried is gone.
    expect(await claim(5_001)).toBe(shared ? 65_000 : 'b')
  })
})
