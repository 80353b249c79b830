import { describe, expect, it } from 'vitest'
import { openSystemClock, systemClock } from '../../src/jobs/clock.ts'
import { createLines, set } from '../support/clock-lines.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const year = 365 * 24 * hour

describe('the clock of the machine', () => {
  it('tells the time of the day, and how much time passes', () => {
    const [day, counter] = [Date.now(), performance.now()]
    expect(systemClock.now() - day).toBeGreaterThanOrEqual(0)
    expect(systemClock.elapsed() - counter).toBeGreaterThanOrEqual(0)
    expect(systemClock.elapsed()).toBeLessThanOrEqual(performance.now())
  })

  it('runs what was asked for, once, and nothing that was called off', async () => {
    const ran: string[] = []
    systemClock.after(1, () => void ran.push('called off'))()
    await new Promise<void>((resolve) => {
      systemClock.after(1, () => void ran.push('asked for'))
      systemClock.after(2, resolve)
    })
    expect(ran).toEqual(['asked for'])
  })
})

describe('the clock of a process', () => {
  /** @param behind by how much the machine's clock is behind what the history holds */
  function start(behind: number | null = null) {
    const machine = createFakeClock()
    const { lines, log } = createLines()
    const from = machine.now()
    const notBefore = behind === null ? null : from + behind
    const { clock, close } = openSystemClock({ system: machine, log, notBefore })
    return { machine, lines, clock, close, from }
  }

  it('is the clock of the machine, as long as that is not set', async () => {
    const { machine, lines, clock, from, close } = start()
    expect([clock.now(), clock.steadySince]).toEqual([from, from])
    await machine.advance(10 * hour + 123)
    expect([clock.now(), clock.steadySince, lines]).toEqual([from + 10 * hour + 123, from, []])
    close()
  })

  it('knows when something was before it began: it had not leapt then', async () => {
    const { machine, clock, from, close } = start()
    await machine.advance(minute)
    expect(clock.ago(hour)).toBe(from + minute - hour)
    close()
  })

  it.each([
    ['forward by an hour', hour],
    ['forward by a year', year],
    ['back by an hour', -hour],
    ['back by a year', -year],
  ])('goes on where the machine is set %s: a minute stays a minute', async (_name, step) => {
    const { machine, clock, from, close } = start()
    await machine.advance(10 * minute)
    machine.jump(step)
    expect(clock.now()).toBe(from + 10 * minute)
    for (let passed = 1; passed <= 180; passed += 1) {
      const before = clock.now()
      await machine.advance(minute)
      // The minute of the vendor's limit has a second to spare.
      expect(Math.abs(clock.now() - before - minute)).toBeLessThanOrEqual(301)
    }
    expect(clock.steadySince).toBe(from)
    close()
  })

  it('never runs backwards, whatever the machine does', async () => {
    const { machine, clock, close } = start()
    let before = clock.now()
    for (const step of [-hour, 3, -3, 17 * second, -year, hour, -1, year, -17 * second]) {
      machine.jump(step)
      for (const ms of [0, 1, 999, minute, 61 * second]) {
        await machine.advance(ms)
        expect(clock.now()).toBeGreaterThanOrEqual(before)
        before = clock.now()
      }
    }
    close()
  })

  it.each([
    ['ahead', 30 * second],
    ['behind', -30 * second],
  ])('makes a difference good little by little: the machine is %s', async (_name, ms) => {
    const { machine, clock, close } = start()
    machine.jump(ms)
    const apart = () => machine.now() - clock.now()
    await machine.advance(minute)
    expect(apart()).toBe(ms)
    await machine.advance(minute)
    expect(Math.abs(ms) - Math.abs(apart())).toBeGreaterThan(298)
    expect(Math.abs(ms) - Math.abs(apart())).toBeLessThan(302)
    await machine.advance(2 * hour)
    expect(Math.abs(apart())).toBeLessThanOrEqual(1)
    close()
  })

  it('says once of each step how large it was, and nothing of less than a second', async () => {
    const { machine, lines, close } = start()
    machine.jump(999)
    await machine.advance(10 * minute)
    expect(lines).toEqual([])
    machine.jump(-hour)
    await machine.advance(10 * minute)
    machine.jump(hour)
    machine.jump(second)
    await machine.advance(10 * minute)
    machine.jump(second)
    await machine.advance(10 * minute)
    expect(lines).toEqual([set(-hour, false), set(hour + second, false), set(second, false)])
    close()
  })

  it.each([
    ['a moment', second, 0],
    ['more than that', second + 1, 1],
    ['an hour', hour, 1],
    ['a year', year, 1],
  ])('begins no earlier than what the history holds, which is ahead by %s', async (_name, ahead, told) => {
    const { machine, lines, clock, from, close } = start(ahead)
    expect([clock.now(), clock.steadySince]).toEqual([from + ahead, from + ahead])
    await machine.advance(minute)
    expect(clock.now()).toBeGreaterThan(from + ahead + 59 * second)
    const line = { aheadMs: ahead, msg: 'the history is ahead of the clock: its times go on from there' }
    expect(lines).toEqual(told ? [line] : [])
    close()
  })

  it('begins by the machine where the history is older', () => {
    const { clock, from, lines, close } = start(-hour)
    expect([clock.now(), lines]).toEqual([from, []])
    close()
  })

  it('leaves no timer once it is closed', async () => {
    const { machine, close } = start()
    await machine.advance(10 * minute)
    close()
    expect(machine.pending).toBe(0)
  })
})
