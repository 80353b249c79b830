import { describe, expect, it } from 'vitest'
import { createEmbeddedQueue } from '../../src/queue/embedded.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function start(atOnce?: number) {
  const clock = createFakeClock()
  const begin = clock.now()
  const queue = createEmbeddedQueue(clock, atOnce)
  const ran: [key: string, at: number][] = []
  const run = async (key: string): Promise<number | null> => {
    ran.push([key, clock.now() - begin])
    return null
  }
  return { clock, begin, queue, ran, run }
}

describe('the embedded queue', () => {
  it('runs each step when it is due, in order of time', async () => {
    const { clock, begin, queue, ran, run } = start()
    queue.schedule('b', begin + 200)
    queue.schedule('a', begin + 100)
    queue.start(run)
    await clock.advance(150)
    expect(ran).toEqual([['a', 100]])
    await clock.advance(100)
    expect(ran).toEqual([
      ['a', 100],
      ['b', 200],
    ])
  })

  it('holds one entry per key, of which the earlier time wins', async () => {
    const { clock, begin, queue, ran, run } = start()
    queue.start(run)
    queue.schedule('a', begin + 500)
    queue.schedule('a', begin + 100)
    queue.schedule('a', begin + 300)
    expect(queue.size).toBe(1)
    await clock.advance(1_000)
    expect(ran).toEqual([['a', 100]])
  })

  it.each([-6_000, -3_600_000, 3_600_000])(
    'runs each step after its pause at the latest though the clock jumps by %i ms meanwhile',
    async (jump) => {
      const { clock, queue, ran, run } = start()
      queue.start(run)
      queue.schedule('a', clock.now() + 5_000)
      queue.schedule('b', clock.now() + 30_000)
      await clock.advance(1_000)
      clock.jump(jump)
      queue.schedule('b', clock.now() + 60_000)
      queue.schedule('c', clock.now() + 8_000)
      await clock.advance(8_000)
      expect(ran.map(([key]) => key)).toEqual(expect.arrayContaining(['a', 'c']))
      await clock.advance(22_000)
      expect(ran.map(([key]) => key).sort()).toEqual(['a', 'b', 'c'])
      expect(clock.pending).toBe(0)
    },
  )

  it('runs a step again when it asks for it', async () => {
    const { clock, queue, ran } = start()
    queue.start(async (key) => {
      ran.push([key, 0])
      return ran.length < 3 ? clock.now() + 10 : null
    })
    queue.schedule('a', clock.now())
    await clock.advance(100)
    expect(ran).toHaveLength(3)
    expect(queue.size).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('never runs two steps of one key at once, and runs the later one when the first has ended', async () => {
    const { clock, queue } = start()
    let running = 0
    let most = 0
    let runs = 0
    let finish: () => void = () => {}
    queue.start(async () => {
      runs += 1
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      running -= 1
      return null
    })
    queue.schedule('a', clock.now())
    await clock.advance(1)
    queue.schedule('a', clock.now())
    await clock.advance(10)
    expect(runs).toBe(1)
    finish()
    await clock.advance(10)
    expect(runs).toBe(2)
    finish()
    await clock.advance(10)
    expect(most).toBe(1)
    expect(queue.size).toBe(0)
  })

  it('runs no more steps at once than it may, and loses none', async () => {
    const { clock, queue } = start(2)
    let running = 0
    let most = 0
    let done = 0
    queue.start(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => clock.after(10, resolve))
      running -= 1
      done += 1
      return null
    })
    for (let index = 0; index < 7; index += 1) queue.schedule(`job ${index}`, clock.now())
    await clock.advance(1_000)
    expect({ most, done }).toEqual({ most: 2, done: 7 })
  })

  it('has one timer, however many steps wait', async () => {
    const { clock, begin, queue, run } = start()
    queue.start(run)
    for (let index = 0; index < 1_000; index += 1) queue.schedule(`job ${index}`, begin + 1_000 - index)
    expect(clock.pending).toBe(1)
    await queue.stop()
  })

  it('waits for running steps when it stops, takes no new one and leaves no timer', async () => {
    const { clock, begin, queue, ran } = start()
    let finish: () => void = () => {}
    queue.start(async (key) => {
      ran.push([key, 0])
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return clock.now()
    })
    queue.schedule('a', begin)
    queue.schedule('b', begin + 50)
    await clock.advance(1)
    let stopped = false
    const stopping = queue.stop().then(() => {
      stopped = true
    })
    queue.schedule('c', begin)
    await clock.advance(100)
    expect(stopped).toBe(false)
    finish()
    await stopping
    await clock.advance(1_000)
    expect(ran).toEqual([['a', 0]])
    expect(clock.pending).toBe(0)
  })
})
