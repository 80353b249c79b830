import { describe, expect, it } from 'vitest'
import { createVendorTime } from '../../src/wavespeed/vendor-time.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const hour = 3_600_000

function start() {
  const clock = createFakeClock()
  const time = createVendorTime(clock)
  const see = (date?: string, tookMs = 0) =>
    time.see(new Headers(date === undefined ? {} : { date }), clock.now() - tookMs)
  return { clock, time, see, ahead: (ms: number) => new Date(clock.now() + ms).toUTCString() }
}

describe("the vendor's time", () => {
  it('is ours as long as it has not said what time it is', () => {
    const { clock, time } = start()
    expect([time.now(), time.aheadMs]).toEqual([clock.now(), 0])
  })

  it('is what its answer names, and goes on from there', async () => {
    const { clock, time, see, ahead } = start()
    see(ahead(hour))
    await clock.advance(5_000)
    expect([time.now() - clock.now(), time.aheadMs]).toEqual([hour, hour])
  })

  it('is known the better, the more answers there are', async () => {
    const { clock, time, see, ahead } = start()
    const really = 7_300
    see(ahead(really))
    expect(time.aheadMs).toBe(7_000)
    for (let answers = 0; answers < 9; answers += 1) {
      await clock.advance(900)
      see(ahead(really))
    }
    expect(time.aheadMs).toBeLessThanOrEqual(really)
    expect(time.aheadMs).toBeGreaterThanOrEqual(really - 100)
  })

  it('is what the newest answer says where it cannot be what earlier ones said', () => {
    const { time, see, ahead } = start()
    see(ahead(hour))
    see(ahead(-hour))
    expect(time.aheadMs).toBe(-hour)
    see(ahead(hour))
    expect(time.aheadMs).toBe(hour)
  })

  it('is that of an answer when it came, however long it took', async () => {
    const { clock, time, see, ahead } = start()
    see(ahead(0), 20_000)
    expect(time.aheadMs).toBe(0)
    // What was dated long before it came says less than one that was not.
    await clock.advance(10_000)
    see(ahead(-9_000), 10_000)
    expect(time.aheadMs).toBe(0)
    see(ahead(0))
    expect(time.aheadMs).toBe(0)
  })

  it.each([[undefined], [''], ['soon']])('stays what it was where an answer is dated %o', (date) => {
    const { time, see, ahead } = start()
    see(ahead(hour))
    see(date)
    expect(time.aheadMs).toBe(hour)
  })
})
