import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { greetVendor } from '../../src/wavespeed/greeting.ts'
import { createFakeClock } from '../support/fake-clock.ts'

/** A vendor that does not answer before `answersAt` asks, greeted at once. */
async function greet(answersAt = Number.POSITIVE_INFINITY) {
  const clock = createFakeClock()
  const begun = clock.now()
  const askedAt: number[] = []
  const said: unknown[] = []
  const greeting = greetVendor({
    async ask() {
      askedAt.push((clock.now() - begun) / 1_000)
      return askedAt.length >= answersAt
    },
    isSandbox: () => false,
    isKnown: () => false,
    onAnswer: () => {},
    clock,
    log: createLog('info', { write: (line) => void said.push(JSON.parse(line).msg) }),
  })
  await greeting.begin()
  return { clock, greeting, askedAt, said }
}

describe('the greeting of the vendor', () => {
  it('is asked again with a growing pause until it was answered well, and says so once', async () => {
    const { clock, askedAt, said } = await greet(8)
    await clock.advance(3_600_000)
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91])
    expect(said).toEqual(['the vendor accepts the key'])
    expect(clock.pending).toBe(0)
  })

  it('ends with the gateway', async () => {
    const { clock, greeting, askedAt } = await greet()
    greeting.stop()
    expect(clock.pending).toBe(0)
    await clock.advance(3_600_000)
    expect(askedAt).toEqual([0])
  })
})
