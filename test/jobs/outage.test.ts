import { describe, expect, it } from 'vitest'
import { createOutage } from '../../src/jobs/outage.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function start() {
  const clock = createFakeClock()
  return { clock, outage: createOutage(clock, { shortestMs: 5_000 }), from: clock.now() }
}

describe('an outage', () => {
  it('slows looks down with each one that is not answered, until one is', () => {
    const { outage } = start()
    expect([outage.unanswered(), outage.unanswered(), outage.unanswered()]).toEqual([10_000, 20_000, 40_000])
    outage.answered()
    expect(outage.unanswered()).toBe(10_000)
  })

  it('holds submissions as long as the vendor asks for, and longer each time it refuses again', () => {
    const { outage, from } = start()
    outage.answered()
    const refuse = (pauseMs: number) => outage.deferred('rate', pauseMs, 'HTTP 429')
    expect([refuse(10_000), refuse(10_000), refuse(10_000)]).toEqual([10_000, 20_000, 40_000])
    expect(outage.heldUntil()).toBe(from + 40_000)
    expect(refuse(90_000)).toBe(90_000)
    expect(outage.down).toBe(false)
  })

  it('is assumed until the vendor was asked once', () => {
    const { outage } = start()
    expect(outage.down).toBe(true)
    outage.answered()
    expect(outage.down).toBe(false)
    outage.doubted()
    expect(outage.down).toBe(true)
  })

  it('tells of a pause of submissions once as it begins, and once as it ends', () => {
    const told: string[] = []
    const outage = createOutage(createFakeClock(), {
      shortestMs: 5_000,
      onPause: ({ reason }, ended) => void told.push(`${reason} ${ended ? 'ends' : 'begins'}`),
    })
    outage.deferred('rate', 1_000, 'HTTP 429')
    outage.deferred('rate', 1_000, 'HTTP 429')
    outage.submitted()
    outage.submitted()
    expect(told).toEqual(['rate begins', 'rate ends'])
  })

  it('lets one submission at a time find out whether it is over', async () => {
    const { clock, outage } = start()
    outage.deferred('rate', 10_000, 'HTTP 429')
    await clock.advance(10_000)
    expect(outage.heldUntil()).toBe(0)
    expect(outage.probing).toBe(true)
    outage.submitted()
    expect(outage.probing).toBe(false)
  })

  it('is not seen in one lost answer, but stops submissions after two in a row', () => {
    const { outage } = start()
    outage.answered()
    outage.lost()
    expect(outage.down).toBe(false)
    outage.lost()
    expect(outage.down).toBe(true)
  })

  it('is over for submissions as soon as a look is answered', () => {
    const { outage } = start()
    outage.lost()
    outage.lost()
    outage.answered()
    expect(outage.down).toBe(false)
    expect(outage.probing).toBe(false)
  })

  it('does not end a pause that the vendor asked for when a look is answered', () => {
    const { outage, from } = start()
    outage.deferred('unreachable', 30_000, 'refused')
    expect(outage.down).toBe(true)
    outage.answered()
    expect(outage.heldUntil()).toBe(from + 30_000)
  })
})
