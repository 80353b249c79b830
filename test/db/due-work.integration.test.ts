import { beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.ts'
import type { JobEvent } from '../../src/jobs/state.ts'
import { sampleReport } from '../support/job.ts'
import type { JobStore } from '../support/stores.ts'
import { decide, stores, useStore } from '../support/stores.ts'

const lease = { owner: 'me', until: 100_000 }

describe.each(stores)('work that is due, on $name,', ({ open, shared }) => {
  const opened = useStore(open)
  const { insert } = opened
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  const claim = ({ now }: { now: number }) =>
    store.claim({
      now,
      limits: { concurrency: 10, videosPerMinute: 10 },
      windowStart: now - 60_000,
      lease,
      decide: decide({ type: 'claimed' }, now),
    })
  const sent = (change: Partial<Job> = {}) =>
    insert({ id: 'a', state: 'CREATED', predictionId: 'p1', updatedAt: 5_000, ...change })
  const take = async (
    owner: string,
    now: number,
    change: { kind?: 'copy'; until?: number; limit?: number } = {},
  ) => {
    const { kind = 'poll', until = now + 1_000, limit = 10 } = change
    const { jobs, nextAt } = await store.take({ kind, now, limit, lease: { owner, until } })
    return { ids: jobs.map(({ id }) => id), nextAt }
  }
  const nobodys = { ids: [], nextAt: null }

  it('is that of jobs that were sent and have not ended', async () => {
    await insert({ id: 'waiting' })
    await sent()
    await insert({ id: 'submitting', state: 'SUBMITTING', updatedAt: 4_000 })
    await insert({ id: 'done', state: 'COMPLETED' })
    expect(await store.firstDue('poll')).toBe(4_000)
    expect((await take('me', 5_000)).ids.sort()).toEqual(['a', 'submitting'])
  })

  it('is taken by one process at a time', async () => {
    await sent()
    expect((await take('one', 5_000)).ids).toEqual(['a'])
    expect(await take('other', 5_500)).toEqual({ ids: [], nextAt: 6_000 })
  })

  it('is taken by another process when the lease is over', async () => {
    await sent()
    await take('one', 5_000)
    expect((await take('other', 6_000)).ids).toEqual(['a'])
  })

  it('is taken without what was asked for, which a poll does not need', async () => {
    await sent()
    const { jobs } = await store.take({ kind: 'poll', now: 5_000, limit: 1, lease })
    expect(jobs[0]).toMatchObject({ id: 'a', predictionId: 'p1', state: 'CREATED' })
    expect(jobs[0]).not.toHaveProperty('input')
  })

  it('is taken by the time that it is due, no more than was asked for', async () => {
    for (const at of [3_000, 1_000, 2_000, 4_000]) {
      await insert({ id: `at ${at}`, state: 'CREATED', updatedAt: at })
    }
    expect((await take('me', 3_500, { limit: 2 })).ids.sort()).toEqual(['at 1000', 'at 2000'])
    expect(await take('me', 3_500, { limit: 2 })).toEqual({ ids: ['at 3000'], nextAt: 4_000 })
  })

  it('is due again when who did it says so', async () => {
    await sent()
    await take('me', 5_000)
    await store.finish('poll', 'me', [{ id: 'a', at: 7_000.4 }])
    expect(await take('me', 6_999)).toEqual({ ids: [], nextAt: 7_000 })
    expect((await take('me', 7_000)).ids).toEqual(['a'])
  })

  it('is given back all at once, what is done with the rest', async () => {
    for (const id of ['a', 'b', 'c']) {
      await insert({ id, state: 'COMPLETED' })
      await store.put('copy', id, 1_000)
    }
    await take('me', 1_000, { kind: 'copy' })
    await store.finish('copy', 'me', [
      { id: 'c', at: 9_000 },
      { id: 'b', at: null },
      { id: 'a', at: 8_000 },
    ])
    expect(await take('me', 8_000, { kind: 'copy' })).toEqual({ ids: ['a'], nextAt: 9_000 })
    expect((await take('other', 9_000, { kind: 'copy' })).ids.sort()).toEqual(['a', 'c'])
  })

  it('is not given back by a process that lost it', async () => {
    await sent()
    await take('slow', 5_000)
    await take('other', 6_000, { until: 20_000 })
    await store.finish('poll', 'slow', [{ id: 'a', at: 7_000 }])
    await store.finish('poll', 'slow', [{ id: 'a', at: null }])
    expect(await take('third', 7_000)).toEqual({ ids: [], nextAt: 20_000 })
  })

  it('is leased longer for those who ask in time, and for nobody else', async () => {
    await sent()
    await take('me', 5_000)
    await store.renew('poll', ['a', 'unknown'], { owner: 'me', until: 9_000 })
    expect(await take('other', 8_000)).toEqual({ ids: [], nextAt: 9_000 })
    await store.renew('poll', ['a'], { owner: 'other', until: 99_000 })
    expect((await take('other', 9_000)).ids).toEqual(['a'])
  })

  it('is leased by the claim that begins it', async () => {
    await insert({ id: 'a' })
    await claim({ now: 5_000 })
    expect(await take('other', 5_000)).toEqual({ ids: [], nextAt: lease.until })
    await store.finish('poll', lease.owner, [{ id: 'a', at: 6_000 }])
    expect((await take('other', 6_000)).ids).toEqual(['a'])
  })

  it.each<[string, JobEvent]>([
    ['ends', { type: 'neverFound' }],
    ['goes back to the queue', { type: 'deferred', message: 'later', until: 9_000 }],
  ])('is no more once the job %s', async (_name, event) => {
    await insert({ id: 'a' })
    await claim({ now: 5_000 })
    await store.advance('a', decide(event))
    expect(await store.firstDue('poll')).toBeNull()
    await store.finish('poll', lease.owner, [{ id: 'a', at: 6_000 }])
    expect(await take('me', 99_000)).toEqual(nobodys)
  })

  it('stays when an attempt gives it back that was withdrawn, and the job is under way again', async () => {
    await insert({ id: 'a' })
    await claim({ now: 5_000 })
    await store.advance('a', decide({ type: 'deferred', message: 'later', until: 5_000 }))
    await claim({ now: 6_000 })
    await store.finish('poll', lease.owner, [{ id: 'a', at: null }])
    expect(await store.firstDue('poll')).toBe(lease.until)
    expect((await take('other', lease.until)).ids).toEqual(['a'])
  })

  it('begins with a callback for a job that waits, and stays as it is for one that is asked about', async () => {
    const accept = decide({ type: 'accepted', report: sampleReport(), adopted: true, deadlineAt: 9 })
    await insert({ id: 'a', callbackToken: 't' })
    await store.change('a', accept)
    expect(await store.firstDue('poll')).toBe(5_000)
    await take('me', 5_000, { until: 8_000 })
    await store.change('a', decide({ type: 'reported', report: sampleReport({ phase: 'processing' }) }))
    expect(await store.firstDue('poll')).toBe(8_000)
  })

  it('is no more once the job is deleted, whatever there was to do', async () => {
    await insert({ id: 'a', state: 'COMPLETED' })
    await store.put('copy', 'a', 1_000)
    await store.remove('a', () => true, 9_000)
    expect(await store.firstDue('copy')).toBeNull()
  })

  it('for a job that is not there is done', async () => {
    await store.put('copy', 'unknown', 1_000)
    const request = { kind: 'copy', now: 1_000, limit: 5, lease } as const
    expect(await store.take(request)).toEqual({ jobs: [], orphans: [], nextAt: null })
  })

  it('of one kind is not that of another', async () => {
    await sent()
    await store.put('copy', 'a', 6_000)
    expect(await take('me', 9_000)).toEqual({ ids: ['a'], nextAt: 10_000 })
    expect(await store.firstDue('copy')).toBe(6_000)
  })

  it('that is put again may become due earlier, but not later and not while it is done', async () => {
    await insert({ id: 'a', state: 'COMPLETED' })
    for (const at of [5_000, 4_000, 6_000]) await store.put('copy', 'a', at)
    expect(await store.firstDue('copy')).toBe(4_000)
    await store.take({ kind: 'copy', now: 4_000, limit: 1, lease })
    await store.put('copy', 'a', 4_500)
    expect(await store.firstDue('copy')).toBe(lease.until)
  })

  it('that the jobs call for is made where it is missing, and what is there is left as it is', async () => {
    const now = 5_000
    await insert({ id: 'known', state: 'CREATED', updatedAt: 9_000 })
    await insert({ id: 'sent', state: 'PROCESSING' })
    await insert({ id: 'waiting' })
    await take('me', 1_000)
    await store.finish('poll', 'me', [{ id: 'sent', at: null }])
    await store.repair('poll', now)
    expect(await take('me', now)).toEqual({ ids: ['sent'], nextAt: 6_000 })
    expect((await take('me', 9_000)).ids.sort()).toEqual(['known', 'sent'])
  })

  it('of the archive is made for completed jobs whose outputs the vendor still has', async () => {
    const now = 8 * 24 * 3_600_000
    const completed = { state: 'COMPLETED' } as const
    await insert({ ...completed, id: 'open', finishedAt: now - 1_000 })
    await insert({ ...completed, id: 'dropped', finishedAt: 1_000 })
    await insert({ ...completed, id: 'kept', finishedAt: now, archived: 'KEPT' })
    await insert({ ...completed, id: 'lost', finishedAt: now, archived: 'LOST' })
    await insert({ id: 'failed', state: 'FAILED', finishedAt: now })
    await store.repair('copy', now)
    const { jobs } = await store.take({ kind: 'copy', now, limit: 9, lease })
    expect(jobs.map(({ id }) => id)).toEqual(['open'])
  })

  it('tells the newest time of what was written: of a job, or of a submission that outlived it', async () => {
    expect(await store.newestTime()).toBeNull()
    await insert({ id: 'old', updatedAt: 4_000 })
    await insert({ id: 'a', updatedAt: 5_000 })
    expect(await store.newestTime()).toBe(5_000)
    await store.put('poll', 'a', 90_000)
    expect(await store.newestTime()).toBe(5_000)
    await sent({ id: 'b', predictionId: 'p2', updatedAt: 7_000 })
    await store.change('b', decide({ type: 'canceled' }, 7_000))
    await store.remove('b', () => true, 7_000)
    expect(await store.newestTime()).toBe(7_000)
  })

  it('due too late to be true is due now', async () => {
    for (const at of [5_000, 50_000, 90_000]) {
      await insert({ id: `at ${at}`, state: 'CREATED', updatedAt: at })
    }
    await store.bringForward('poll', 6_000, 50_000)
    expect(await take('me', 6_000)).toMatchObject({ nextAt: 7_000 })
    expect(await store.firstDue('poll')).toBe(7_000)
    expect((await take('me', 7_000)).ids.sort()).toEqual(['at 5000', 'at 90000'])
  })

  it.each([
    ['few jobs come back within a moment', 5, 200],
    ['many jobs within half a minute', 1_200, 29_975],
  ])('is spread when much is overdue: %s', async (_name, count, lastMs) => {
    for (let at = 1; at <= count; at += 1) await insert({ id: `${at}`, state: 'CREATED', updatedAt: at })
    await store.put('poll', 'later', 100_000)
    await store.spread('poll', 50_000)
    expect(await store.firstDue('poll')).toBe(50_000)
    expect((await take('me', 50_000 + lastMs - 1, { limit: 5_000, until: 200_000 })).ids).toHaveLength(
      count - 1,
    )
    expect(await take('me', 50_000 + lastMs, { until: 200_000 })).toMatchObject({ nextAt: 100_000 })
  })

  it(`${shared ? 'is left to who has it' : 'is given back for all'} when a gateway starts on ${shared ? 'a shared history' : 'its own file'}`, async () => {
    await sent()
    await take('another', 5_000, { until: 99_000 })
    await store.release('poll', 6_000)
    expect((await take('me', 6_000)).ids).toEqual(shared ? [] : ['a'])
  })
})
