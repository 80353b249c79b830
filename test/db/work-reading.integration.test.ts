import { beforeEach, describe, expect, it } from 'vitest'
import type { WorkKind } from '../../src/jobs/work.ts'
import { eventually } from '../support/eventually.ts'
import { sampleJob } from '../support/job.ts'
import { decide, type JobStore, stores, useStore } from '../support/stores.ts'

describe.each(stores)('what the worker reads, on $name,', ({ open }) => {
  const opened = useStore(open)
  const { insert } = opened
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  const lease = { owner: 'me', until: 100_000 }
  const limits = { videosPerMinute: 9, concurrency: 9 }
  const claim = (now: number) =>
    store.claim({ now, limits, windowStart: 0, lease, decide: decide({ type: 'claimed' }, now) })
  const take = (kind: WorkKind, now: number, limit = 9) =>
    store.take({ kind, now, limit, lease: { ...lease, until: now + 1_000 } })
  /** A job whose POST has left, and that was canceled and deleted then. */
  async function gone(id: string) {
    await insert({ id })
    await claim(5_000)
    await store.markSent(id, 2, 5_500)
    await store.advance(id, decide({ type: 'canceled' }, 6_000))
    await store.remove(id, () => true, 7_000)
  }

  it('is nothing in an empty history', async () => {
    expect(await store.work.job('a')).toBeNull()
    expect(await store.newestTime()).toBeNull()
    expect(await store.waitingSince()).toBeNull()
    for (const kind of ['poll', 'copy'] as const) {
      expect(await store.firstDue(kind)).toBeNull()
      expect(await take(kind, 1_000)).toEqual({ jobs: [], orphans: [], nextAt: null })
    }
  })

  it('is any job, and since when the first one waits', async () => {
    const waiting = await insert({ id: 'later', createdAt: 2_000, runAt: 2_000 })
    await insert({ id: 'first', createdAt: 1_000, runAt: 9_000 })
    await insert({ id: 'sent', createdAt: 500, runAt: 500, state: 'CREATED' })
    expect(await store.work.job('later')).toEqual(waiting)
    expect(await store.waitingSince()).toBe(9_000)
    expect(await store.newestTime()).toBe(sampleJob().updatedAt)
  })

  it('is when there is more, now where not all was taken', async () => {
    for (const [id, at] of [
      ['a', 1_000],
      ['b', 2_000],
      ['c', 8_000],
    ] as const) {
      await insert({ id, state: 'COMPLETED' })
      await store.put('copy', id, at)
    }
    expect(await take('copy', 3_000, 2)).toMatchObject({ jobs: { length: 2 }, nextAt: 3_000 })
    expect(await take('copy', 3_500, 2)).toMatchObject({ jobs: { length: 0 }, nextAt: 4_000 })
    expect((await take('copy', 8_000, 9)).jobs).toHaveLength(3)
  })

  it('is the submission of a job that was deleted on its way, beside jobs that are there', async () => {
    await gone('a')
    await insert({ id: 'b', state: 'CREATED', updatedAt: 1_000 })
    const { jobs, orphans } = await take('poll', 200_000)
    expect(jobs.map(({ id }) => id)).toEqual(['b'])
    expect(orphans).toMatchObject([{ jobId: 'a', attempt: 2, endedAt: null }])
    // Where its outputs are to be copied, too, that is over.
    await store.put('copy', 'a', 1_000)
    expect(await take('copy', 200_000)).toEqual({ jobs: [], orphans: [], nextAt: null })
    // Both are leased, and go on.
    expect((await take('poll', 200_500)).orphans).toEqual([])
    await store.finish('poll', 'me', [{ id: 'a', at: 210_000 }])
    expect((await take('poll', 210_000)).orphans).toMatchObject([{ jobId: 'a' }])
  })

  it('is no more work of what is gone, which is forgotten', async () => {
    await insert({ id: 'b', state: 'COMPLETED' })
    for (const id of ['gone', 'b']) await store.put('copy', id, 1_000)
    await store.put('poll', 'gone', 1_000)
    const copies = await take('copy', 2_000)
    expect({ ids: copies.jobs.map(({ id }) => id), orphans: copies.orphans }).toEqual({
      ids: ['b'],
      orphans: [],
    })
    expect(await take('poll', 2_000)).toEqual({ jobs: [], orphans: [], nextAt: null })
    expect((await take('copy', 9_000)).jobs.map(({ id }) => id)).toEqual(['b'])
  })

  it('is told of what was deleted for as long as it is kept', async () => {
    await insert({ id: 'a' })
    await store.change('a', decide({ type: 'canceled' }, 6_000))
    await store.remove('a', () => true, 7_000)
    const isTold = async () =>
      (await store.changes.changesAfter({ transaction: 0, sequence: 0 }, 9)).place.sequence > 0
    await eventually(async () => expect(await isTold()).toBe(true))
    await store.prune(9_000, 7_000)
    expect(await isTold()).toBe(true)
    await store.prune(9_000, 7_001)
    expect(await isTold()).toBe(false)
  })
})
