import { describe, expect, it } from 'vitest'
import { createCircuitBreaker } from '../../src/worker/circuit-breaker.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function start() {
  const clock = createFakeClock()
  let recovered = 0
  const breaker = createCircuitBreaker(clock, {
    shortestMs: 5_000,
    random: () => 0.5, // the pauses as they are
    onRecovered: () => {
      recovered += 1
    },
  })
  return { clock, breaker, from: clock.now(), recovered: () => recovered }
}

describe('polls while the vendor is away', () => {
  const everyone = { atMost: Number.POSITIVE_INFINITY, until: null }
  const nobody = (until: number) => ({ atMost: 0, until })
  const one = { atMost: 1, until: null }

  it('pause after three in a row that were not answered, and then one at a time finds out', async () => {
    const { clock, breaker, from } = start()
    for (const _ of [1, 2]) breaker.unanswered()
    expect(breaker.pollRoom()).toEqual(everyone)
    breaker.unanswered()
    expect(breaker.pollRoom()).toEqual(nobody(from + 10_000))
    await clock.advance(9_999)
    expect(breaker.pollRoom()).toEqual(nobody(from + 10_000))
    await clock.advance(1)
    expect(breaker.pollRoom()).toEqual(one)
    breaker.unanswered()
    expect(breaker.pollRoom()).toEqual(nobody(from + 30_000))
  })

  it('are found out about every twenty seconds, or as rarely as the vendor asks', async () => {
    const { clock, breaker } = start()
    const until = async (askedMs?: number) => {
      breaker.unanswered(askedMs)
      const pause = (breaker.pollRoom().until ?? 0) - clock.now()
      await clock.advance(pause)
      return pause
    }
    for (const _ of [1, 2]) breaker.unanswered()
    expect([await until(), await until(), await until(), await until(30_000)]).toEqual([
      10_000, 20_000, 20_000, 30_000,
    ])
  })

  it('are not taken for away where others are answered in between', () => {
    const { breaker, recovered } = start()
    for (const _ of [1, 2, 3, 4]) {
      breaker.unanswered()
      breaker.unanswered()
      breaker.answered()
    }
    expect(breaker.pollRoom()).toEqual(everyone)
    expect(recovered()).toBe(0)
  })

  it('that were under way when it began lengthen no pause', () => {
    const { breaker, from } = start()
    for (let poll = 0; poll < 256; poll += 1) breaker.unanswered()
    expect(breaker.pollRoom()).toEqual(nobody(from + 10_000))
  })

  it('go on as soon as one is answered, which is told once', async () => {
    const { clock, breaker, recovered } = start()
    for (const _ of [1, 2, 3]) breaker.unanswered()
    await clock.advance(10_000)
    breaker.answered()
    breaker.answered()
    expect(breaker.pollRoom()).toEqual(everyone)
    expect(recovered()).toBe(1)
  })

  it('find out at once when the question before a submission was answered, and are still in doubt', async () => {
    const { clock, breaker, recovered } = start()
    for (const _ of [1, 2, 3]) breaker.unanswered()
    breaker.probeAnswered()
    expect([breaker.pollRoom(), breaker.down, recovered()]).toEqual([one, false, 0])
    breaker.unanswered()
    expect(breaker.pollRoom()).toEqual(nobody(clock.now() + 20_000))
  })

  it('pause for as long as the vendor asks', () => {
    const { breaker, from } = start()
    for (const _ of [1, 2]) expect(breaker.unanswered(50_000)).toBe(50_000)
    breaker.unanswered(50_000)
    expect(breaker.pollRoom()).toEqual(nobody(from + 50_000))
  })

  it('pause for times that differ between gateways, by a quarter at the most', () => {
    const pauseAt = (random: number) => {
      const breaker = createCircuitBreaker(createFakeClock(), { shortestMs: 5_000, random: () => random })
      return [breaker.unanswered(), breaker.probeUnanswered()]
    }
    expect([pauseAt(0), pauseAt(1)]).toEqual([
      [7_500, 7_500],
      [12_500, 12_500],
    ])
  })

  it('are another matter than the question before a submission, whose pauses grow by themselves', () => {
    const { breaker } = start()
    const probe = () => breaker.probeUnanswered()
    expect([probe(), probe(), probe()]).toEqual([10_000, 20_000, 40_000])
    expect(breaker.pollRoom()).toEqual(everyone)
    breaker.probeAnswered()
    expect(breaker.pollRoom()).toEqual(everyone)
    expect(probe()).toBe(10_000)
  })
})

