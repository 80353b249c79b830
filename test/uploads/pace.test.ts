import { expect, it } from 'vitest'
import { createPace, type Side } from '../../src/uploads/pace.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const limits = { idleMs: 30_000, answerMs: 120_000, windowMs: 60_000, leastBytes: 3_000_000 }

function start() {
  const clock = createFakeClock()
  const ends: string[] = []
  const began = clock.now()
  const pace = createPace({
    ...limits,
    clock,
    onSlow: (side, idle) =>
      void ends.push(
        `${side} ${idle ? 'idle' : 'slow'} after ${Math.round((clock.now() - began) / 1_000)} s`,
      ),
  })
  return {
    clock,
    pace,
    ends,
    /** Moves so many bytes in each second for a while, all the time of which one side is waited for. */
    async move(side: Side, bytesPerSecond: number, seconds: number) {
      for (let second = 0; second < seconds && ends.length === 0; second += 1) {
        pace.waitFor(side)
        await clock.advance(999)
        pace.moved(bytesPerSecond)
        await clock.advance(1)
      }
    },
  }
}

it.each(['sender', 'vendor'] as const)(
  'a %s of 100 KB a second is waited for, for six minutes and longer',
  async (side) => {
    const { move, ends, pace, clock } = start()
    await move(side, 100_000, 360)
    expect(ends).toEqual([])
    pace.end()
    expect(clock.pending).toBe(0)
  },
)

it.each(['sender', 'vendor'] as const)(
  'a %s of less than 50 KB a second is given up after a minute',
  async (side) => {
    const { move, ends, clock } = start()
    await move(side, 49_000, 300)
    expect(ends).toEqual([`${side} slow after 60 s`])
    expect(clock.pending).toBe(0)
  },
)

it('what was fast once is given up when it is slow later', async () => {
  const { move, ends } = start()
  await move('sender', 10_000_000, 30)
  await move('sender', 1_000, 300)
  expect(ends).toEqual(['sender slow after 120 s'])
})

it.each(['sender', 'vendor'] as const)(
  'a %s without a byte is given up after half a minute',
  async (side) => {
    const { pace, clock, ends } = start()
    pace.waitFor(side)
    await clock.advance(29_999)
    expect(ends).toEqual([])
    await clock.advance(1_001)
    expect(ends).toEqual([`${side} idle after 30 s`])
  },
)

it('the time of one side does not count against the other', async () => {
  const { move, ends } = start()
  for (let minute = 0; minute < 10; minute += 1) {
    await move('vendor', 60_000, 30)
    await move('sender', 60_000, 30)
  }
  expect(ends).toEqual([])
})

it.each(['sender', 'vendor'] as const)('a %s of just 50 KB a second is waited for', async (side) => {
  const { move, ends } = start()
  await move(side, 50_000, 300)
  expect(ends).toEqual([])
})

it('a side that is waited for half of each second is given up after two minutes', async () => {
  const { pace, clock, ends } = start()
  for (let second = 0; second < 300 && ends.length === 0; second += 1) {
    pace.waitFor('sender')
    await clock.advance(500)
    pace.moved(1_000_000)
    pace.waitFor('vendor')
    await clock.advance(500)
    pace.moved(1_000)
  }
  expect(ends).toEqual(['vendor slow after 120 s'])
})

it('silence begins when a side is waited for, and anew with each byte', async () => {
  const { pace, clock, ends } = start()
  pace.waitFor('sender')
  await clock.advance(20_000)
  pace.waitFor('vendor')
  await clock.advance(20_000)
  expect(ends).toEqual([])
  pace.moved(3_000_000)
  await clock.advance(29_000)
  expect(ends).toEqual([])
  await clock.advance(1_000)
  expect(ends).toEqual(['vendor idle after 70 s'])
})

it('a sender that never begins is given up, within a second', async () => {
  const { clock, ends, pace } = start()
  await clock.advance(1_000)
  pace.waitFor('sender')
  await clock.advance(30_000)
  expect(ends).toEqual(['sender idle after 31 s'])
  const silent = start()
  await silent.clock.advance(30_000)
  expect(silent.ends).toEqual(['sender idle after 30 s'])
})

it('the answer is waited for longer than a byte', async () => {
  const { pace, clock, ends } = start()
  pace.waitFor('answer')
  await clock.advance(119_000)
  expect(ends).toEqual([])
  await clock.advance(2_000)
  expect(ends).toEqual(['answer idle after 120 s'])
})
