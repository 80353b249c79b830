import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createStartupCheck } from '../../src/wavespeed/startup-check.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogLines } from '../support/log-lines.ts'

/** A vendor that does not answer before `answersAt` asks, checked at once. */
async function check(answersAt = Number.POSITIVE_INFINITY) {
  const clock = createFakeClock()
  const begun = clock.now()
  const askedAt: number[] = []
  const said: unknown[] = []
  const startupCheck = createStartupCheck({
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
  await startupCheck.begin()
  return { clock, startupCheck, askedAt, said }
}

describe('the start-up check of the vendor', () => {
  it('is asked again with a growing pause until it was answered well, and says so once', async () => {
    const { clock, askedAt, said } = await check(8)
    await clock.advance(3_600_000)
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91])
    expect(said).toEqual(['the vendor accepts the key'])
    expect(clock.pending).toBe(0)
  })

  it('ends with the gateway', async () => {
    const { clock, startupCheck, askedAt } = await check()
    startupCheck.stop()
    expect(clock.pending).toBe(0)
    await clock.advance(3_600_000)
    expect(askedAt).toEqual([0])
  })

  /** One whose answers the test gives. */
  function ask({ sandbox = false, known = false } = {}) {
    const clock = createFakeClock()
    const { log, lines } = createLogLines()
    const told: string[] = []
    let answer: (well: boolean) => void = () => {}
    const startupCheck = createStartupCheck({
      ask() {
        told.push('asked')
        return new Promise((resolve) => {
          answer = resolve
        })
      },
      isSandbox: () => sandbox,
      isKnown: () => known,
      onAnswer: () => void told.push('answered'),
      clock,
      log,
    })
    return {
      answer: (well: boolean) => answer(well),
      asked: startupCheck.begin(),
      clock,
      startupCheck,
      lines,
      told,
    }
  }

  it('lets the work begin once it was answered, and says so of the vendor alone', async () => {
    for (const sandbox of [false, true]) {
      const { answer, asked, lines, told } = ask({ sandbox })
      answer(true)
      await asked
      expect(told).toEqual(['asked', 'answered'])
      expect(lines).toHaveLength(sandbox ? 0 : 1)
    }
  })

  it('asks nothing that is known already', async () => {
    const { asked, told } = ask({ known: true })
    await asked
    expect(told).toEqual(['answered'])
  })

  it.each([true, false])(
    'that was stopped while it asked does nothing with the answer (%s)',
    async (well) => {
      const { answer, asked, clock, startupCheck, lines, told } = ask()
      startupCheck.stop()
      answer(well)
      await asked
      expect([told, lines, clock.pending]).toEqual([['asked'], [], 0])
    },
  )
})
