import { describe, expect, it } from 'vitest'
import type { JobStream } from '../../src/jobs/events.ts'
import { JobNotFoundError } from '../../src/service/error.ts'
import { followJob } from '../../src/service/follow.ts'
import { a, change, over, read, start } from './late-history.ts'

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
    const stream = await followJob(
      { ...options, events: { ...options.events, ofJob: () => over } },
      'a',
      null,
    )
    expect([await read(stream), await read(stream)]).toEqual([1, 'end'])
  })
})
