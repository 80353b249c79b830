import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { transition } from '../../src/jobs/state.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, withMethods } from '../support/stores.ts'

const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
const cancel = (job: Job) => transition(job, { type: 'canceled' }, 2_000)

/** A recorder on a history that does what it is told, and can then fail to say so. */
function start() {
  const store = openSqliteStore({ file: ':memory:' })
  const told: string[] = []
  let fails = false
  const answering =
    <Args extends unknown[], T>(write: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const result = await write(...args)
      if (fails) throw new HistoryUnavailableError('broken')
      return result
    }
  const failing = withMethods(store, {
    change: answering(store.change),
    advance: answering(store.advance),
  })
  const logged: string[] = []
  const recorder = createRecorder(
    failing,
    { publish: ({ id, state }) => void told.push(`${id} ${state}`) },
    {
      recorded: ({ id }) => void logged.push(`${id} recorded`),
      changed: (before, after) => void logged.push(`${before.id} ${before.state} → ${after.state}`),
    },
  )
  return {
    recorder,
    store: failing,
    logged,
    told,
    close: store.close,
    fail(value: boolean) {
      fails = value
    },
  }
}

describe('a change', () => {
  const request = {
    now: 5_000,
    limits: { videosPerMinute: 5, concurrency: 5 },
    windowStart: 0,
    lease: { owner: 'one', until: 9_000 },
    decide: (job: Job) => transition(job, { type: 'claimed' }, 5_000),
  }

  it('is told once it is recorded: a claim, and what a step found out', async () => {
    const { recorder, told, logged, close } = start()
    expect(await recorder.claim(request)).toEqual({ kind: 'wait', until: null })
    expect(told).toEqual([])
    await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
    expect(await recorder.claim(request)).toMatchObject({
      kind: 'claimed',
      transitions: [{ job: { id: 'a' } }],
    })
    expect(told).toEqual(['a QUEUED', 'a SUBMITTING'])
    const finished = await recorder.advance('a', cancel)
    expect(finished).toMatchObject({
      before: { state: 'SUBMITTING' },
      after: { state: 'CANCELED', version: 3 },
    })
    expect(told.slice(2)).toEqual(['a CANCELED'])
    // Of what changes nothing there is nothing to tell.
    expect(await recorder.advance('a', () => null)).toMatchObject({ before: { version: 3 }, after: null })
    expect(told).toHaveLength(3)
    // A claim has a line of its own once it is sent.
    expect(logged).toEqual(['a recorded', 'a SUBMITTING → CANCELED'])
    close()
  })

  it('is told once it is recorded: each job of a claim', async () => {
    const { recorder, told, close } = start()
    for (const id of ['a', 'b']) await recorder.for(localTenant).insert(sampleJob({ id }), entry)
    await recorder.claim({ ...request, atMost: 2 })
    expect(told.slice(2)).toEqual(['a SUBMITTING', 'b SUBMITTING'])
    close()
  })

  it('is told once it is recorded: an attempt that is taken back, unless a later one counts', async () => {
    const { recorder, told, logged, close } = start()
    const back = (attempt: number) =>
      recorder.withdraw('a', { attempt, mayBeSent: true }, (job) =>
        transition(job, { type: 'deferred', message: 'slower', until: 6_000 }, 5_000),
      )
    await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
    await recorder.claim(request)
    expect(await back(1)).toMatchObject({ after: null })
    expect(told).toEqual(['a QUEUED', 'a SUBMITTING'])
    expect(await back(2)).toMatchObject({ before: { state: 'SUBMITTING' }, after: { state: 'QUEUED' } })
    expect(told.slice(2)).toEqual(['a QUEUED'])
    expect(logged.slice(1)).toEqual(['a SUBMITTING → QUEUED'])
    close()
  })

  it('of a job that is not there is none, and nothing to tell', async () => {
    const { recorder, told, logged, close } = start()
    expect(await recorder.change('unknown', cancel)).toBeNull()
    expect(await recorder.advance('unknown', cancel)).toBeNull()
    expect([told, logged]).toEqual([[], []])
    close()
  })

  it('is not told of a request whose key another job holds: that one is answered', async () => {
    const { recorder, told, logged, close } = start()
    await recorder.for(localTenant).insert(sampleJob({ id: 'a', idempotencyKey: 'k' }), entry)
    expect(
      await recorder.for(localTenant).insert(sampleJob({ id: 'b', idempotencyKey: 'k' }), entry),
    ).toMatchObject({
      id: 'a',
    })
    expect([told, logged]).toEqual([['a QUEUED'], ['a recorded']])
    close()
  })

  it('whose write at the end of a step was not answered is told by the next one', async () => {
    const { recorder, told, close, fail } = start()
    await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
    await recorder.claim(request)
    told.length = 0
    fail(true)
    await expect(recorder.advance('a', cancel)).rejects.toThrow(HistoryUnavailableError)
    fail(false)
    await recorder.for(localTenant).insert(sampleJob({ id: 'b' }), entry)
    await expect.poll(() => told.toSorted()).toEqual(['a CANCELED', 'b QUEUED'])
    close()
  })
})

it('a recorder without a log records all the same', async () => {
  const { store, close } = start()
  const recorder = createRecorder(store, { publish() {} })
  await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
  expect(await recorder.change('a', cancel)).toMatchObject({ after: { state: 'CANCELED' } })
  close()
})

describe('a change whose commit was not answered', () => {
  it('is told with the next one that succeeds', async () => {
    const { recorder, told, close, fail } = start()
    await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
    await recorder.for(localTenant).insert(sampleJob({ id: 'b' }), entry)
    told.length = 0
    fail(true)
    await expect(recorder.change('a', cancel)).rejects.toThrow(HistoryUnavailableError)
    expect(told).toEqual([])
    fail(false)
    await recorder.change('b', cancel)
    await expect.poll(() => told.toSorted()).toEqual(['a CANCELED', 'b CANCELED'])
    await recorder.settle()
    expect(told).toHaveLength(2)
    close()
  })

  it('is not told of a job that is there no more', async () => {
    const { recorder, store, told, close, fail } = start()
    await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
    told.length = 0
    fail(true)
    await expect(recorder.change('a', cancel)).rejects.toThrow(HistoryUnavailableError)
    await store.remove('a', () => true, 9_000)
    await recorder.settle()
    expect(told).toEqual([])
    close()
  })

  it('is told when somebody asks for what is open, as every admission does', async () => {
    const { recorder, told, close, fail } = start()
    await recorder.for(localTenant).insert(sampleJob({ id: 'a' }), entry)
    told.length = 0
    fail(true)
    await expect(recorder.change('a', cancel)).rejects.toThrow(HistoryUnavailableError)
    await recorder.settle()
    expect(told).toEqual(['a CANCELED'])
    close()
  })
})

it('a change on behalf of a tenant is told, too', async () => {
  const { recorder, told, logged, close } = start()
  const own = recorder.for(localTenant)
  await own.insert(sampleJob({ id: 'a' }), entry)
  expect(await own.change('a', cancel)).toMatchObject({ after: { state: 'CANCELED' } })
  expect(told).toEqual(['a QUEUED', 'a CANCELED'])
  expect(logged).toEqual(['a recorded', 'a QUEUED → CANCELED'])
  close()
})
