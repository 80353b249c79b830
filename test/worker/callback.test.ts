import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { expectationOf, progressOf, taken } from '../../src/jobs/estimate.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { transition } from '../../src/jobs/state.ts'
import { createCallbacks } from '../../src/worker/callback.ts'
import type { Estimates } from '../../src/worker/estimates.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob, sampleReport } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

const deadlineMs = 3_600_000

describe('a callback', () => {
  let store: SqliteStore
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    deleted = null
  })
  afterEach(() => store.close())

  /** A job that somebody deletes once it is read. */
  let deleted: string | null = null

  async function start(...changes: readonly Partial<Job>[]) {
    const clock = createFakeClock()
    for (const change of changes) {
      const job = sampleJob(change)
      await store.insert(job, { version: job.version, at: 1, state: job.state, message: 'Recorded.' })
    }
    const of = vi.fn<Estimates['of']>(async ({ model }) => expectationOf(`kind of ${model}`, []))
    const callbacks = createCallbacks({
      // Both answer later, as a shared store does.
      work: {
        async job(id) {
          const job = store.job(id)
          if (id === deleted) await store.remove(id, () => true, 9_000)
          return job
        },
        jobOfPrediction: async (id) => store.jobOfPrediction(id),
      },
      recorder: createRecorder(store, createMemoryEvents()),
      clock,
      estimates: { of },
      deadlineMs,
    })
    return { callbacks, clock, expecting: of }
  }

  const sent: Partial<Job> = { id: 'a', state: 'SUBMITTING', submittedAt: 1_000, callbackToken: 'secret' }
  const running: Partial<Job> = { ...sent, state: 'CREATED', predictionId: 'p1', vendorStatus: 'created' }

  it('is expected under the token of its job, and under no other', async () => {
    const { callbacks } = await start(sent, { id: 'b' })
    expect(await callbacks.isExpected('a', 'secret')).toBe(true)
    for (const token of ['', 'secre', 'secret ', 'Secret']) {
      expect(await callbacks.isExpected('a', token)).toBe(false)
    }
    expect(await callbacks.isExpected('b', '')).toBe(false)
    expect(await callbacks.isExpected('b', 'null')).toBe(false)
    expect(await callbacks.isExpected('unknown', 'secret')).toBe(false)
  })

  it('of a job whose POST was not answered yet takes the task for its own', async () => {
    const { callbacks, clock } = await start(sent)
    expect(await callbacks.receive('a', sampleReport())).toBe('recorded')
    expect(await store.job('a')).toMatchObject({
      state: 'CREATED',
      predictionId: 'p1',
      deadlineAt: clock.now() + deadlineMs,
      // As the claim wrote it: the submission itself was not answered.
      submittedAt: 1_000,
    })
  })

  it('of a job whose POST was not answered yet says how far it is, and how long it took when it ends', async () => {
    const { callbacks, clock } = await start(sent)
    await callbacks.receive('a', sampleReport({ phase: 'processing', status: 'processing' }))
    const job = (await store.job('a')) ?? sampleJob()
    expect(job.estimate).toMatchObject({ kind: `kind of ${job.model}`, beganAt: 1_000 })
    expect(progressOf(job, 31_000)).toMatchObject({ fraction: expect.closeTo(0.45), expectedAt: 61_000 })
    await clock.advance(60_000)
    const end = sampleReport({ phase: 'completed', status: 'completed', inferenceMs: 61_000 })
    await callbacks.receive('a', end)
    expect((await store.durations(`kind of ${job.model}`, '')).ofKind).toEqual([61_000])
  })

  it('of the end of a job whose POST was not answered yet says how long it took', async () => {
    const { callbacks } = await start(sent)
    const end = sampleReport({ phase: 'completed', status: 'completed', inferenceMs: 61_000 })
    await callbacks.receive('a', end)
    expect((await store.durations(`kind of ${sampleJob().model}`, '')).ofKind).toEqual([61_000])
  })

  it('of a job that runs leaves what was expected of it, and does not ask again', async () => {
    const estimate = taken(expectationOf('before', []), 1_000, null, 1_000)
    const { callbacks, expecting } = await start({ ...running, estimate })
    await callbacks.receive('a', sampleReport({ phase: 'processing', status: 'processing' }))
    expect(await store.job('a')).toMatchObject({ state: 'PROCESSING', estimate })
    expect(expecting).not.toHaveBeenCalled()
  })

  it('of a job that is deleted while it is read is that of an unknown one', async () => {
    const { callbacks } = await start(sent)
    deleted = 'a'
    expect(await callbacks.receive('a', sampleReport())).toBe('unknown')
  })

  it('of a job that runs is recorded', async () => {
    const { callbacks } = await start(running)
    const report = sampleReport({ phase: 'processing', status: 'processing' })
    expect(await callbacks.receive('a', report)).toBe('recorded')
    expect(await store.job('a')).toMatchObject({ state: 'PROCESSING', deadlineAt: null })
  })

  it.each([
    ['runs', running],
    ['was not heard of', sent],
  ])('of the end of a job that %s is recorded', async (_name, job) => {
    const { callbacks } = await start(job)
    const report = sampleReport({ phase: 'completed', status: 'completed' })
    expect(await callbacks.receive('a', report)).toBe('recorded')
    expect(await store.job('a')).toMatchObject({ state: 'COMPLETED' })
  })

  it('that says what is known changes nothing', async () => {
    const { callbacks } = await start(running)
    expect(await callbacks.receive('a', sampleReport())).toBe('unchanged')
  })

  it('that tells of the prediction of another job changes neither', async () => {
    const { callbacks } = await start(running, { ...sent, id: 'b' })
    const report = sampleReport({ phase: 'completed', status: 'completed' })
    expect(await callbacks.receive('b', report)).toBe('otherPrediction')
    expect(await store.job('b')).toMatchObject({ state: 'SUBMITTING', predictionId: null })
    expect(await store.job('a')).toMatchObject({ state: 'CREATED' })
  })

  it('that tells of a prediction other than that of its job is not believed', async () => {
    const { callbacks } = await start(running)
    const report = sampleReport({ id: 'p2', phase: 'completed', status: 'completed' })
    expect(await callbacks.receive('a', report)).toBe('otherPrediction')
    expect(await store.job('a')).toMatchObject({ state: 'CREATED', predictionId: 'p1' })
  })

  describe('that contradicts what the search has guessed', () => {
    const own = sampleReport({ id: 'p2', phase: 'completed', status: 'completed' })
    const words = async (id: string) => (await store.timelines([id]))[0]?.at(-1)?.message
    const both = async () =>
      Promise.all(
        ['a', 'b'].map(async (id) => {
          const { state, predictionId } = (await store.job(id)) ?? {}
          return [state, predictionId]
        }),
      )
    async function guess(...ids: readonly string[]) {
      for (const id of ids) {
        const report = sampleReport({ id: id === 'a' ? 'p1' : 'p2' })
        await store.advance(id, (job) =>
          transition(
            job,
            { type: 'accepted', report, adopted: true, guessed: true, deadlineAt: 9e12 },
            2_000,
          ),
        )
      }
    }
    const twin: Partial<Job> = { ...sent, id: 'b', callbackToken: 'other' }

    it('gives the job its own task, which nobody holds', async () => {
      const { callbacks } = await start(sent)
      await guess('a')
      expect(await callbacks.receive('a', own)).toBe('recorded')
      expect(await store.job('a')).toMatchObject({ state: 'COMPLETED', predictionId: 'p2' })
      expect(await words('a')).toMatch(/^Its callback tells that its task is p2, not p1. Completed/)
      expect(await store.submission('a')).toMatchObject({ predictionId: 'p2', guessed: false })
    })

    it('exchanges the tasks of two that were guessed', async () => {
      const { callbacks } = await start(sent, twin)
      await guess('a', 'b')
      expect(await callbacks.receive('a', own)).toBe('recorded')
      expect(await both()).toEqual([
        ['COMPLETED', 'p2'],
        ['CREATED', 'p1'],
      ])
      expect(await words('b')).toBe(
        "p2 is the task of another job, as that one's callback tells: p1 is taken for its own.",
      )
      expect(await store.submission('b')).toMatchObject({ predictionId: 'p1', guessed: true, endedAt: null })
    })

    it('has the other one searched for again where nothing became free', async () => {
      const { callbacks, clock } = await start(sent, twin)
      await guess('b')
      expect(await callbacks.receive('a', own)).toBe('recorded')
      expect(await both()).toEqual([
        ['COMPLETED', 'p2'],
        ['SUBMITTING', null],
      ])
      expect(await store.job('a')).toMatchObject({
        deadlineAt: clock.now() + deadlineMs,
        estimate: { kind: `kind of ${sampleJob().model}` },
      })
      expect(await store.submission('b')).toMatchObject({ predictionId: null, guessed: false, endedAt: null })
      expect(await words('b')).toContain('searching for its own')
    })

    it('is noted by a job that was canceled, whose place is free with the end of its own task', async () => {
      const { callbacks } = await start(sent)
      await guess('a')
      await store.change('a', (job) => transition(job, { type: 'canceled' }, 3_000))
      expect(await callbacks.receive('a', own)).toBe('recorded')
      expect(await store.job('a')).toMatchObject({ state: 'CANCELED', predictionId: 'p2' })
      expect(await store.submission('a')).toMatchObject({ predictionId: 'p2', endedAt: null })
    })

    it('is refused where the other one has it by the answer of the vendor, or has ended, or was deleted', async () => {
      const { callbacks } = await start(sent, { ...running, id: 'b', predictionId: 'p2' })
      await guess('a')
      expect(await callbacks.receive('a', own)).toBe('otherPrediction')
      expect(await both()).toEqual([
        ['CREATED', 'p1'],
        ['CREATED', 'p2'],
      ])
      await store.remove('b', () => true, 4_000)
      expect(await callbacks.receive('a', own)).toBe('otherPrediction')
    })

    it('is refused by a job that has told its end, and so is what would take it from one', async () => {
      const { callbacks } = await start(sent, twin)
      await guess('a', 'b')
      await store.advance('b', (job) => transition(job, { type: 'reported', report: own }, 3_000))
      expect(await callbacks.receive('a', own)).toBe('otherPrediction')
      expect(await callbacks.receive('b', sampleReport({ id: 'p9' }))).toBe('otherPrediction')
      expect(await both()).toEqual([
        ['CREATED', 'p1'],
        ['COMPLETED', 'p2'],
      ])
    })
  })

  it('of a job that is gone is of nobody', async () => {
    const { callbacks } = await start()
    expect(await callbacks.receive('a', sampleReport())).toBe('unknown')
  })

  it('that came lets polls be a safety net, until one is missed', async () => {
    const { callbacks } = await start(running)
    const state = () => [callbacks.trusted, callbacks.experience]
    expect(state()).toEqual([false, 'none came yet: polling'])
    callbacks.missed()
    expect(state()).toEqual([false, 'none came yet: polling'])
    await callbacks.receive('a', sampleReport())
    expect(state()).toEqual([true, 'they come'])
    callbacks.missed()
    expect(state()).toEqual([false, 'one was missed: polling'])
    await callbacks.receive('a', sampleReport())
    expect(state()).toEqual([true, 'they come'])
  })
})
