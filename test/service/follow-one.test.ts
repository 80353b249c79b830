import { describe, expect, it } from 'vitest'
import { JobNotFoundError } from '../../src/errors.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import type { Job, JobReader, JobStream, PageQuery } from '../../src/jobs/ports.ts'
import { followJob, followJobs, matches } from '../../src/service/follow.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleInput, sampleJob } from '../support/job.ts'

/** A history that answers later, as one of many gateways does, and the events beside it. */
function start(...jobs: readonly Job[]) {
  const clock = createFakeClock()
  const events = createMemoryEvents()
  let listening = 0
  const asked: PageQuery[] = []
  const find = (id: string) => jobs.find((job) => job.id === id) ?? null
  const counted = (stream: JobStream): JobStream => {
    listening += 1
    let over = false
    return {
      next: () => stream.next(),
      return: async () => {
        if (!over) listening -= 1
        over = true
        return (await stream.return?.()) ?? { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
  const reader = {
    job: async (id: string) => find(id),
    jobs: async (ids: readonly string[]) => ids.map(find),
    async page(query: PageQuery) {
      asked.push(query)
      const sorted = jobs.filter((job) => matches(job, query.filter))
      const { after } = query
      const from = after ? sorted.findIndex((job) => job.id === after.id) + 1 : 0
      return sorted.slice(from, from + query.limit)
    },
  } as unknown as JobReader
  return {
    asked,
    clock,
    events,
    reader,
    listening: () => listening,
    options: {
      reader,
      clock,
      events: {
        ...events,
        ofJob: (id: string) => counted(events.ofJob(id)),
        ofAll: (wanted: (job: Job) => boolean) => counted(events.ofAll(wanted)),
      },
    },
  }
}

const a = sampleJob({ id: 'a' })
const change = (version: number, state: Job['state'] = 'PROCESSING'): Job => ({ ...a, version, state })
const read = async (stream: JobStream) => {
  const { done, value } = await stream.next()
  return done ? 'end' : value.version
}

describe('following one job', () => {
  it('tells it as it stands, then each newer state once, and ends with the last one', async () => {
    const { events, listening, options } = start(a)
    const stream = await followJob(options, 'a', null)
    expect(await read(stream)).toBe(1)
    for (const version of [1, 2, 2, 1, 3]) events.publish(change(version))
    events.publish(change(4, 'COMPLETED'))
    events.publish(change(5, 'COMPLETED'))
    expect([await read(stream), await read(stream), await read(stream)]).toEqual([2, 3, 4])
    expect([await read(stream), await read(stream), listening()]).toEqual(['end', 'end', 0])
  })

  it('that has ended tells it, and ends', async () => {
    const { listening, options } = start(change(7, 'FAILED'))
    const stream = await followJob(options, 'a', null)
    expect([await read(stream), await read(stream), listening()]).toEqual([7, 'end', 0])
  })

  it('misses nothing that changes while it is read', async () => {
    const { events, options, reader } = start(a)
    const slow = {
      ...reader,
      async job(id: string) {
        const job = await reader.job(id)
        events.publish(change(2))
        return job
      },
    }
    const stream = await followJob({ ...options, reader: slow }, 'a', null)
    expect([await read(stream), await read(stream)]).toEqual([1, 2])
  })

  it.each([
    ['that nobody knows', null, JobNotFoundError],
    ['that cannot be read', new Error('the history is away'), /the history is away/],
  ])('%s fails, and nobody listens any more', async (_name, fault, error) => {
    const { listening, options, reader } = start()
    const broken = {
      ...reader,
      job: async () => {
        if (fault) throw fault
        return null
      },
    }
    await expect(followJob({ ...options, reader: broken }, 'a', null)).rejects.toThrow(error)
    expect(listening()).toBe(0)
  })

  it('that is quiet is told again with each heartbeat, and its changes as they come', async () => {
    const { clock, events, options } = start(a)
    const stream = await followJob(options, 'a', 10_000)
    expect(await read(stream)).toBe(1)
    for (let beat = 0; beat < 3; beat += 1) {
      const next = read(stream)
      await clock.advance(9_999)
      expect(await Promise.race([next, 'quiet'])).toBe('quiet')
      await clock.advance(1)
      expect(await next).toBe(1)
    }
    const next = read(stream)
    await clock.advance(5_000)
    events.publish(change(2))
    expect(await next).toBe(2)
    expect(clock.pending).toBe(0)
    events.publish(change(3))
    expect(await read(stream)).toBe(3)
  })

  it('that is quiet is not told again without heartbeats', async () => {
    const { clock, events, options } = start(a)
    const stream = await followJob(options, 'a', null)
    await read(stream)
    const next = read(stream)
    await clock.advance(3_600_000)
    expect(await Promise.race([next, 'quiet'])).toBe('quiet')
    events.publish(change(2))
    expect(await next).toBe(2)
  })

  it('whose events break passes on why, at once, and leaves no timer', async () => {
    const { clock, options } = start(a)
    const broken: JobStream = {
      next: () => Promise.reject(new Error('the events are away')),
      [Symbol.asyncIterator]() {
        return this
      },
    }
    const stream = await followJob(
      { ...options, events: { ...options.events, ofJob: () => broken } },
      'a',
      10_000,
    )
    await stream.next()
    await expect(stream.next()).rejects.toThrow('the events are away')
    expect(clock.pending).toBe(0)
    expect(await read(stream)).toBe('end')
  })

  it('lets go of it at once when it is left, also while it is quiet', async () => {
    const { listening, options } = start(a)
    const stream = await followJob(options, 'a', null)
    await stream.next()
    const waiting = stream.next()
    expect(await stream.return?.()).toEqual({ done: true, value: undefined })
    expect(listening()).toBe(0)
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('ends where its events end', async () => {
    const { options } = start(a)
    const over: JobStream = {
      next: async () => ({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
    const stream = await followJob(
      { ...options, events: { ...options.events, ofJob: () => over } },
      'a',
      null,
    )
    expect([await read(stream), await read(stream)]).toEqual([1, 'end'])
  })
})

describe('following many jobs', () => {
  const b = sampleJob({ id: 'b' })

  it('by name ends when all of them have, and tells of no other', async () => {
    const { events, listening, options } = start(a, b)
    const stream = await followJobs(options, ['a', 'b'], {})
    expect([await read(stream), await read(stream)]).toEqual([1, 1])
    events.publish(sampleJob({ id: 'other', version: 9 }))
    events.publish(change(2, 'FAILED'))
    events.publish({ ...b, version: 3, state: 'COMPLETED' })
    expect([await read(stream), await read(stream), await read(stream)]).toEqual([2, 3, 'end'])
    expect(listening()).toBe(0)
  })

  it('tells each version once, also where it is told of one again', async () => {
    const { events, options } = start(a)
    const stream = await followJobs(options, null, {})
    expect(await read(stream)).toBe(1)
    events.publish(change(2))
    expect(await read(stream)).toBe(2)
    for (const version of [2, 1, 3]) events.publish(change(version))
    expect(await read(stream)).toBe(3)
  })

  it('by name tells nothing of one after its end, while others go on', async () => {
    const { events, options } = start(a, b)
    const stream = await followJobs(options, ['a', 'b'], {})
    expect([await read(stream), await read(stream)]).toEqual([1, 1])
    events.publish(change(2, 'FAILED'))
    events.publish(change(3))
    events.publish({ ...b, version: 9, state: 'COMPLETED' })
    expect([await read(stream), await read(stream), await read(stream)]).toEqual([2, 9, 'end'])
  })

  it('ends where its events end', async () => {
    const { options } = start(a)
    const over: JobStream = {
      next: async () => ({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
    const stream = await followJobs(
      { ...options, events: { ...options.events, ofAll: () => over } },
      null,
      {},
    )
    expect([await read(stream), await read(stream)]).toEqual([1, 'end'])
  })

  it('one of which nobody knows fails by its name, and nobody listens any more', async () => {
    const { listening, options } = start(a)
    await expect(followJobs(options, ['a', 'lost'], {})).rejects.toThrow(new JobNotFoundError('lost'))
    expect(listening()).toBe(0)
  })

  it('by a filter begins with the unfinished ones, page by page, and goes on', async () => {
    const jobs = Array.from({ length: 201 }, (_, index) => sampleJob({ id: `j${index}`, createdAt: index }))
    const { asked, events, options } = start(...jobs)
    const stream = await followJobs(options, null, { models: [a.model] })
    const seen: string[] = []
    for (let count = 0; count < 201; count += 1) seen.push((await stream.next()).value?.id ?? '')
    expect(seen).toEqual(jobs.map(({ id }) => id))
    const change = { ...sampleJob({ id: 'j200' }), version: 2, state: 'COMPLETED' } as const
    const next = stream.next()
    await new Promise((done) => setImmediate(done))
    events.publish(change)
    expect((await next).value).toEqual(change)
    expect(asked.map(({ after, limit }) => [after, limit])).toEqual([
      [undefined, 100],
      [{ value: 99, id: 'j99' }, 100],
      [{ value: 199, id: 'j199' }, 100],
    ])
    expect(asked[0]).toMatchObject({
      order: 'CREATED_AT',
      descending: false,
      fromEnd: false,
      filter: { models: [a.model], states: ['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING'] },
    })
  })

  it('by final states begins with none of them, and tells of those that come to them', async () => {
    const { asked, events, options } = start(change(1, 'COMPLETED'))
    const stream = await followJobs(options, null, { states: ['COMPLETED'] })
    events.publish({ ...b, version: 2, state: 'PROCESSING' })
    events.publish({ ...b, version: 3, state: 'COMPLETED' })
    expect(await read(stream)).toBe(3)
    expect(asked).toEqual([])
  })
})

describe('a filter', () => {
  const job = sampleJob({
    createdAt: 100,
    state: 'QUEUED',
    model: 'm',
    input: { ...sampleInput, prompt: 'A Fox, in ÄGYPTEN' },
  })
  it.each([
    [{}, true],
    [{ states: ['QUEUED' as const] }, true],
    [{ states: ['FAILED' as const] }, false],
    [{ states: [] }, false],
    [{ models: ['m', 'n'] }, true],
    [{ models: ['n'] }, false],
    [{ createdAfter: 99 }, true],
    [{ createdAfter: 100 }, false],
    [{ createdBefore: 101 }, true],
    [{ createdBefore: 100 }, false],
    [{ prompt: 'a fOX' }, true],
    [{ prompt: 'bear' }, false],
    // As the databases do it, which know the letters of ASCII only.
    [{ prompt: 'ägypten' }, false],
    [{ prompt: 'Ägypten' }, true],
    [{ states: ['QUEUED' as const], models: ['m'], prompt: 'bear' }, false],
  ])('%j describes the job: %j', (filter, does) => {
    expect(matches(job, filter)).toBe(does)
  })
})
