import { beforeEach, describe, expect, it } from 'vitest'
import type { JobEvent } from '../../src/jobs/state.ts'
import { fingerprintOf } from '../../src/jobs/submission.ts'
import { sampleInput, sampleJob, sampleReport } from '../support/job.ts'
import type { JobStore } from '../support/stores.ts'
import { decide, stores, useStore } from '../support/stores.ts'

const lease = { owner: 'me', until: 100_000 }
const error = { code: 'INPUT_REFUSED', message: 'no' } as const
const accepted = (change = {}): JobEvent => ({
  type: 'accepted',
  report: sampleReport(change),
  adopted: false,
  deadlineAt: 900_000,
})

describe.each(stores)('submissions, on $name,', ({ open }) => {
  const opened = useStore(open)
  const { insert } = opened
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  const claim = (now = 5_000, limits = { concurrency: 10, videosPerMinute: 10 }) =>
    store.claim({ now, limits, windowStart: now - 60_000, lease, decide: decide({ type: 'claimed' }, now) })
  const advance = (event: JobEvent, now = 6_000) => store.advance('a', decide(event, now))
  /** A job whose POST was begun at 5,000 and left a second later. */
  async function sent() {
    await insert({ id: 'a' })
    await claim()
    await store.markSent('a', 2, 6_000)
  }
  const take = async (now: number) =>
    store.take({ kind: 'poll', now, limit: 9, lease: { ...lease, until: now } })

  it('begin with the claim, before anything has left', async () => {
    await insert({ id: 'a' })
    expect(await store.submission('a')).toBeNull()
    await claim()
    expect(await store.submission('a')).toEqual({
      jobId: 'a',
      tenant: 'local',
      fingerprint: fingerprintOf(sampleJob()),
      attempt: 2,
      begunAt: 5_000,
      sentAt: null,
      countedAt: 5_000,
      predictionId: null,
      guessed: false,
      endedAt: null,
    })
  })

  it('tell of the same request, whose task is not known, also where the job is gone', async () => {
    for (const id of ['a', 'b', 'unsent', 'known']) await insert({ id, input: sampleInput })
    await insert({ id: 'other', input: { ...sampleInput, seed: 1 } })
    for (let count = 0; count < 5; count += 1) await claim()
    for (const id of ['a', 'b', 'known', 'other']) await store.markSent(id, 2, 6_000)
    const report = sampleReport({ id: 'p' })
    await store.advance('known', decide({ type: 'accepted', report, adopted: false, deadlineAt: 9 }, 6_000))
    await store.advance('b', decide({ type: 'canceled' }, 6_500))
    await store.remove('b', () => true, 7_000)
    const fingerprint = fingerprintOf(sampleJob())
    expect((await store.rivals(fingerprint, 'a')).map(({ jobId }) => jobId)).toEqual(['b'])
    expect((await store.rivals(fingerprint, 'x')).map(({ jobId }) => jobId).sort()).toEqual(['a', 'b'])
    expect(await store.rivals('another', 'x')).toEqual([])
  })

  it('are marked once, right before they leave', async () => {
    await insert({ id: 'a' })
    await claim()
    expect(await store.markSent('a', 2, 7_000)).toBe(true)
    expect(await store.submission('a')).toMatchObject({ sentAt: 7_000, countedAt: 7_000 })
    expect(await store.markSent('a', 2, 8_000)).toBe(false)
    expect(await store.markSent('unknown', 2, 8_000)).toBe(false)
  })

  it('that were taken back may not leave any more, also where the job was claimed again', async () => {
    await insert({ id: 'a' })
    await claim()
    await advance({ type: 'deferred', message: 'later', until: 6_000 })
    expect(await store.markSent('a', 2, 7_000)).toBe(false)
    await claim(8_000)
    expect(await store.markSent('a', 2, 9_000)).toBe(false)
    expect(await store.markSent('a', 4, 9_000)).toBe(true)
  })

  it('that are put off for ever leave a timeline that does not grow for ever', async () => {
    await insert({ id: 'a' })
    for (let now = 5_000; now < 65_000; now += 1_000) {
      expect((await claim(now)).kind).toBe('claimed')
      await advance({ type: 'deferred', message: 'try later', until: now }, now)
    }
    const versions = (await store.timelines(['a']))[0]?.map(({ version }) => version)
    expect((await store.job('a'))?.version).toBe(121)
    expect(versions).toEqual([1, ...Array.from({ length: 100 }, (_, index) => index + 22)])
  })

  describe('are withdrawn', () => {
    const deferred: JobEvent = { type: 'deferred', message: 'later', until: 6_000 }
    const withdraw = (attempt: number, mayBeSent: boolean, event = deferred) =>
      store.withdraw('a', { attempt, mayBeSent }, decide(event, 6_500))

    it.each([true, false])('where they have not left (or may have: %s)', async (mayBeSent) => {
      await insert({ id: 'a' })
      await claim()
      const change = await withdraw(2, mayBeSent)
      expect(change).toMatchObject({ before: { version: 2 }, after: { state: 'QUEUED', version: 3 } })
      expect(await store.submission('a')).toBeNull()
      expect((await store.timelines(['a']))[0]).toHaveLength(3)
      // It is done: once more changes nothing.
      expect(await withdraw(2, mayBeSent)).toMatchObject({ before: { version: 3 }, after: null })
    })

    it('once they have left only by who knows what became of them', async () => {
      await sent()
      expect(await withdraw(2, false)).toMatchObject({ before: { state: 'SUBMITTING' }, after: null })
      expect(await store.submission('a')).toMatchObject({ attempt: 2, sentAt: 6_000 })
      expect(await withdraw(2, true)).toMatchObject({ after: { state: 'QUEUED' } })
    })

    it('and no later one in their place, not even of a job that was canceled', async () => {
      await insert({ id: 'a' })
      await claim()
      await withdraw(2, true)
      await claim(7_000)
      expect(await withdraw(2, true)).toMatchObject({ before: { version: 4 }, after: null })
      await advance({ type: 'canceled' }, 8_000)
      expect(await withdraw(2, true)).toMatchObject({ before: { version: 5 }, after: null })
      expect(await withdraw(4, true)).toMatchObject({ after: { state: 'CANCELED', submittedAt: null } })
    })

    it('of a job that is gone by nobody', async () => {
      expect(await withdraw(2, true)).toBeNull()
    })
  })

  it.each<[string, readonly JobEvent[], object]>([
    ['the vendor has it', [accepted()], { predictionId: 'p1', endedAt: null }],
    [
      'the vendor has finished it',
      [accepted({ phase: 'completed' })],
      { predictionId: 'p1', endedAt: 6_000 },
    ],
    ['its answer was lost', [{ type: 'unknown', message: 'cut' }], { countedAt: 6_000, endedAt: null }],
    ['it was searched for in vain', [{ type: 'neverFound' }], { endedAt: 6_000 }],
    ['the vendor refused it', [{ type: 'refused', error }], { endedAt: 6_000 }],
    ['the job was canceled on its way', [{ type: 'canceled' }], { predictionId: null, endedAt: null }],
    [
      'the same, and the vendor has it',
      [{ type: 'canceled' }, accepted()],
      { predictionId: 'p1', endedAt: null },
    ],
    ['the job was canceled while it ran', [accepted(), { type: 'canceled' }], { endedAt: null }],
    ['the job is too late', [accepted(), { type: 'deadlinePassed' }], { endedAt: null }],
    ['the vendor does not know it any more', [accepted(), { type: 'gone', message: '' }], { endedAt: 6_000 }],
  ])('are known: %s', async (_name, events, expected) => {
    await sent()
    for (const event of events) await advance(event)
    expect(await store.submission('a')).toMatchObject({ sentAt: 6_000, ...expected })
    // There is work as long as the vendor's task may go on.
    const isOver = 'endedAt' in expected && expected.endedAt !== null
    expect((await store.firstDue('poll')) === null).toBe(isOver)
  })

  it.each<[string, readonly JobEvent[]]>([
    ['put off', [{ type: 'deferred', message: 'later', until: 9_000 }]],
    [
      'put off, and the job was canceled meanwhile',
      [{ type: 'canceled' }, { type: 'deferred', message: '', until: 9 }],
    ],
    ['refused, and the job was canceled meanwhile', [{ type: 'canceled' }, { type: 'refused', error }]],
  ])('that the vendor surely did not take are none: %s', async (_name, events) => {
    await sent()
    for (const event of events) await advance(event)
    expect(await store.submission('a')).toBeNull()
    expect(await store.firstDue('poll')).toBeNull()
  })

  it.each<[string, readonly JobEvent[]]>([
    ['canceled on its way', [{ type: 'canceled' }]],
    ['canceled while it ran', [accepted(), { type: 'canceled' }]],
    ['too late', [accepted(), { type: 'deadlinePassed' }]],
  ])('of a job that was %s keep their place until the task is over', async (_name, events) => {
    await sent()
    for (const event of events) await advance(event)
    await insert({ id: 'b' })
    const limits = { concurrency: 1, videosPerMinute: 10 }
    expect(await claim(70_000, limits)).toEqual({ kind: 'wait', until: null })
    await store.settle('a', 71_000)
    expect(await store.submission('a')).toMatchObject({ endedAt: 71_000 })
    expect((await claim(72_000, limits)).kind).toBe('claimed')
  })

  it('outlive their job: its place and its minute stay taken, and its task is followed', async () => {
    await sent()
    await advance(accepted())
    await advance({ type: 'canceled' })
    await store.remove('a', () => true, 9_000)
    await insert({ id: 'b' })
    expect(await claim(70_000, { concurrency: 1, videosPerMinute: 9 })).toMatchObject({ kind: 'wait' })
    expect(await claim(20_000, { concurrency: 9, videosPerMinute: 1 })).toEqual({
      kind: 'wait',
      until: 66_000,
    })
    expect(await take(200_000)).toMatchObject({ jobs: [], orphans: [{ jobId: 'a', predictionId: 'p1' }] })
    expect(await store.jobOfPrediction('p1')).toBe('a')
    await store.settle('a', 210_000)
    expect(await take(300_000)).toEqual({ jobs: [], orphans: [], nextAt: null })
    expect(await store.jobOfPrediction('p1')).toBe('a')
  })

  it('that nobody took, or that are over, leave no work with a job that is deleted', async () => {
    await sent()
    await advance(accepted({ phase: 'completed' }))
    await store.remove('a', () => true, 9_000)
    expect(await store.firstDue('poll')).toBeNull()
  })

  it('count in their minute from when they left, and longer where the answer came later', async () => {
    await sent()
    await insert({ id: 'b' })
    const limits = { concurrency: 9, videosPerMinute: 1 }
    expect(await claim(20_000, limits)).toEqual({ kind: 'wait', until: 66_000 })
    await advance(accepted(), 8_000)
    expect(await claim(20_000, limits)).toEqual({ kind: 'wait', until: 68_000 })
  })

  it('are made again by a callback that proves what the vendor was said not to have', async () => {
    await insert({ id: 'a', callbackToken: 't' })
    await claim()
    await advance({ type: 'deferred', message: 'later', until: 9_000 })
    const report = sampleReport({ phase: 'processing' })
    await store.change('a', decide({ type: 'accepted', report, adopted: true, deadlineAt: 99_000 }, 9_000))
    expect(await store.submission('a')).toMatchObject({ predictionId: 'p1', sentAt: 9_000, endedAt: null })
    expect(await store.firstDue('poll')).toBe(9_000)
  })

  it('are forgotten a day after the vendor forgets its predictions', async () => {
    const day = 24 * 3_600_000
    await sent()
    await advance({ type: 'neverFound' })
    await store.prune(8 * day + 5_999, 0)
    expect(await store.submission('a')).not.toBeNull()
    await store.prune(8 * day + 6_001, 0)
    expect(await store.submission('a')).toBeNull()
  })
})
