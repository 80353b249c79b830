import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { QueueStore } from '../../src/queue/datastore.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { describeWith } from '../support/needs.ts'
import { openSharedQueue, type QueuePlace, sharedQueues, uniqueQueueName } from '../support/queues.ts'
import type { Server } from '../support/servers/server.ts'

const hour = 3_600_000

for (const { name, need, prepare, startServer, storeOn, lasting } of sharedQueues) {
  describeWith(
    need,
    `gateways that share a queue on ${name}`,
    () => {
      let place: QueuePlace
      beforeAll(async () => {
        place = await prepare()
      })
      afterAll(() => place.remove())

      /** Opens as many queues of one name as the test asks for, which are stopped after it. */
      function share({ onTestFinished }: TestContext, store: QueueStore = place.store) {
        const queueName = uniqueQueueName()
        return {
          queueName,
          async open(atOnce?: number) {
            const queue = await openSharedQueue(store, queueName, atOnce)
            onTestFinished(() => queue.stop())
            return queue
          },
        }
      }

      function recorder() {
        const ran: string[] = []
        return {
          ran,
          run: async (key: string): Promise<null> => {
            ran.push(key)
            return null
          },
        }
      }

      it('keep an entry of one that is gone', async (context) => {
        const { open } = share(context)
        const { ran, run } = recorder()
        const first = await open()
        first.schedule('a', Date.now() + 500)
        await eventually(() => expect(first.size).toBe(0))
        await first.stop()
        const second = await open()
        second.start(run)
        await eventually(() => expect(ran).toEqual(['a']))
      })

      it('share the steps, of which no two of one key run at once', async (context) => {
        const { open } = share(context)
        const queues = [await open(3), await open(3)]
        const running = new Set<string>()
        const ran: string[] = []
        const takers = new Set<number>()
        let bothTook: () => void = () => {}
        const both = new Promise<void>((resolve) => {
          bothTook = resolve
        })
        let twice = 0
        for (const [index, queue] of queues.entries()) {
          queue.start(async (key) => {
            if (running.has(key)) twice += 1
            running.add(key)
            takers.add(index)
            if (takers.size === 2) bothTook()
            await both
            await pause(10)
            running.delete(key)
            ran.push(key)
            return ran.filter((other) => other === key).length < 3 ? Date.now() : null
          })
        }
        const keys = Array.from({ length: 10 }, (_, index) => `job ${index}`)
        for (const key of keys) for (const queue of queues) queue.schedule(key, Date.now())
        await eventually(() => {
          for (const key of keys)
            expect(ran.filter((other) => other === key).length).toBeGreaterThanOrEqual(3)
          expect(running.size).toBe(0)
        })
        expect(twice).toBe(0)
      })

      it('bring forward what another one has scheduled for later, and leave what is sooner', async (context) => {
        const { open } = share(context)
        const { ran, run } = recorder()
        const [first, second] = [await open(), await open()]
        for (const key of ['a', 'b']) first.schedule(key, Date.now() + hour)
        await eventually(() => expect(first.size).toBe(0))
        first.start(run)
        second.schedule('a', Date.now())
        await eventually(() => expect(ran).toEqual(['a']))
        second.schedule('b', Date.now() + 200)
        await eventually(() => expect(ran).toEqual(['a', 'b']))
        first.schedule('c', Date.now() + 1_000)
        await eventually(() => expect(first.size).toBe(0))
        second.schedule('c', Date.now() + hour)
        await eventually(() => expect(ran).toEqual(['a', 'b', 'c']))
      })

      it('run a step once that was asked for again, for a later time, before it had run', async (context) => {
        const { queueName, open } = share(context)
        const { ran, run } = recorder()
        const clock = createFakeClock()
        const asking = await openSharedQueue(place.store, queueName, undefined, clock)
        context.onTestFinished(() => asking.stop())
        asking.schedule('a', clock.now() + hour)
        await eventually(() => expect(asking.size).toBe(0))
        const { pending } = clock
        asking.schedule('a', clock.now() + 2 * hour)
        await eventually(() => expect(clock.pending).toBe(pending + 1)) // it asks at that time what became of the first
        const taking = await open(1)
        taking.start(run)
        taking.schedule('a', Date.now())
        await eventually(() => expect(ran).toEqual(['a']))
        await eventually(() => expect(taking.size).toBe(0))
        await clock.advance(2 * hour)
        await eventually(() => expect(asking.size).toBe(0))
        taking.schedule('after it', Date.now())
        await eventually(() => expect(ran).toContain('after it'))
        expect(ran).toEqual(['a', 'after it'])
      })

      it('run a step after the one that runs, if another one asks for it meanwhile', async (context) => {
        const { open } = share(context)
        const queues = [await open(), await open()]
        let running = 0
        let begun = 0
        let most = 0
        let finish: () => void = () => {}
        const first = new Promise<void>((resolve) => {
          finish = resolve
        })
        for (const queue of queues) {
          queue.start(async () => {
            begun += 1
            running += 1
            most = Math.max(most, running)
            await first
            await pause(50)
            running -= 1
            return null
          })
        }
        queues[0]?.schedule('a', Date.now())
        await eventually(() => expect(begun).toBe(1))
        for (const queue of queues) queue.schedule('a', Date.now())
        await pause(500)
        expect(begun).toBe(1)
        finish()
        // Both have asked: whether for one more run or for two is left open.
        await eventually(() => {
          expect(begun).toBeGreaterThan(1)
          expect(queues.map(({ size }) => size)).toEqual([0, 0])
        })
        expect(most).toBe(1)
      })

      describe('whose datastore fails', { sequential: true }, () => {
        let server: Server
        beforeAll(async () => {
          server = await startServer()
        })
        afterAll(() => server.stop())

        it('go on after its restart, with what was scheduled meanwhile', async (context) => {
          const { open } = share(context, storeOn(server))
          const ran: string[] = []
          let finish: () => void = () => {}
          const queue = await open()
          queue.start(async (key) => {
            ran.push(key)
            if (key !== 'running' || ran.filter((other) => other === key).length > 1) return null
            await new Promise<void>((resolve) => {
              finish = resolve
            })
            return Date.now()
          })
          queue.schedule('before', Date.now() + 4_000)
          queue.schedule('running', Date.now())
          await eventually(() => expect(ran).toContain('running'))
          await server.kill()
          queue.schedule('meanwhile', Date.now())
          queue.schedule('later', Date.now() + 500)
          finish()
          await pause(500)
          await server.start()
          const expected = ['later', 'meanwhile', ...(lasting ? ['before'] : [])]
          await eventually(() => {
            expect(ran).toEqual(expect.arrayContaining(expected))
            expect(ran.filter((key) => key === 'running').length).toBeGreaterThan(1)
          })
        })

        it('begin to take steps when it is there again', async (context) => {
          const { open } = share(context, storeOn(server))
          const { ran, run } = recorder()
          const queue = await open()
          await server.kill()
          queue.start(run)
          queue.schedule('a', Date.now())
          await pause(500)
          await server.start()
          await eventually(() => expect(ran).toContain('a'))
        })
      })
    },
    { concurrent: true },
  )
}
