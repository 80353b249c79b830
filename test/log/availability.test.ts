import { expect, it } from 'vitest'
import { createAvailability } from '../../src/log.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function start() {
  const clock = createFakeClock()
  const lines: string[] = []
  const availability = createAvailability({
    clock,
    onLost: ({ message }) => lines.push(`lost: ${message}`),
    onBack: (ms) => lines.push(`back after ${ms}`),
  })
  return { clock, lines, availability }
}

it('an outage is one line and its end another, however often something answers in between', async () => {
  const { clock, lines, availability } = start()
  for (let flap = 0; flap < 23; flap += 1) {
    availability.failed(new Error(`number ${flap}`))
    await clock.advance(500)
    availability.answered()
    await clock.advance(500)
  }
  expect(lines).toEqual(['lost: number 0'])
  availability.answered()
  await clock.advance(60_000)
  expect(lines).toEqual(['lost: number 0', 'back after 22000'])
  expect(clock.pending).toBe(0)
})

it('silence is no end of an outage', async () => {
  const { clock, lines, availability } = start()
  availability.failed(new Error('one'))
  await clock.advance(3_600_000)
  expect(lines).toEqual(['lost: one'])
  availability.answered()
  expect(lines).toEqual(['lost: one', 'back after 0'])
})

it('another outage has lines of its own', async () => {
  const { clock, lines, availability } = start()
  for (const name of ['one', 'two']) {
    availability.failed(new Error(name))
    availability.answered()
    await clock.advance(60_000)
  }
  expect(lines).toEqual(['lost: one', 'back after 0', 'lost: two', 'back after 0'])
})

it('what is stopped says nothing more, and leaves no timer', async () => {
  const { clock, lines, availability } = start()
  availability.failed(new Error('one'))
  availability.answered()
  availability.stop()
  expect(clock.pending).toBe(0)
  availability.failed(new Error('two'))
  expect(lines).toEqual(['lost: one'])
})
