import { describe, expect, it } from 'vitest'
import { createEmbeddedQueue } from '../../src/queue/embedded.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function start(atOnce?: number) {
  const clock = createFakeClock()
  const queue = createEmbeddedQueue(clock, atOnce)
  const ran: string[] = []
  const run = async (key: string): Promise<number | null> => {
    ran.push(key)
    return null
  }
  return { clock, queue, ran, run }
}

describe('the embedded queue', () => {
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
      expect(ran).toEqual(expect.arrayContaining(['a', 'c']))
      await clock.advance(22_000)
      expect(ran.sort()).toEqual(['a', 'b', 'c'])
      expect(clock.pending).toBe(0)
    },
  )

  it('runs steps in order of their due time, also those that are overdue when it starts', async () => {
    const { clock, queue, ran, run } = start(1)
    const begin = clock.now()
    for (const [key, after] of [
      ['b', 400],
      ['d', 2_000],
      ['c', 600],
      ['a', 200],
    ] as const)
      queue.schedule(key, begin + after)
    await clock.advance(1_000)
    queue.start(run)
    await clock.advance(1_000)
    expect(ran).toEqual(['a', 'b', 'c', 'd'])
  })

  it('runs a step once that is asked for again, for a later time, before it has run', async () => {
    const { clock, queue, ran, run } = start()
    queue.schedule('a', clock.now() + 200)
    queue.schedule('a', clock.now() + 600)
    await clock.advance(500)
    queue.start(run)
    await clock.advance(1_000)
    expect(ran).toEqual(['a'])
  })

  it('has one timer, however many steps wait, and none when nothing does', async () => {
    const { clock, queue, run } = start()
    const begin = clock.now()
    queue.start(run)
    for (let index = 0; index < 1_000; index += 1) queue.schedule(`job ${index}`, begin + 1_000 - index)
    expect(clock.pending).toBe(1)
    await clock.advance(1_000)
    expect({ pending: clock.pending, size: queue.size }).toEqual({ pending: 0, size: 0 })
  })

  it('counts the steps that wait and those that run', async () => {
    const { clock, queue } = start()
    let finish: () => void = () => {}
    queue.start(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return null
    })
    for (const at of [0, 50, 100]) queue.schedule('a', clock.now() + at)
    queue.schedule('b', clock.now() + 100)
    await clock.advance(1)
    expect(queue.size).toBe(2)
    const stopping = queue.stop()
    finish()
    await stopping
    expect(queue.size).toBe(0)
  })
})
