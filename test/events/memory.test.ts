import { describe, expect, it } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { sampleJob } from '../support/job.ts'

const version = (id: string, number: number) => sampleJob({ id, version: number })

describe('the event bus', () => {
  it('tells every reader of a job each change, in order, and no other', async () => {
    const events = createMemoryEvents()
    const readers = [events.ofJob('a'), events.ofJob('a')]
    for (const number of [1, 2, 3]) {
      events.publish(version('a', number))
      events.publish(version('b', number))
    }
    for (const reader of readers) {
      for (const number of [1, 2, 3])
        expect((await reader.next()).value).toMatchObject({ id: 'a', version: number })
    }
  })

  it('wakes a reader that waits', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll()
    const next = reader.next()
    events.publish(version('a', 1))
    expect((await next).value).toMatchObject({ id: 'a' })
  })

  it('keeps only the newest state of a job for a reader that is too slow', async () => {
    const events = createMemoryEvents()
    const reader = events.ofJob('a')
    for (let number = 1; number <= 1_000; number += 1) events.publish(version('a', number))
    const read: number[] = []
    while (read.at(-1) !== 1_000) read.push((await reader.next()).value.version)
    expect(read.length).toBeLessThanOrEqual(65)
    expect(read).toEqual([...read].sort((a, b) => a - b))
  })

  it('cuts a stream over all jobs that is ten thousand jobs behind, with words', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll()
    for (let index = 0; index <= 10_000; index += 1) events.publish(version(`job ${index}`, 1))
    await expect(reader.next()).rejects.toThrow(/too far behind/)
    expect(events.listeners).toBe(0)
  })

  it('forgets a reader that leaves, even while it waits', async () => {
    const events = createMemoryEvents()
    const reader = events.ofJob('a')
    const next = reader.next()
    expect(events.listeners).toBe(1)
    await reader.return?.()
    expect(events.listeners).toBe(0)
    expect((await next).done).toBe(true)
  })

  it('ends every stream as broken when it is closed', async () => {
    const events = createMemoryEvents()
    const next = [events.ofJob('a').next(), events.ofAll().next()]
    events.close(new Error('stopping'))
    for (const one of next) await expect(one).rejects.toThrow('stopping')
    expect(events.listeners).toBe(0)
  })
})
