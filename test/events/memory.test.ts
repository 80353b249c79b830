import { describe, expect, it } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import type { Job } from '../../src/jobs/job.ts'
import { take } from '../support/buses.ts'
import { sampleJob } from '../support/job.ts'
import { createDraws } from '../support/seed.ts'

const version = (id: string, number: number) => sampleJob({ id, version: number })

describe('the event bus of one process', () => {
  it('never tells an older state of a job after a newer one, however the reader falls behind and catches up', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll()
    const told: Job[] = []
    const read = async (count: number) => {
      for (let index = 0; index < count; index += 1) told.push((await reader.next()).value)
    }
    // Past the bound, below it, and past it again, with one job's last states in between.
    for (let index = 0; index < 64; index += 1) events.publish(version(`before ${index}`, 1))
    events.publish(version('a', 2))
    await read(2)
    events.publish(version('a', 3))
    for (let index = 0; index < 64; index += 1) events.publish(version(`between ${index}`, 1))
    events.publish(version('a', 4))
    while (told.at(-1)?.id !== 'between 63') await read(1)
    const versions = told.filter(({ id }) => id === 'a').map((job) => job.version)
    expect(versions).toEqual([...versions].sort((x, y) => x - y))
    expect(versions.at(-1)).toBe(4)
  })

  it('keeps the order of each job and its last state at random rates of writing and reading', async () => {
    const draws = createDraws()
    const random = (below: number) => Math.floor(draws.between(0, below))
    const events = createMemoryEvents()
    const reader = events.ofAll()
    const told = new Map<string, number>()
    const published = new Map<string, number>()
    const read = async () => {
      const { id, version: number } = (await reader.next()).value as Job
      expect(number).toBeGreaterThan(told.get(id) ?? 0)
      told.set(id, number)
      return id
    }
    for (let round = 0; round < 500; round += 1) {
      const changed = new Set<string>()
      for (let count = random(60); count >= 0; count -= 1) {
        const id = `job ${random(90)}`
        changed.add(id)
        published.set(id, (published.get(id) ?? 0) + 1)
        events.publish(version(id, published.get(id) ?? 0))
      }
      for (let count = random(changed.size + 1); count > 0; count -= 1) await read()
    }
    events.publish(version('end', 1))
    while ((await read()) !== 'end');
    told.delete('end')
    expect(told).toEqual(published)
  })

  it('tells every change while 64 wait, then the newest state of each job, and every change again', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll()
    const publish = (from: number, to: number) => {
      for (let number = from; number <= to; number += 1) events.publish(version('a', number))
    }
    const read = async (count: number) => (await take(reader, count)).map(({ version: number }) => number)
    publish(1, 64)
    expect(await read(64)).toEqual(Array.from({ length: 64 }, (_, index) => index + 1))
    publish(65, 129)
    expect(await read(1)).toEqual([129])
    publish(130, 132)
    expect(await read(3)).toEqual([130, 131, 132])
  })

  it('is behind by jobs until it has caught up, however often one of them changes', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll()
    for (let index = 0; index < 100; index += 1) events.publish(version(`job ${index}`, 1))
    await take(reader, 1)
    for (let number = 1; number <= 10_001; number += 1) events.publish(version('a', number))
    expect((await take(reader, 100)).at(-1)).toMatchObject({ id: 'a', version: 10_001 })
  })

  it('goes on telling the other readers of a job, and those who come again, when one leaves', async () => {
    const events = createMemoryEvents()
    const [first, second] = [events.ofJob('a'), events.ofJob('a')]
    expect(await first.return?.()).toEqual({ done: true, value: undefined })
    events.publish(version('a', 1))
    expect(await second.next()).toMatchObject({ done: false, value: { version: 1 } })
    await second.return?.()
    const third = events.ofJob('a')
    await second.return?.()
    events.publish(version('a', 2))
    expect(await take(third, 1)).toMatchObject([{ version: 2 }])
    expect(events.listeners).toBe(1)
  })

  it('is read by a loop', async () => {
    const events = createMemoryEvents()
    const reader = events.ofJob('a')
    events.publish(version('a', 1))
    for await (const job of { [Symbol.asyncIterator]: () => reader[Symbol.asyncIterator]() }) {
      expect(job.version).toBe(1)
      break
    }
    expect(events.listeners).toBe(0)
  })

  it('does not let jobs that a stream did not ask for count against it', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll(({ id }) => id === 'a')
    for (let index = 0; index <= 10_000; index += 1) events.publish(version(`job ${index}`, 1))
    for (const number of [1, 2]) events.publish(version('a', number))
    for (const number of [1, 2])
      expect((await reader.next()).value).toMatchObject({ id: 'a', version: number })
  })

  it('cuts a stream over all jobs that is more than ten thousand jobs behind, with words', async () => {
    const events = createMemoryEvents()
    const reader = events.ofAll()
    for (let index = 0; index < 10_000; index += 1) events.publish(version(`job ${index}`, 1))
    expect(events.listeners).toBe(1)
    events.publish(version('one more', 1))
    await expect(reader.next()).rejects.toMatchObject({
      code: 'STREAM_TOO_SLOW',
      message: expect.stringMatching(/too far behind/),
    })
    expect(events.listeners).toBe(0)
  })
})
