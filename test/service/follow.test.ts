import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import type { JobStream } from '../../src/jobs/events.ts'
import type { Job } from '../../src/jobs/job.ts'
import { followJobs } from '../../src/service/follow.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

describe('following many jobs', () => {
  let store: SqliteStore
  let events: ReturnType<typeof createMemoryEvents>
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    events = createMemoryEvents()
  })
  afterEach(() => store.close())

  const options = () => ({ reader: store, events, clock: createFakeClock() })
  function insert(change: Partial<Job>): Job {
    const job = sampleJob(change)
    store.insert(job, { version: job.version, at: 1, state: job.state, message: 'Recorded.' })
    return job
  }
  async function rest(stream: JobStream): Promise<Job[]> {
    const jobs: Job[] = []
    for await (const job of stream) jobs.push(job)
    return jobs
  }

  it('tells a job that is named twice once', async () => {
    const a = insert({ id: 'a', state: 'COMPLETED' })
    expect(await rest(await followJobs(options(), ['a', 'a'], {}))).toEqual([a])
  })

  it('tells nothing of a job after its final state, however slowly it is read', async () => {
    const a = insert({ id: 'a' })
    const stream = await followJobs(options(), null, {})
    expect((await stream.next()).value).toEqual(a)
    const publish = (version: number, state: Job['state']) => events.publish({ ...a, version, state })
    const others = (name: string) => {
      for (let index = 0; index < 64; index += 1) events.publish(sampleJob({ id: `${name} ${index}` }))
    }
    others('before')
    publish(2, 'SUBMITTING')
    for (let count = 0; count < 2; count += 1) await stream.next()
    publish(3, 'CREATED')
    others('between')
    publish(4, 'FAILED')
    events.publish(sampleJob({ id: 'end' }))
    const versions: number[] = []
    for (let next = await stream.next(); next.value.id !== 'end'; next = await stream.next()) {
      if (next.value.id === 'a') versions.push(next.value.version)
    }
    expect(versions).toEqual([4])
  })

  it('is not cut for jobs that it was not asked for', async () => {
    const a = insert({ id: 'a', input: { ...sampleInput, prompt: 'a fox' } })
    const streams = [
      await followJobs(options(), ['a'], {}),
      await followJobs(options(), null, { prompt: 'fox' }),
    ]
    const other = { ...sampleInput, prompt: 'a bear' }
    for (let index = 0; index <= 10_000; index += 1) {
      events.publish(sampleJob({ id: `other ${index}`, input: other }))
    }
    events.publish({ ...a, version: 2, state: 'CANCELED' })
    for (const stream of streams) {
      expect((await stream.next()).value).toMatchObject({ id: 'a', version: 1 })
      expect((await stream.next()).value).toMatchObject({ id: 'a', version: 2 })
    }
  })
})
