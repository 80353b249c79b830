import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Bus, type BusPlace, buses, createDayClock, take } from '../support/buses.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'

const version = (id: string, number: number) => sampleJob({ id, version: number })

for (const { name, prepare, open } of buses) {
  describe(`the event bus on ${name}`, () => {
    let place: BusPlace | null
    let clock: FakeClock
    let events: Bus
    beforeAll(async () => {
      place = await prepare()
    })
    afterAll(() => place?.remove())
    beforeEach(async () => {
      clock = createDayClock()
      events = await open(place, clock)
    })
    afterEach(async () => {
      await events.close(new Error('the test is over'))
      expect({ timers: clock.pending, listeners: events.listeners }).toEqual({ timers: 0, listeners: 0 })
    })

    it('tells every reader of a job each change, in order, and no other', async () => {
      const readers = [events.ofJob('a'), events.ofJob('a')]
      for (const number of [1, 2, 3]) {
        events.publish(version('a', number))
        events.publish(version('b', number))
      }
      for (const reader of readers) {
        const told = await take(reader, 3)
        expect(told.map((job) => [job.id, job.version])).toEqual([
          ['a', 1],
          ['a', 2],
          ['a', 3],
        ])
      }
    })

    it('tells a change as it was published, whatever its texts are', async () => {
      const reader = events.ofJob('a')
      const { input } = version('a', 1)
      const job = sampleJob({ id: 'a', input: { ...input, prompt: 'ein Füchs\u{1f98a}\0 "\\u0000"' } })
      events.publish(job)
      expect(await take(reader, 1)).toEqual([job])
    })

    it('tells whoever subscribed of each change as it is published', () => {
      const heard: string[] = []
      for (const name of ['one', 'other']) events.subscribe(({ id }) => heard.push(`${name} ${id}`))
      events.publish(version('a', 1))
      expect(heard).toEqual(['one a', 'other a'])
    })

    it('wakes a reader that waits', async () => {
      const next = events.ofAll().next()
      events.publish(version('a', 1))
      expect((await next).value).toMatchObject({ id: 'a' })
    })

    it('tells a stream over all jobs those that it wants', async () => {
      const reader = events.ofAll(({ state }) => state === 'FAILED')
      events.publish(version('a', 1))
      events.publish(sampleJob({ id: 'b', state: 'FAILED' }))
      expect(await take(reader, 1)).toMatchObject([{ id: 'b' }])
    })

    it('keeps only the newest state of a job for a reader that is too slow', async () => {
      const reader = events.ofJob('a')
      for (let number = 1; number <= 300; number += 1) events.publish(version('a', number))
      const read: number[] = []
      while (read.at(-1) !== 300) read.push((await reader.next()).value.version)
      expect(read.length).toBeLessThanOrEqual(65)
      expect(read).toEqual([...read].sort((a, b) => a - b))
    })

    it('forgets a reader that leaves, even while it waits', async () => {
      const reader = events.ofJob('a')
      const next = reader.next()
      expect(events.listeners).toBe(1)
      await reader.return?.()
      expect(events.listeners).toBe(0)
      expect((await next).done).toBe(true)
    })

    it('ends every stream as broken when it is closed', async () => {
      const next = [events.ofJob('a').next(), events.ofAll().next()]
      const broken = Promise.allSettled(next)
      await events.close(new Error('stopping'))
      for (const one of await broken) expect(one).toMatchObject({ reason: { message: 'stopping' } })
    })

    it('may be closed twice, and is told of changes afterwards without harm', async () => {
      await events.close(new Error('stopping'))
      await events.close(new Error('stopping'))
      events.publish(version('a', 1))
    })
  })
}
