import { expect, it } from 'vitest'
import { createCounter } from '../../src/server/counter.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const second = 1_000

it('a caller may go on until the limit, and after it when the minute is over', async () => {
  const clock = createFakeClock()
  const counter = createCounter(clock, 3)
  for (const _ of [1, 2, 3]) {
    expect(counter.pauseOf('a')).toBeNull()
    counter.add('a')
    await clock.advance(10 * second)
  }
  expect(counter.pauseOf('a')).toBe(30)
  expect(counter.pauseOf('b')).toBeNull()
  await clock.advance(29 * second + 1)
  expect(counter.pauseOf('a')).toBe(1)
  await clock.advance(second)
  expect(counter.pauseOf('a')).toBeNull()
  // Counted from the beginning.
  counter.add('a')
  counter.add('a')
  expect(counter.pauseOf('a')).toBeNull()
  counter.add('a')
  expect(counter.pauseOf('a')).toBe(60)
})

it('the number of callers that are kept is bounded', () => {
  const counter = createCounter(createFakeClock(), 1)
  for (let index = 0; index <= 50_000; index += 1) counter.add(String(index))
  expect(counter.pauseOf('0')).toBeNull()
  expect(counter.pauseOf('1')).toBe(60)
})
