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

  it('holds nothing before anything was deferred, and nothing after a submission was taken', () => {
    const outage = createOutage(createFakeClock(0), { shortestMs: 5_000 })
    expect(outage.heldUntil()).toBe(0)
    outage.deferred('rate', 10_000, 'HTTP 429')
    expect(outage.heldUntil()).toBe(10_000)
    outage.submitted()
    expect(outage.heldUntil()).toBe(0)
  })

  it('is over for looks, too, when a submission was taken', () => {
    const { outage } = start()
    outage.unanswered()
    outage.unanswered()
    outage.submitted()
    expect(outage.down).toBe(false)
    expect(outage.unanswered()).toBe(10_000)
  })

  it('lets pauses grow from the first length again after a submission was taken', () => {
    const { outage } = start()
    const refuse = () => outage.deferred('rate', 10_000, 'HTTP 429')
    refuse()
    refuse()
    outage.submitted()
    expect([refuse(), refuse()]).toEqual([10_000, 20_000])
  })

  it('pauses no longer than was asked for when the clock is set back', () => {
    const { clock, outage } = start()
    outage.deferred('rate', 10_000, 'HTTP 429')
    clock.jump(-3_600_000)
    expect(outage.heldUntil() - clock.now()).toBe(10_000)
  })

  it('never shortens a pause that is under way', () => {
    const { outage, from } = start()
    outage.deferred('rate', 90_000, 'HTTP 429')
    outage.deferred('unreachable', 1_000, 'refused')
    expect(outage.heldUntil()).toBe(from + 90_000)
  })

  it.each([
    ['unreachable', true],
    ['rate', false],
  ] as const)('of a vendor that answered before: is one that was %s down? %s', (reason, down) => {
    const { outage } = start()
    outage.answered()
    outage.deferred(reason, 1_000, 'words')
    expect(outage.down).toBe(down)
  })

  it('is found out about by one submission at a time after one lost answer', () => {
    const { outage } = start()
    outage.answered()
    expect(outage.probing).toBe(false)
    outage.lost()
    expect(outage.probing).toBe(true)
  })

  it('tells why and since when submissions pause, in the words of the first refusal', async () => {
    const { clock, outage, from } = start()
    expect(outage.pause).toBeNull()
    outage.deferred('rate', 1_000, 'HTTP 429')
    await clock.advance(500)
    outage.deferred('unreachable', 1_000, 'refused')
    expect(outage.pause).toEqual({ reason: 'rate', message: 'HTTP 429', since: from })
    outage.submitted()
    expect(outage.pause).toBeNull()
  })
})
