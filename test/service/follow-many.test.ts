import { describe, expect, it } from 'vitest'
import { JobNotFoundError } from '../../src/service/error.ts'
import { followJobs, matches } from '../../src/service/follow.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { a, change, over, read, start } from './late-history.ts'

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
