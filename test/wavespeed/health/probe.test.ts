import { describe, expect, it } from 'vitest'
import { createProbe } from '../../../src/wavespeed/health/probe.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

/** A question that is answered as `world` says, after `world.takesMs`. */
function start() {
  const clock = createFakeClock()
  const begun = clock.now()
  const world = { answers: false, needed: true, takesMs: 0 }
  const asked: number[] = []
  let answers = 0
  const probe = createProbe({
    clock,
    async ask() {
      asked.push((clock.now() - begun) / 1_000)
      if (world.takesMs > 0) await new Promise<void>((resolve) => clock.after(world.takesMs, resolve))
      return world.answers
    },
    isNeeded: () => world.needed,
    pauseMs: (unanswered) => 1_000 * 2 ** (unanswered - 1),
    onAnswer: () => {
      answers += 1
    },
  })
  return { clock, probe, world, asked, begun, answers: () => answers }
}

describe('the question that finds out whether the vendor is back', () => {
  it('is asked again with growing pauses until it is answered, which is told once', async () => {
    const { clock, probe, world, asked, answers } = start()
    await probe.ask()
    await clock.advance(10_000)
    world.answers = true
    await clock.advance(3_600_000)
    expect([asked, answers(), clock.pending, probe.nextAt]).toEqual([[0, 1, 3, 7, 15], 1, 0, null])
  })

  it('has pauses that begin anew once it was answered', async () => {
    const { clock, probe, world, asked } = start()
    await probe.ask()
    await clock.advance(1_000)
    world.answers = true
    await clock.advance(2_000)
    world.answers = false
    await probe.ask()
    await clock.advance(1_000)
    expect(asked).toEqual([0, 1, 3, 3, 4])
  })

  it('is asked once however many ask for it', async () => {
    const { clock, probe, world, asked, begun } = start()
    Object.assign(world, { answers: true, takesMs: 500 })
    const both = [probe.ask(), probe.ask()]
    probe.by(begun)
    expect(probe.nextAt).toBeNull()
    await clock.advance(500)
    await Promise.all(both)
    await clock.advance(60_000)
    expect(asked).toEqual([0])
  })

  it('is asked at the earliest of the times that were asked for', async () => {
    const { clock, probe, asked, begun } = start()
    for (const ms of [20_000, 10_000, 30_000]) probe.by(begun + ms)
    expect([probe.nextAt, clock.pending]).toEqual([begun + 10_000, 1])
    await clock.advance(10_000)
    expect(asked).toEqual([10])
  })

  it('is asked at once by a time that is past, and then plans nothing else', async () => {
    const { clock, probe, world, asked, begun } = start()
    world.answers = true
    await clock.advance(5_000)
    probe.by(begun)
    await clock.advance(0)
    expect([asked, clock.pending]).toEqual([[5], 0])
  })

  it('takes the place of one that is planned', async () => {
    const { clock, probe, world, asked, begun } = start()
    probe.by(begun + 10_000)
    world.answers = true
    await probe.ask()
    expect(probe.nextAt).toBeNull()
    await clock.advance(60_000)
    expect(asked).toEqual([0])
  })

  it('is not asked any more when others were answered meanwhile, and its pauses begin anew', async () => {
    const { clock, probe, world, asked } = start()
    await probe.ask()
    await clock.advance(1_000)
    world.needed = false
    await clock.advance(60_000)
    expect([asked, clock.pending]).toEqual([[0, 1], 0])
    world.needed = true
    probe.by(clock.now())
    await clock.advance(1_000)
    expect(asked).toEqual([0, 1, 61, 62])
  })

  it('plans nothing after an answer that did not come and that nobody needs', async () => {
    const { clock, probe, world } = start()
    world.needed = false
    await probe.ask()
    expect(clock.pending).toBe(0)
  })

  it.each([true, false])('does nothing with an answer that comes after it was stopped: %s', async (well) => {
    const { clock, probe, world, asked, answers, begun } = start()
    Object.assign(world, { answers: well, takesMs: 500 })
    const ended = probe.ask()
    probe.stop()
    await clock.advance(500)
    await ended
    probe.by(begun)
    await probe.ask()
    expect([asked, answers(), clock.pending]).toEqual([[0], 0, 0])
  })

  it('that was planned ends with the gateway', () => {
    const { clock, probe, begun } = start()
    probe.by(begun + 10_000)
    probe.stop()
    expect([clock.pending, probe.nextAt]).toEqual([0, null])
  })
})
