import { describe, expect, it } from 'vitest'
import { startHolds } from '../support/holds.ts'

const open = { closedUntil: null, without: [], nextAt: null, inTurn: false }

describe('a refusal for the rate', () => {
  it('holds all as long as the vendor asks, then twice as long each time, up to a minute', async () => {
    const { clock, holds, gate, job, begin } = startHolds()
    const pauses: number[] = []
    for (let index = 0; index < 4; index += 1) {
      begin(`j${index}`)
      const until = await holds.limited(job(`j${index}`), 20_000, 'HTTP 429')
      pauses.push(until - clock.now())
      expect(gate()).toEqual({ ...open, closedUntil: until })
      await clock.advance(until - clock.now())
    }
    expect(pauses).toEqual([20_000, 40_000, 60_000, 60_000])
    expect(holds.pause).toEqual({ reason: 'rate', message: 'HTTP 429', since: clock.now() - 180_000 })
    expect(holds.current()).toBeNull()
  })

  it('is prolonged by whoever was under way with it and is asked to wait longer', async () => {
    const { clock, holds, job, begin } = startHolds()
    for (const id of ['a', 'b', 'c']) begin(id)
    const waits: number[] = []
    for (const [id, ms] of [
      ['a', 1_000],
      ['b', 9_000],
      ['c', 2_000],
    ] as const)
      waits.push((await holds.limited(job(id), ms, 'HTTP 429')) - clock.now())
    expect(waits).toEqual([1_000, 9_000, 9_000])
  })

  it.each([
    [true, false],
    [false, true],
  ])('is over when the one that tried it was refused for its input: %s', async (ofInput, stays) => {
    const { clock, holds, job, begin } = startHolds()
    begin('a')
    await holds.limited(job('a'), 20_000, 'HTTP 429')
    await clock.advance(20_000)
    begin('b')
    await holds.ended(job('b'), ofInput)
    expect(holds.any).toBe(stays)
  })

  it('is over when one is accepted', async () => {
    const { holds, told, job, begin, accept } = startHolds()
    begin('a')
    await holds.limited(job('a'), 20_000, 'HTTP 429')
    await accept('b')
    expect([holds.pause, told]).toEqual([null, ['rate begins', 'rate ends']])
  })
})

describe('processes that share holds', () => {
  it('hear of them, and of their ends, by their claims', async () => {
    const { refuse, accept, start } = startHolds()
    const other = start()
    await refuse('a')
    expect(other.holds.current()).toBeNull()
    other.begin('b')
    expect(other.holds.current()).toMatchObject({ scope: 'account', triedBy: 'b' })
    await accept('c')
    other.begin('d')
    expect(other.holds.any).toBe(false)
  })

  it('let the pause grow as one would', async () => {
    const { clock, gate, refuse, start } = startHolds()
    const other = start()
    const pauses: number[] = []
    for (const one of [refuse, other.refuse, refuse, other.refuse]) {
      await one('a')
      pauses.push((gate().closedUntil ?? 0) - clock.now())
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000])
  })

  it('convict no job by what was accepted before another of them met the same', async () => {
    const { refuse, accept, start } = startHolds()
    const other = start()
    await refuse('a')
    await accept('b')
    await other.refuse('c')
    expect(await refuse('a')).toBe('held')
  })

  it.each([
    ['nobody', 'atFault'],
    ['whoever tried it', 'held'],
    ['one, after another was accepted', 'held'],
  ] as const)(
    'convict a job by what was accepted beside a hold, which since then %s has met: %s',
    async (who, verdict) => {
      const { clock, holds, job, begin, refuse, start } = startHolds()
      const other = start()
      begin('free') // before there is a hold, so that it ends none
      await refuse('a')
      await holds.accepted(job('free'))
      expect(holds.any).toBe(true)
      await clock.advance(5_000)
      if (who === 'one, after another was accepted') await other.accept('b')
      if (who !== 'nobody') await other.refuse('c')
      expect(await refuse('a')).toBe(verdict)
    },
  )

  it('keep what they wrote while a claim was under way', async () => {
    const { holds, told, rows, refuse } = startHolds()
    const reading = holds.reading()
    const before = rows()
    await refuse('a')
    reading(before)
    expect([holds.any, told]).toEqual([true, ['account begins']])
  })
})
