import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { type QueuePlace, queues } from '../support/queues.ts'

for (const { name, need, prepare, open } of queues) {
  describeWith(
    need,
    `the queue on ${name}`,
    () => {
      let place: QueuePlace | null
      beforeAll(async () => {
        place = await prepare()
      })
      afterAll(() => place?.remove())

      async function start({ onTestFinished }: TestContext, atOnce?: number) {
        const opened = await open(place, atOnce)
        const ran: [key: string, at: number][] = []
        const run = async (key: string): Promise<number | null> => {
          ran.push([key, opened.now()])
          return null
        }
        const keys = () => ran.map(([key]) => key)
        onTestFinished(async () => {
          expect(await opened.close()).toBe(0)
        })
        return { ...opened, ran, run, keys }
      }

      /** Steps that last until they are let go, and how many of them run. */
      function createSteps() {
        const finish: (() => void)[] = []
        const steps = { begun: 0, running: 0, most: 0 }
        return {
          steps,
          finish: () => finish.shift()?.(),
          async last(next: number | null = null) {
            steps.begun += 1
            steps.running += 1
            steps.most = Math.max(steps.most, steps.running)
            await new Promise<void>((resolve) => finish.push(resolve))
            steps.running -= 1
            return next
          },
        }
      }

      it('runs each step once it is due, and not before', async (context) => {
        const { queue, now, until, ran, run, keys } = await start(context, 1)
        const begin = now()
        const due: Record<string, number> = { b: begin + 400, c: begin + 600, a: begin + 200 }
        for (const [key, at] of Object.entries(due)) queue.schedule(key, at)
        queue.start(run)
        await until(() => expect(keys().sort()).toEqual(['a', 'b', 'c']))
        for (const [key, at] of ran) expect(at, key).toBeGreaterThanOrEqual(due[key] ?? Number.NaN)
      })

      it('runs at once what was due before it was asked for', async (context) => {
        const { queue, now, until, run, keys } = await start(context)
        queue.start(run)
        queue.schedule('a', now() - 60_000)
        await until(() => expect(keys()).toEqual(['a']))
      })

      it('holds one entry per key, of which the earlier time wins', async (context) => {
        const { queue, now, pass, until, written, run, keys } = await start(context)
        const begin = now()
        for (const after of [600, 200, 400]) queue.schedule('a', begin + after)
        // Far enough apart to tell which of them has won.
        for (const after of [3_600_000, 200, 7_200_000]) queue.schedule('b', begin + after)
        await written()
        queue.start(run) // Not before: what runs while others are written may be asked for anew.
        await until(() => expect(keys().sort()).toEqual(['a', 'b']))
        await pass(600)
        expect(keys().sort()).toEqual(['a', 'b'])
      })

      it('brings a step forward that waited for a time far ahead', async (context) => {
        const { queue, now, pass, until, written, run, keys } = await start(context)
        queue.start(run)
        for (const key of ['a', 'b']) queue.schedule(key, now() + 3_600_000)
        await written()
        queue.schedule('a', now())
        queue.schedule('b', now() + 200)
        await until(() => expect(keys().sort()).toEqual(['a', 'b']))
        await pass(200)
        expect(keys().sort()).toEqual(['a', 'b'])
      })

      it('runs a step that is due although others wait for a time far ahead', async (context) => {
        const { queue, now, pass, until, run, keys } = await start(context)
        queue.start(run)
        queue.schedule('far', now() + 3_600_000)
        await pass(300)
        queue.schedule('near', now() + 200)
        await until(() => expect(keys()).toEqual(['near']))
      })

      it('runs a step again when it asks for it', async (context) => {
        const { queue, now, until, pass, ran } = await start(context)
        queue.start(async (key) => {
          ran.push([key, now()])
          return ran.length < 3 ? now() + 100 : null
        })
        queue.schedule('a', now())
        await until(() => expect(ran).toHaveLength(3))
        await pass(200)
        expect(ran).toHaveLength(3)
        for (const [index, [, at]] of ran.entries())
          expect(at - (ran[index - 1]?.[1] ?? 0)).toBeGreaterThanOrEqual(100)
      })

      it('never runs two steps of one key at once, and runs the later one when the first has ended', async (context) => {
        const { queue, now, pass, until } = await start(context)
        const { steps, finish, last } = createSteps()
        queue.start(() => last())
        queue.schedule('a', now())
        await until(() => expect(steps.begun).toBe(1))
        queue.schedule('a', now())
        await pass(500)
        expect(steps.begun).toBe(1)
        finish()
        await until(() => expect(steps.begun).toBe(2))
        finish()
        await until(() => expect(steps.running).toBe(0))
        await pass(300)
        expect(steps).toMatchObject({ begun: 2, most: 1 })
      })

      it('takes the earlier time, of what a step asks for itself and what it was asked for meanwhile', async (context) => {
        const { queue, now, until } = await start(context)
        const { steps, finish, last } = createSteps()
        queue.start(() => last(now() + 3_600_000))
        queue.schedule('a', now())
        await until(() => expect(steps.begun).toBe(1))
        queue.schedule('a', now() + 50)
        finish()
        await until(() => expect(steps.begun).toBe(2))
        finish()
      })

      it('runs no more steps at once than it may, and loses none', async (context) => {
        const { queue, now, pass, until } = await start(context, 2)
        const { steps, finish, last } = createSteps()
        queue.start(() => last())
        for (let index = 0; index < 7; index += 1) queue.schedule(`job ${index}`, now())
        for (let ended = 0; ended < 7; ended += 1) {
          await until(() => expect(steps.begun).toBe(Math.min(ended + 2, 7)))
          finish()
        }
        await pass(100)
        expect(steps).toEqual({ begun: 7, running: 0, most: 2 })
      })

      it('runs each of many steps once', async (context) => {
        const { queue, now, until, run, keys } = await start(context)
        const expected = Array.from({ length: 200 }, (_, index) => `job ${index}`)
        queue.start(run)
        for (const key of expected) queue.schedule(key, now() + 100)
        await until(() => expect(keys().length).toBeGreaterThanOrEqual(200))
        expect(keys().sort()).toEqual(expected.sort())
      })

      it('waits for running steps when it stops, and takes no new one', async (context) => {
        const { queue, now, pass, until } = await start(context, 1)
        const { steps, finish, last } = createSteps()
        queue.start(() => last(now()))
        queue.schedule('a', now())
        queue.schedule('b', now())
        await until(() => expect(steps.begun).toBe(1))
        let stopped = false
        const stopping = queue.stop().then(() => {
          stopped = true
        })
        queue.schedule('c', now())
        await pass(700)
        expect({ stopped, begun: steps.begun }).toEqual({ stopped: false, begun: 1 })
        finish()
        await stopping
        await pass(300)
        expect(steps).toEqual({ begun: 1, running: 0, most: 1 })
      })

      it('may be stopped without having been started, and twice', async (context) => {
        const { queue, now } = await start(context)
        queue.schedule('a', now())
        await queue.stop()
        await queue.stop()
      })
    },
    { concurrent: true },
  )
}
