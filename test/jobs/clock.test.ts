import { describe, expect, it } from 'vitest'
import { openDatabaseClock, openSystemClock, systemClock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const year = 365 * 24 * hour

/** The lines of a log as they were written, without what is the same in each. */
function createLines() {
  const lines: object[] = []
  const log = createLog('warn', {
    write(line) {
      const { level: _, time: __, ...said } = JSON.parse(line)
      lines.push(said)
    },
  })
  return { lines, log }
}

const set = (stepMs: number, takenOver: boolean) => ({
  stepMs,
  takenOver,
  msg: 'the clock was set: the gateway goes by one that was not',
})

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

describe('the clock of a process that shares its history', () => {
  /** A database whose clock is ahead by `ahead`, and how long each of its answers takes, one after the other. */
  async function start(ahead: number, takes: readonly number[] = [], notBefore: number | null = null) {
    const machine = createFakeClock()
    const database = { ahead, answers: true, asked: 0, onAsked: () => {} }
    const { lines, log } = createLines()
    const from = machine.now()
    const { clock, close } = await openDatabaseClock(
      async () => {
        const ms = takes[database.asked] ?? 0
        if (ms > 0) await machine.advance(ms) // it is dated at its end, as by a statement that had to wait
        database.asked += 1
        database.onAsked()
        if (!database.answers) throw new Error('the database is away')
        return machine.steady.now() + database.ahead
      },
      { system: machine, log, notBefore: notBefore === null ? null : from + notBefore },
    )
    return { machine, database, lines, clock, close, ahead: () => clock.now() - machine.steady.now() }
  }

  it.each([
    ['first', [300, 20, 90]],
    ['second', [20, 300, 90]],
    ['last', [20, 90, 300]],
    ['first two', [300, 90, 20]],
  ])(
    "goes by the database's, measured by the quickest answer, whichever waits: the %s",
    async (_name, takes) => {
      const { ahead, lines, close } = await start(-4_000, takes)
      expect(ahead()).toBe(-3_990) // off by half of what the quickest took
      expect(lines).toEqual([])
      close()
    },
  )

  it("says once that the machine's clock is another, and again once it had been right", async () => {
    const { machine, database, ahead, lines, close } = await start(hour)
    await machine.advance(10 * minute)
    expect(ahead()).toBe(hour)
    const line = (offsetMs: number) => ({
      offsetMs,
      msg: "this machine's clock is not the database's: let both be set by NTP",
    })
    expect(lines).toEqual([line(hour)])
    machine.jump(hour)
    await machine.advance(2 * minute)
    machine.jump(-hour)
    await machine.advance(2 * minute)
    expect(lines).toEqual([line(hour), line(hour)])
    database.answers = false
    close()
  })

  it('is compared again, and stays as it is while the database does not answer', async () => {
    const { machine, database, ahead, close } = await start(2_000)
    database.ahead = 2_200
    database.answers = false
    await machine.advance(3 * minute)
    expect(ahead()).toBe(2_000)
    database.answers = true
    await machine.advance(3 * minute)
    expect(ahead()).toBe(2_200)
    close()
  })

  it('takes a step forward over with the next comparison, as the others do, and vouches for no time before it', async () => {
    const { machine, database, clock, lines, ahead, close } = await start(0)
    database.ahead = hour
    await machine.advance(minute)
    expect(ahead()).toBe(hour)
    expect(clock.steadySince).toBe(clock.now())
    await machine.advance(30 * second)
    expect(ahead()).toBe(hour)
    await machine.advance(30 * second)
    await machine.advance(10 * minute)
    expect(clock.now() - clock.steadySince).toBe(11 * minute)
    expect(lines).toContainEqual(set(hour, true))
    close()
  })

  it.each([
    ['back by an hour', -hour],
    ['forward by what gateways bear', 5 * second],
  ])('does not take over a step %s', async (_name, step) => {
    const { machine, database, clock, ahead, lines, close } = await start(0)
    const { steadySince } = clock
    database.ahead = step
    await machine.advance(minute)
    expect(ahead()).toBe(0)
    await machine.advance(minute)
    expect(Math.abs(ahead())).toBe(300)
    expect(clock.steadySince).toBe(steadySince)
    expect(lines).toContainEqual(set(step, false))
    close()
  })

  it('takes over what is more than gateways bear', async () => {
    const { machine, database, ahead, close } = await start(0)
    database.ahead = 5 * second + 1
    await machine.advance(minute)
    expect(ahead()).toBe(5 * second + 1)
    close()
  })

  it('says nothing of a machine that differs by what gateways bear', async () => {
    const { lines, close } = await start(5 * second)
    expect(lines).toEqual([])
    close()
  })

  it('that is closed while it is compared is not compared again', async () => {
    const { machine, database, close } = await start(0)
    database.onAsked = close
    await machine.advance(hour)
    expect([database.asked, machine.pending]).toEqual([6, 0])
  })

  it('begins no earlier than what the history holds', async () => {
    const { ahead, close } = await start(0, [], hour)
    expect(ahead()).toBe(hour)
    close()
  })

  it('is not compared any more once it is closed', async () => {
    const { machine, database, close } = await start(0)
    close()
    const { asked } = database
    await machine.advance(hour)
    expect({ asked: database.asked, pending: machine.pending }).toEqual({ asked, pending: 0 })
  })
})
