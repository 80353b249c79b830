import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { createLog } from '../../src/log.ts'
import { createHolds } from '../../src/worker/holds.ts'
import { refusal, startHolds } from '../support/holds.ts'

const open = { closedUntil: null, without: [], nextAt: null, inTurn: false }

describe('a refusal that does not name the input', () => {
  it('holds all submissions, for longer each time it comes again, up to five minutes', async () => {
    const { clock, gate, refuse } = startHolds()
    const pauses: number[] = []
    for (let index = 0; index < 9; index += 1) {
      await refuse(`j${index}`)
      const pause = (gate().closedUntil ?? 0) - clock.now()
      pauses.push(pause)
      await clock.advance(pause)
      expect(gate()).toEqual({ ...open, inTurn: true })
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000))
  })

  it('counts once for all that were under way together', async () => {
    const { clock, holds, gate, job, begin } = startHolds()
    const begun = Array.from({ length: 32 }, (_, index) => begin(`j${index}`))
    const until = clock.now() + 5_000
    for (const [index, number] of begun.entries())
      expect(await holds.refused(job(`j${index}`), number, 'account', refusal)).toEqual({
        kind: 'held',
        until,
      })
    expect(gate().closedUntil).toBe(until)
  })

  it('lets another one try a model when the one that tried it met another hold', async () => {
    const { clock, gate, refuse, accept } = startHolds()
    await refuse('a', 'model')
    await clock.advance(5_000)
    await refuse('a', 'key')
    await clock.advance(5_000)
    await accept('b', 'other')
    expect(gate().without).toEqual([])
  })

  it('is over as soon as one is accepted, and both are told once', async () => {
    const { gate, holds, told, refuse, accept } = startHolds()
    await refuse('a')
    expect(told).toEqual(['account begins'])
    await refuse('b')
    expect(holds.any).toBe(true)
    await accept('c')
    expect([gate(), holds.any]).toEqual([open, false])
    expect(told).toEqual(['account begins', 'account ends'])
  })

  it('convicts a job that is refused again after another was accepted', async () => {
    const { refuse, accept } = startHolds()
    expect(await refuse('a')).toBe('held')
    await accept('b')
    expect(await refuse('a')).toBe('atFault')
  })

  it('is over when it was the fault of one job, though the others had begun before it was refused', async () => {
    const { holds, gate, job, begin, refuse } = startHolds()
    const first = begin('a')
    begin('b')
    await holds.refused(job('a'), first, 'account', refusal)
    await holds.accepted(job('b'))
    expect(gate().inTurn).toBe(true)
    expect(await refuse('a')).toBe('atFault')
    expect([gate(), holds.any]).toEqual([open, false])
  })

  it('does not convict a job by its own acceptance, nor once more for what convicted it', async () => {
    const { refuse, accept } = startHolds()
    await refuse('a')
    await accept('a')
    expect(await refuse('a')).toBe('held')
    await accept('b')
    expect(await refuse('a')).toBe('atFault')
    await accept('c')
    expect(await refuse('a')).toBe('held')
  })

  it('does not convict a job after another met the same since the acceptance', async () => {
    const { refuse, accept } = startHolds()
    await refuse('a')
    await accept('b')
    await refuse('c')
    expect(await refuse('a')).toBe('held')
  })

  it('convicts a job though another was refused that had begun before the acceptance', async () => {
    const { holds, job, begin, refuse } = startHolds()
    await refuse('a')
    begin('b')
    const second = begin('c')
    await holds.accepted(job('b'))
    await holds.refused(job('c'), second, 'account', refusal)
    expect(await refuse('a')).toBe('atFault')
  })

  it('does not convict a job by an acceptance before its first refusal, whatever that was for', async () => {
    const { refuse, accept } = startHolds()
    await accept('b')
    expect(await refuse('a', 'model')).toBe('held')
    expect(await refuse('a', 'account')).toBe('held')
  })

  it('does not convict a job that is refused again and again while nobody is accepted', async () => {
    const { refuse } = startHolds()
    for (let index = 0; index < 10; index += 1) expect(await refuse('a')).toBe('held')
  })

  it('convicts one job for each that is accepted: the credits may have gone again meanwhile', async () => {
    const { refuse, accept } = startHolds()
    for (const id of ['a', 'b', 'c']) await refuse(id)
    await accept('d')
    expect([await refuse('a'), await refuse('b'), await refuse('c')]).toEqual(['atFault', 'held', 'held'])
    await accept('e')
    expect(await refuse('b')).toBe('atFault')
  })

  it('of a model holds that model alone, and is over with its own acceptance only', async () => {
    const { gate, refuse, accept } = startHolds()
    await refuse('a', 'model', 'm1')
    expect(gate()).toMatchObject({ closedUntil: null, without: ['m1'] })
    await accept('b', 'm2')
    expect(gate().without).toEqual(['m1'])
    await accept('c', 'm1')
    expect(gate()).toEqual(open)
  })

  it('lets one job at a time find out whether it is over, and another one when that ends without a word of it', async () => {
    const { clock, holds, gate, job, begin, refuse } = startHolds()
    await refuse('a', 'model', 'm1')
    await clock.advance(5_000)
    expect(gate().without).toEqual([])
    begin('b', 'm1')
    expect(gate().without).toEqual(['m1'])
    await holds.ended(job('b', 'm1'), false)
    expect(gate()).toEqual({ ...open, inTurn: true })
  })

  it('stays, and may be tried again, when one is accepted that had begun before it', async () => {
    const { clock, holds, gate, job, begin } = startHolds()
    begin('good', 'm1')
    await holds.refused(job('bad', 'm1'), begin('bad', 'm1'), 'model', refusal)
    await clock.advance(5_000)
    await holds.accepted(job('good', 'm1'))
    expect(gate()).toEqual({ ...open, inTurn: true })
  })

  it('is the current one of a model only where nothing holds all submissions', async () => {
    const { holds, refuse, accept } = startHolds()
    expect([holds.current(), holds.current('m')]).toEqual([null, null])
    await refuse('a', 'model')
    expect(holds.current()).toBeNull()
    expect(holds.current('m')).toMatchObject({ scope: 'model', place: 'm', message: 'HTTP 402' })
    expect(holds.current('other')).toBeNull()
    await refuse('b', 'account', 'other')
    expect(holds.current('m')).toMatchObject({ scope: 'account' })
    await accept('c', 'other')
    expect(holds.current('m')).toMatchObject({ scope: 'model' })
  })

  it('began when it was first met, however often it comes again', async () => {
    const { clock, holds, refuse } = startHolds()
    const since = clock.now()
    await refuse('a')
    await clock.advance(5_000)
    await refuse('b', 'key')
    expect(holds.current()).toMatchObject({ scope: 'key', since, until: clock.now() + 10_000 })
  })

  it('forgets the one first whose last refusal is the longest ago', async () => {
    const { refuse, accept } = startHolds()
    for (let index = 0; index < 10_000; index += 1) await refuse(`j${index}`)
    await refuse('j0')
    await refuse('new')
    await accept('good')
    expect(await refuse('j0')).toBe('atFault')
    await accept('good')
    expect(await refuse('j1')).toBe('held')
  })

  it('forgets a job beyond ten thousand that were refused: it merely gets another try', async () => {
    for (const [id, kind] of [
      ['j0', 'held'],
      ['j1', 'atFault'],
    ] as const) {
      const { refuse, accept } = startHolds()
      for (let index = 0; index <= 10_000; index += 1) await refuse(`j${index}`)
      await accept('good')
      expect(await refuse(id)).toBe(kind)
    }
  })

  it('has its job wait as long where the history cannot take it', async () => {
    const { clock, job } = startHolds()
    const fails = () => Promise.reject(new HistoryUnavailableError('full'))
    const work = { hold: fails, endTry: fails, retryHolds: fails }
    const told: string[] = []
    const holds = createHolds({
      work,
      clock,
      log: createLog('silent'),
      onChange: ({ scope }) => void told.push(scope),
    })
    await holds.start()
    expect(await holds.refused(job('a'), holds.begin(job('a')), 'account', refusal)).toEqual({
      kind: 'held',
      until: clock.now() + 5_000,
    })
    expect([holds.any, told]).toEqual([false, []])
  })
})
