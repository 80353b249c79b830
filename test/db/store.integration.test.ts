import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job, JobStore, PageQuery } from '../../src/jobs/ports.ts'
import { type JobEvent, transition } from '../../src/jobs/state.ts'
import { sampleInput, sampleJob, sampleReport } from '../support/job.ts'
import { type OpenStore, stores } from '../support/stores.ts'

const lease = { owner: 'me', until: 100_000 }
const page: PageQuery = { order: 'CREATED_AT', descending: true, filter: {}, fromEnd: false, limit: 10 }
const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id)

describe.each(stores)('the store on $name', ({ open, shared }) => {
  let opened: OpenStore
  let store: JobStore
  beforeEach(async () => {
    opened = await open()
    store = opened.store
  })
  afterEach(() => opened.close())

  async function insert(change: Partial<Job> = {}): Promise<Job> {
    const job = sampleJob(change)
    await store.insert(job, {
      version: job.version,
      at: job.updatedAt,
      state: job.state,
      message: 'Recorded.',
    })
    return job
  }
  const decide =
    (event: JobEvent, now = 5_000) =>
    (job: Job) =>
      transition(job, event, now)
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
      input: { ...sampleInput, negativePrompt: 'rain', loras: [{ path: 'a/b', scale: 0.5 }] },
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
    const after = await store.apply(job.id, decide({ type: 'claimed' }))
    expect(after?.job).toMatchObject({ version: 2, state: 'SUBMITTING' })
    expect(await store.job(job.id)).toEqual(after?.job)
    const [entries] = await store.timelines([job.id])
    expect(entries?.map(({ version, state }) => [version, state])).toEqual([
      [1, 'QUEUED'],
      [2, 'SUBMITTING'],
    ])
  })

  it('writes nothing when the decision is that nothing changes, or when it throws', async () => {
    const job = await insert()
    expect(await store.apply(job.id, () => null)).toBeNull()
    await expect(
      (async () =>
        store.apply(job.id, () => {
          throw new Error('undecided')
        }))(),
    ).rejects.toThrow('undecided')
    expect(await store.job(job.id)).toEqual(job)
    expect((await store.timelines([job.id]))[0]).toHaveLength(1)
  })

  it('answers many jobs in the order they were asked for, null for the unknown', async () => {
    await insert({ id: 'a' })
    await insert({ id: 'b' })
    expect((await store.jobs(['b', 'x', 'a'])).map((job) => job?.id ?? null)).toEqual(['b', null, 'a'])
  })

  describe('claiming', () => {
    it('takes the oldest waiting job first', async () => {
      await insert({ id: 'late', createdAt: 2_000 })
      await insert({ id: 'early', createdAt: 1_000 })
      const first = await claim()
      expect(first.kind === 'claimed' && first.transition.job.id).toBe('early')
      const second = await claim()
      expect(second.kind === 'claimed' && second.transition.job.id).toBe('late')
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

  describe('a lease', () => {
    const running = () => insert({ state: 'CREATED', predictionId: 'p1', submittedAt: 1_000 })

    it('is given to one process at a time', async () => {
      const { id } = await running()
      expect(await store.lease(id, { owner: 'a', until: 10_000 }, 5_000)).toMatchObject({ id })
      expect(await store.lease(id, { owner: 'b', until: 10_000 }, 5_000)).toBeNull()
    })

    it('passes to another process when its time is over', async () => {
      const { id } = await running()
      await store.lease(id, { owner: 'a', until: 10_000 }, 5_000)
      expect(await store.lease(id, { owner: 'b', until: 20_000 }, 10_000)).toMatchObject({ id })
    })

    it('ends with the step, which says when the next one is due', async () => {
      const { id } = await running()
      await store.lease(id, { owner: 'a', until: 10_000 }, 5_000)
      await store.finishStep(
        id,
        'a',
        () => null,
        () => 7_000,
      )
      expect(await store.lease(id, { owner: 'b', until: 20_000 }, 6_000)).toMatchObject({ runAt: 7_000 })
    })

    it('is not given back by a process that lost it', async () => {
      const { id } = await running()
      await store.lease(id, { owner: 'a', until: 6_000 }, 5_000)
      await store.lease(id, { owner: 'b', until: 20_000 }, 6_000)
      await store.finishStep(
        id,
        'a',
        () => null,
        () => 7_000,
      )
      expect(await store.lease(id, { owner: 'c', until: 20_000 }, 7_000)).toBeNull()
    })

    it('lasts longer for those who ask in time, and for nobody else', async () => {
      const { id } = await running()
      await store.lease(id, { owner: 'a', until: 6_000 }, 5_000)
      await store.renewLeases([id, 'job_unknown'], { owner: 'a', until: 9_000 })
      expect(await store.lease(id, { owner: 'b', until: 20_000 }, 8_000)).toBeNull()
      await store.renewLeases([id], { owner: 'b', until: 99_000 })
      expect(await store.lease(id, { owner: 'b', until: 20_000 }, 9_000)).toMatchObject({ id })
    })

    it(`${shared ? 'is left alone' : 'is broken for all'} when a gateway starts on ${shared ? 'a shared history' : 'its own file'}`, async () => {
      const { id } = await running()
      await store.lease(id, { owner: 'another', until: 99_000 }, 5_000)
      await store.recover(99_000)
      const leased = await store.lease(id, { owner: 'b', until: 99_000 }, 5_000)
      expect(leased?.id ?? null).toBe(shared ? null : id)
    })

    it('is refused for a finished or unknown job', async () => {
      const { id } = await insert({ state: 'COMPLETED' })
      expect(await store.lease(id, lease, 5_000)).toBeNull()
      expect(await store.lease('job_unknown', lease, 5_000)).toBeNull()
    })
  })

  it('lists every job that was sent and is not finished, for recovery', async () => {
    await insert({ id: 'waiting' })
    await insert({ id: 'sent', state: 'SUBMITTING' })
    await insert({ id: 'running', state: 'PROCESSING', predictionId: 'p1', runAt: 4_000 })
    await insert({ id: 'done', state: 'COMPLETED' })
    const all = { before: 10_000, limit: 10 }
    expect(await store.stepsDue(all)).toEqual([
      { id: 'sent', runAt: 1_000 },
      { id: 'running', runAt: 4_000 },
    ])
    expect(await store.stepsDue({ ...all, limit: 1 })).toMatchObject([{ id: 'sent' }])
    expect(await store.stepsDue({ ...all, before: 3_999 })).toMatchObject([{ id: 'sent' }])
  })

  it('lists the completed jobs that the archive has still to copy, oldest first', async () => {
    const completed = { state: 'COMPLETED' } as const
    await insert({ ...completed, id: 'late', finishedAt: 9_000 })
    await insert({ ...completed, id: 'early', finishedAt: 7_000 })
    await insert({ ...completed, id: 'dropped', finishedAt: 5_000 })
    await insert({ ...completed, id: 'kept', finishedAt: 8_000, archived: 'KEPT' })
    await insert({ ...completed, id: 'lost', finishedAt: 8_000, archived: 'LOST' })
    await insert({ id: 'failed', state: 'FAILED', finishedAt: 8_000 })
    expect(await store.jobsToKeep(5_000)).toEqual(['early', 'late'])
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
    await store.apply('a', accept)
    await expect((async () => store.apply('b', accept))()).rejects.toThrow()
    expect(await store.jobOfPrediction('p1')).toBe('a')
    expect(await store.job('b')).toMatchObject({ state: 'SUBMITTING', version: 1 })
  })

  it('removes a job with its timeline if that is allowed', async () => {
    await insert({ id: 'done', state: 'FAILED' })
    expect(await store.remove('done', () => false)).toBeNull()
    expect(await store.remove('done', () => true)).toMatchObject({ id: 'done' })
    expect(await store.job('done')).toBeNull()
    expect(await store.timelines(['done'])).toEqual([[]])
  })

  it('knows the position of each waiting job, counted from the oldest', async () => {
    await insert({ id: 'b', createdAt: 2_000 })
    await insert({ id: 'a', createdAt: 1_000 })
    await insert({ id: 'r', createdAt: 500, state: 'PROCESSING' })
    expect(await store.queuePositions(['a', 'b', 'r'])).toEqual([1, 2, null])
  })

  it.each([1, 3, 40])(
    'knows the positions of %i jobs at once, in any order and of equal times',
    async (count) => {
      const queue = Array.from({ length: 50 }, (_, index) => `q${String(index).padStart(2, '0')}`)
      // Several of each time, so that the id breaks the tie; jobs that do not wait stand between them.
      for (const [index, id] of queue.entries()) {
        await insert({ id, createdAt: Math.floor(index / 4) })
        await insert({ id: `${id} sent`, createdAt: Math.floor(index / 4), state: 'CREATED' })
      }
      const asked = Array.from({ length: count }, (_, index) => queue[(index * 17 + 49) % 50] ?? '')
      const positions = asked.map((id) => queue.indexOf(id) + 1)
      expect(await store.queuePositions(asked)).toEqual(positions)
      expect(await store.queuePositions([...asked, 'job_unknown', 'q00 sent', ...asked])).toEqual([
        ...positions,
        null,
        null,
        ...positions,
      ])
      expect(await store.queuePositions([])).toEqual([])
    },
  )

  it('knows the retries of a job, oldest first', async () => {
    await insert({ id: 'a', state: 'FAILED' })
    await insert({ id: 'c', retryOf: 'a', createdAt: 3_000 })
    await insert({ id: 'b', retryOf: 'a', createdAt: 2_000 })
    const [ofA, ofB] = await store.retries(['a', 'b'])
    expect(ids(ofA ?? [])).toEqual(['b', 'c'])
    expect(ofB).toEqual([])
  })

  describe('a page', () => {
    beforeEach(async () => {
      // Two jobs of the same millisecond: the id breaks the tie.
      for (const [id, createdAt, updatedAt] of [
        ['a', 1_000, 9_000],
        ['b', 2_000, 8_000],
        ['c', 2_000, 7_000],
        ['d', 3_000, 6_000],
      ] as const) {
        await insert({ id, createdAt, updatedAt, input: { ...sampleInput, prompt: `A Fox ${id}` } })
      }
    })

    it('comes in each order', async () => {
      expect(ids(await store.page(page))).toEqual(['d', 'c', 'b', 'a'])
      expect(ids(await store.page({ ...page, descending: false }))).toEqual(['a', 'b', 'c', 'd'])
      expect(ids(await store.page({ ...page, order: 'UPDATED_AT' }))).toEqual(['a', 'b', 'c', 'd'])
    })

    it('walks forwards and backwards without a gap or a repeat', async () => {
      const after = { value: 2_000, id: 'c' }
      expect(ids(await store.page({ ...page, after, limit: 1 }))).toEqual(['b'])
      expect(
        ids(await store.page({ ...page, before: { value: 1_000, id: 'a' }, fromEnd: true, limit: 2 })),
      ).toEqual(['c', 'b'])
      expect(ids(await store.page({ ...page, after, before: { value: 1_000, id: 'a' } }))).toEqual(['b'])
    })

    it('holds only what every condition of the filter allows', async () => {
      const filtered = async (filter: PageQuery['filter']) => ids(await store.page({ ...page, filter }))
      await store.apply('b', decide({ type: 'claimed' }))
      expect(await filtered({ states: ['SUBMITTING'] })).toEqual(['b'])
      expect(await filtered({ states: ['SUBMITTING', 'QUEUED'], createdAfter: 1_500 })).toEqual([
        'd',
        'c',
        'b',
      ])
      expect(await filtered({ states: [] })).toEqual([])
      expect(await filtered({ models: ['another'] })).toEqual([])
      expect(await filtered({ models: ['another', sampleJob().model], createdBefore: 2_000 })).toEqual(['a'])
      expect(await filtered({ prompt: 'fOX C' })).toEqual(['c'])
      expect(await filtered({ prompt: '%' })).toEqual([])
    })
  })
})
