import { describe, expect, it, onTestFinished } from 'vitest'
import { createAlarm } from '../../src/worker/alarm.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const idleMs = 60_000

/** An alarm that answers each run as it is told, and when it ran. */
function start({ starts = true } = {}) {
  const clock = createFakeClock()
  const begun = clock.now()
  let timers = 0
  const ran: number[] = []
  const faults: unknown[] = []
  let answer: () => Promise<number | null> = async () => null
  const alarm = createAlarm({
    clock: {
      now: clock.now,
      after(ms, run) {
        timers += 1
        return clock.after(ms, run)
      },
    },
    idleMs,
    run() {
      ran.push(clock.now() - begun)
      return answer()
    },
    onFault: (error) => void faults.push(error),
  })
  if (starts) alarm.start()
  onTestFinished(async () => {
    await alarm.stop()
    expect(clock.pending).toBe(0)
  })
  return {
    alarm,
    clock,
    ran,
    faults,
    timers: () => timers,
    at: (ms: number) => begun + ms,
    answerBy(next: () => Promise<number | null>) {
      answer = next
    },
  }
}

describe('an alarm', () => {
  it('runs at its start, and then after the idle time if nothing is asked for', async () => {
    const { clock, ran } = start()
    await clock.advance(130_000)
    expect(ran).toEqual([0, 60_000, 120_000])
  })

  it('runs at the time that it answered itself', async () => {
    const { clock, ran, answerBy, at } = start()
    answerBy(async () => (ran.length === 1 ? at(5_000) : null))
    await clock.advance(60_000)
    expect(ran).toEqual([0, 5_000])
  })

  it('runs at the earliest of the times that it was asked for, and at none after that', async () => {
    const { alarm, clock, ran, at } = start()
    await clock.advance(0)
    for (const ms of [9_000, 4_000, 7_000]) alarm.wake(at(ms))
    await clock.advance(60_000)
    expect(ran).toEqual([0, 4_000])
  })

  it('runs at once when no time is said, or one that is over', async () => {
    const { alarm, clock, ran, at } = start()
    await clock.advance(1_000)
    alarm.wake()
    await clock.advance(1_000)
    alarm.wake(at(0))
    await clock.advance(0)
    expect(ran).toEqual([0, 1_000, 2_000])
  })

  it('never runs twice at once: what is asked for meanwhile comes after it', async () => {
    const { alarm, clock, ran, answerBy } = start()
    answerBy(() => new Promise((resolve) => void clock.after(10_000, () => resolve(null))))
    await clock.advance(5_000)
    alarm.wake()
    await clock.advance(4_999)
    expect(ran).toEqual([0])
    await clock.advance(1)
    expect(ran).toEqual([0, 10_000])
    await clock.advance(10_000)
  })

  it('that fails says so and runs again after ten seconds', async () => {
    const { clock, ran, faults, answerBy } = start()
    const error = new Error('away')
    answerBy(() => (ran.length === 1 ? Promise.reject(error) : Promise.resolve(null)))
    await clock.advance(20_000)
    expect({ ran, faults }).toEqual({ ran: [0, 10_000], faults: [error] })
  })

  it('waits no longer when the clock takes a step forward', async () => {
    const { alarm, clock, ran } = start()
    await clock.advance(0)
    alarm.wake(clock.now() + 30_000)
    clock.jump(3_600_000)
    alarm.wake(clock.now() + 1_000)
    await clock.advance(30_000)
    expect(ran).toHaveLength(2)
  })

  it('that is late when a later time is asked for still runs', async () => {
    const { alarm, clock, ran } = start()
    await clock.advance(0)
    alarm.wake()
    // As a busy process sees it: the time is over, and the timer has not had its turn.
    clock.jump(5)
    alarm.wake(clock.now() + 30_000)
    await clock.advance(10)
    expect(ran).toHaveLength(2)
  })

  it.each([
    ['at the next turn', 0, 5],
    ['sooner', 1_000, 0],
    ['just now', 1_000, 1_000],
  ])('that is to run %s sets no other timer for who asks for later', async (_name, inMs, passed) => {
    const { alarm, clock, ran, timers } = start()
    await clock.advance(0)
    alarm.wake(clock.now() + inMs)
    clock.jump(passed)
    const before = timers()
    alarm.wake(clock.now() + Math.max(inMs - passed, 0))
    alarm.wake(clock.now() + 30_000)
    expect(timers()).toBe(before)
    await clock.advance(inMs)
    expect(ran).toHaveLength(2)
  })

  it('that is to run at the next turn is not put off by whoever asks for a time that is past', async () => {
    const { alarm, clock, ran, timers } = start()
    await clock.advance(0)
    alarm.wake()
    const before = timers()
    alarm.wake(clock.now() - 1_000)
    expect(timers()).toBe(before)
    await clock.advance(0)
    expect(ran).toHaveLength(2)
  })

  it('that has not begun or was stopped runs nothing', async () => {
    const { alarm, clock, ran } = start({ starts: false })
    alarm.wake()
    await clock.advance(idleMs)
    alarm.start()
    await alarm.stop()
    alarm.wake()
    await clock.advance(idleMs)
    expect(ran).toEqual([])
  })

  it('is stopped once what runs has ended', async () => {
    const { alarm, clock, answerBy } = start()
    let end: (next: null) => void = () => {}
    answerBy(
      () =>
        new Promise((resolve) => {
          end = resolve
        }),
    )
    await clock.advance(0)
    let stopped = false
    const stopping = alarm.stop().then(() => {
      stopped = true
    })
    await clock.advance(1_000)
    expect(stopped).toBe(false)
    end(null)
    await stopping
  })
})
