import { describe, expect, it } from 'vitest'
import { openDatabaseClock } from '../../src/jobs/clock.ts'
import { createLines, set } from '../support/clock-lines.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

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

  it('knows what it showed before it took one over', async () => {
    const { machine, database, clock, close } = await start(0)
    const from = clock.now()
    await machine.advance(30 * second)
    expect(clock.ago(20 * second)).toBe(from + 10 * second)
    database.ahead = hour
    await machine.advance(40 * second)
    // Forty seconds ago it was still to leap; five seconds ago it had.
    expect(clock.now()).toBe(from + hour + 70 * second)
    expect(clock.ago(40 * second)).toBe(from + 30 * second)
    expect(clock.ago(10 * second)).toBe(from + hour + 60 * second)
    expect(clock.ago(5 * second)).toBe(from + hour + 65 * second)
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
