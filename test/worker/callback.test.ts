import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { createCallbacks } from '../../src/worker/callback.ts'
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
      deadlineMs,
    })
    return { callbacks, clock }
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
