import { describe, expect, it } from 'vitest'
import { createVendorTime } from '../../src/wavespeed/vendor-time.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const hour = 3_600_000

function start() {
  const clock = createFakeClock()
  const time = createVendorTime(clock)
  const see = (date?: string) => time.see(new Headers(date === undefined ? {} : { date }))
  return { clock, time, see, ahead: (ms: number) => new Date(clock.now() + ms).toUTCString() }
}

describe("the vendor's time", () => {
  it('is ours as long as it has not said what time it is', () => {
    const { clock, time } = start()
    expect([time.now(), time.aheadMs]).toEqual([clock.now(), 0])
  })

  it('is what its last answer said, and goes on from there', async () => {
    const { clock, time, see, ahead } = start()
    see(ahead(hour))
    await clock.advance(5_000)
    expect([time.now() - clock.now(), time.aheadMs]).toEqual([hour, hour])
    see(ahead(-hour))
    expect(time.aheadMs).toBe(-hour)
  })

  it.each([[undefined], [''], ['soon']])('stays what it was where an answer is dated %o', (date) => {
    const { time, see, ahead } = start()
    see(ahead(hour))
    see(date)
    expect(time.aheadMs).toBe(hour)
  })
})