describe('an outage', () => {
  it('slows polls down with each one that is not answered, until one is', () => {
    const { breaker } = start()
    expect([breaker.unanswered(), breaker.unanswered(), breaker.unanswered()]).toEqual([
      10_000, 20_000, 40_000,
    ])
    breaker.answered()
    expect(breaker.unanswered()).toBe(10_000)
  })

  it('holds submissions as long as the vendor asks for, and longer each time it refuses again', () => {
    const { breaker, from } = start()
    breaker.answered()
    const refuse = (pauseMs: number) => breaker.deferred('rate', pauseMs, 'HTTP 429')
    expect([refuse(10_000), refuse(10_000), refuse(10_000)]).toEqual([10_000, 20_000, 40_000])
    expect(breaker.heldUntil()).toBe(from + 40_000)
    expect(refuse(90_000)).toBe(90_000)
    expect(breaker.down).toBe(false)
  })

  it('is assumed until the vendor was asked once', () => {
    const { breaker } = start()
    expect(breaker.down).toBe(true)
    expect(breaker.probing).toBe(false)
    breaker.answered()
    expect(breaker.down).toBe(false)
    breaker.doubted()
    expect(breaker.down).toBe(true)
  })

  it('tells of a pause of submissions once as it begins, and once as it ends', () => {
    const told: string[] = []
    const breaker = createCircuitBreaker(createFakeClock(), {
      shortestMs: 5_000,
      random: () => 0.5,
      onPause: ({ reason }, ended) => void told.push(`${reason} ${ended ? 'ends' : 'begins'}`),
    })
    breaker.deferred('rate', 1_000, 'HTTP 429')
    breaker.deferred('rate', 1_000, 'HTTP 429')
    breaker.submitted()
    breaker.submitted()
    expect(told).toEqual(['rate begins', 'rate ends'])
  })

  it('lets one submission at a time find out whether it is over', async () => {
    const { clock, breaker } = start()
    breaker.deferred('rate', 10_000, 'HTTP 429')
    await clock.advance(10_000)
    expect(breaker.heldUntil()).toBe(0)
    expect(breaker.probing).toBe(true)
    breaker.submitted()
    expect(breaker.probing).toBe(false)
  })

  it('is not seen in one lost answer, but stops submissions after two in a row', () => {
    const { breaker } = start()
    breaker.answered()
    breaker.lost()
    expect(breaker.down).toBe(false)
    breaker.lost()
    expect(breaker.down).toBe(true)
  })

  it('is over for submissions as soon as a poll is answered', () => {
    const { breaker } = start()
    breaker.lost()
    breaker.lost()
    breaker.answered()
    expect(breaker.down).toBe(false)
    expect(breaker.probing).toBe(false)
  })

  it('does not end a pause that the vendor asked for when a poll is answered', () => {
    const { breaker, from } = start()
    breaker.deferred('unreachable', 30_000, 'refused')
    expect(breaker.down).toBe(true)
    breaker.answered()
    expect(breaker.heldUntil()).toBe(from + 30_000)
  })

  it('holds nothing before anything was deferred, and nothing after a submission was taken', () => {
    const breaker = createCircuitBreaker(createFakeClock(0), { shortestMs: 5_000, random: () => 0.5 })
    expect(breaker.heldUntil()).toBe(0)
    breaker.deferred('rate', 10_000, 'HTTP 429')
    expect(breaker.heldUntil()).toBe(10_000)
    breaker.submitted()
    expect(breaker.heldUntil()).toBe(0)
  })

  it('is over for polls, too, when a submission was taken', () => {
    const { breaker } = start()
    breaker.unanswered()
    breaker.unanswered()
    breaker.submitted()
    expect(breaker.down).toBe(false)
    expect(breaker.unanswered()).toBe(10_000)
  })

  it('lets pauses grow from the first length again after a submission was taken', () => {
    const { breaker } = start()
    const refuse = () => breaker.deferred('rate', 10_000, 'HTTP 429')
    refuse()
    refuse()
    breaker.submitted()
    expect([refuse(), refuse()]).toEqual([10_000, 20_000])
  })

  it('never shortens a pause that is under way', () => {
    const { breaker, from } = start()
    breaker.deferred('rate', 90_000, 'HTTP 429')
    breaker.deferred('unreachable', 1_000, 'refused')
    expect(breaker.heldUntil()).toBe(from + 90_000)
  })

  it.each([
    ['unreachable', true],
    ['rate', false],
  ] as const)('of a vendor that answered before: is one that was %s down? %s', (reason, down) => {
    const { breaker } = start()
    breaker.answered()
    breaker.deferred(reason, 1_000, 'words')
    expect(breaker.down).toBe(down)
  })

  it('is found out about by one submission at a time after one lost answer', () => {
    const { breaker } = start()
    breaker.answered()
    expect(breaker.probing).toBe(false)
    breaker.lost()
    expect(breaker.probing).toBe(true)
  })

  it('tells why and since when submissions pause, in the words of the first refusal', async () => {
    const { clock, breaker, from } = start()
    expect(breaker.pause).toBeNull()
    breaker.deferred('rate', 1_000, 'HTTP 429')
    await clock.advance(500)
    breaker.deferred('unreachable', 1_000, 'refused')
    expect(breaker.pause).toEqual({ reason: 'rate', message: 'HTTP 429', since: from })
    breaker.submitted()
    expect(breaker.pause).toBeNull()
  })
})
