import { beforeEach, describe, expect, it } from 'vitest'
import type { PageQuery } from '../../src/jobs/store.ts'
import { sampleInput, sampleJob, sampleReport } from '../support/job.ts'
import type { JobStore } from '../support/stores.ts'
import { decide, ids, stores, useStore } from '../support/stores.ts'

const lease = { owner: 'me', until: 100_000 }
const page: PageQuery = { order: 'CREATED_AT', descending: true, filter: {}, fromEnd: false, limit: 10 }

describe.each(stores)('writing to the store on $name', ({ open }) => {
  const opened = useStore(open)
  const { insert } = opened
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  const claim = (
    change: { now?: number; concurrency?: number; videosPerMinute?: number; owner?: string } = {},
  ) => {
    const { now = 5_000, concurrency = 10, videosPerMinute = 10, owner = lease.owner } = change
    return store.claim({
      now,
      limits: { concurrency, videosPerMinute },
      windowStart: now - 60_000,
      lease: { ...lease, owner },
      decide: decide({ type: 'claimed' }, now),
    })
  }

  it('gives back a job as it was recorded, also after it was opened again', async () => {
    const job = await insert({
      input: { ...sampleInput, negative_prompt: 'rain', loras: [{ path: 'a/b', scale: 0.5 }] },
      outputs: [{ url: 'https://example.com/1.mp4', nsfw: null, expiresAt: 9 }],
      error: { code: 'TASK_FAILED', message: 'why' },
      seedDrawn: true,
    })
    expect(await store.job(job.id)).toEqual(job)
    store = await opened.reopen()
    expect(await store.job(job.id)).toEqual(job)
    expect(await store.job('job_unknown')).toBeNull()
  })

  it('records one job for a key, and answers it to whoever comes later with the same', async () => {
    const first = await insert({ id: 'job_a', idempotencyKey: 'k' })
    const second = sampleJob({ id: 'job_b', idempotencyKey: 'k' })
    expect(await store.insert(second, { version: 1, at: 1, state: 'QUEUED', message: '' })).toEqual(first)
    expect(await store.job('job_b')).toBeNull()
    expect(await store.timelines(['job_b'])).toEqual([[]])
    for (const id of ['job_c', 'job_d']) await insert({ id })
    expect(ids(await store.page(page))).toHaveLength(3)
  })

  it('writes row, version and timeline together', async () => {
    const job = await insert()
    const change = await store.change(job.id, decide({ type: 'claimed' }))
    expect(change).toMatchObject({ before: job, after: { version: 2, state: 'SUBMITTING' } })
    expect(await store.job(job.id)).toEqual(change?.after)
    const [entries] = await store.timelines([job.id])
    expect(entries?.map(({ version, state }) => [version, state])).toEqual([
      [1, 'QUEUED'],
      [2, 'SUBMITTING'],
    ])
  })

  it('writes nothing when the decision is that nothing changes, or when it throws', async () => {
    const job = await insert()
    expect(await store.change(job.id, () => null)).toEqual({ before: job, after: null })
    await expect(
      (async () =>
        store.change(job.id, () => {
          throw new Error('undecided')
        }))(),
    ).rejects.toThrow('undecided')
    expect(await store.job(job.id)).toEqual(job)
    expect((await store.timelines([job.id]))[0]).toHaveLength(1)
  })

  describe('claiming', () => {
    it('takes the oldest waiting job first', async () => {
      await insert({ id: 'late', createdAt: 2_000 })
      await insert({ id: 'early', createdAt: 1_000 })
      const first = await claim()
      expect(first.kind === 'claimed' && first.transitions[0].job.id).toBe('early')
      const second = await claim()
      expect(second.kind === 'claimed' && second.transitions[0].job.id).toBe('late')
      expect(await claim()).toEqual({ kind: 'wait', until: null })
    })

    it('waits while as many jobs run as the account may have at once', async () => {
      for (const id of ['a', 'b']) await insert({ id })
      expect((await claim({ concurrency: 1 })).kind).toBe('claimed')
      expect(await claim({ concurrency: 1 })).toEqual({ kind: 'wait', until: null })
    })

    it('waits until the oldest submission of the last minute leaves the window', async () => {
      for (const id of ['a', 'b', 'c']) await insert({ id })
      await claim({ now: 10_000, videosPerMinute: 2 })
      await claim({ now: 30_000, videosPerMinute: 2 })
      expect(await claim({ now: 40_000, videosPerMinute: 2 })).toEqual({ kind: 'wait', until: 70_000 })
      expect((await claim({ now: 70_000, videosPerMinute: 2 })).kind).toBe('claimed')
    })

    it('passes over a job whose pause is not over, and says when the first one is', async () => {
      await insert({ id: 'paused', runAt: 9_000 })
      await insert({ id: 'longer', runAt: 12_000 })
      expect(await claim({ now: 5_000 })).toEqual({ kind: 'wait', until: 9_000 })
      expect((await claim({ now: 9_000 })).kind).toBe('claimed')
    })
  })

  it('never lets two jobs hold the same prediction', async () => {
    await insert({ id: 'a', state: 'SUBMITTING' })
    await insert({ id: 'b', state: 'SUBMITTING' })
    const accept = decide({
      type: 'accepted',
      report: sampleReport({ id: 'p1' }),
      adopted: false,
      deadlineAt: 9,
    })
    await store.change('a', accept)
    await expect((async () => store.change('b', accept))()).rejects.toThrow()
    expect(await store.jobOfPrediction('p1')).toBe('a')
    expect(await store.job('b')).toMatchObject({ state: 'SUBMITTING', version: 1 })
  })

  it('removes a job with its timeline if that is allowed', async () => {
    await insert({ id: 'done', state: 'FAILED' })
    expect(await store.remove('done', () => false, 9_000)).toBeNull()
    expect(await store.remove('done', () => true, 9_000)).toMatchObject({ id: 'done' })
    expect(await store.job('done')).toBeNull()
    expect(await store.timelines(['done'])).toEqual([[]])
  })
})
