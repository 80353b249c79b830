import { describe, expect, it } from 'vitest'
import { refusal, startHolds } from '../support/holds.ts'

describe('a refusal that does not name the input', () => {
  it('holds all submissions, for longer each time it comes again, up to five minutes', async () => {
    const { clock, holds, refuse } = startHolds()
    const pauses: number[] = []
    for (let index = 0; index < 9; index += 1) {
      refuse(`j${index}`)
      pauses.push(holds.heldUntil() - clock.now())
      await clock.advance(holds.heldUntil() - clock.now())
      expect(holds.heldUntil()).toBe(0)
      expect(holds.probing).toBe(true)
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000))
  })

  it('counts once for all that were under way together', () => {
    const { clock, holds } = startHolds()
    const jobs = Array.from({ length: 32 }, (_, index) => ({ id: `j${index}`, model: 'm' }))
    const begun = jobs.map((job) => holds.begin(job))
    const until = clock.now() + 5_000
    jobs.forEach((job, index) => {
      expect(holds.refused(job, begun[index] ?? 0, 'account', refusal)).toEqual({ kind: 'held', until })
    })
    expect(holds.heldUntil() - clock.now()).toBe(5_000)
  })

  it('lets another one try a model when the one that tried it met another hold', async () => {
    const { clock, holds, refuse, accept } = startHolds()
    refuse('a', 'model')
    await clock.advance(5_000)
    refuse('a', 'key')
    await clock.advance(5_000)
    accept('b', 'other')
    expect(holds.heldModels()).toEqual([])
  })

  it('is over as soon as one is accepted, and both are told once', () => {
    const { holds, told, refuse, accept } = startHolds()
    refuse('a')
    expect(told).toEqual(['account begins'])
    refuse('b')
    accept('c')
    expect([holds.heldUntil(), holds.probing, holds.inTurn]).toEqual([0, false, false])
    expect(told).toEqual(['account begins', 'account ends'])
  })

  it('convicts a job that is refused again after another was accepted', () => {
    const { refuse, accept } = startHolds()
    expect(refuse('a').kind).toBe('held')
    accept('b')
    expect(refuse('a').kind).toBe('atFault')
  })

  it('is over when it was the fault of one job, though the others had begun before it was refused', () => {
    const { holds, refuse } = startHolds()
    const [bad, good] = [
      { id: 'a', model: 'm' },
      { id: 'b', model: 'm' },
    ]
    const [first, second] = [holds.begin(bad), holds.begin(good)]
    holds.refused(bad, first, 'account', refusal)
    holds.accepted(good, second)
    expect(holds.probing).toBe(true)
    expect(refuse('a').kind).toBe('atFault')
    expect([holds.heldUntil(), holds.probing]).toEqual([0, false])
  })

  it('convicts by the acceptance of one that had begun before the job itself', () => {
    const { holds, refuse } = startHolds()
    const good = { id: 'b', model: 'm' }
    const first = holds.begin(good)
    refuse('a')
    holds.accepted(good, first)
    expect(refuse('a').kind).toBe('atFault')
  })

  it('does not convict a job by its own acceptance, nor once more for what convicted it', () => {
    const { refuse, accept } = startHolds()
    refuse('a')
    accept('a')
    expect(refuse('a').kind).toBe('held')
    accept('b')
    expect(refuse('a').kind).toBe('atFault')
    accept('c')
    expect(refuse('a').kind).toBe('held')
  })

  it('does not convict a job after another met the same since the acceptance', () => {
    const { refuse, accept } = startHolds()
    refuse('a')
    accept('b')
    refuse('c')
    expect(refuse('a').kind).toBe('held')
  })

  it('convicts a job though another was refused that had begun before the acceptance', () => {
    const { holds, refuse } = startHolds()
    refuse('a')
    const [good, late] = [
      { id: 'b', model: 'm' },
      { id: 'c', model: 'm' },
    ]
    const [first, second] = [holds.begin(good), holds.begin(late)]
    holds.accepted(good, first)
    holds.refused(late, second, 'account', refusal)
    expect(refuse('a').kind).toBe('atFault')
  })

  it('does not convict a job by an acceptance before its first refusal, whatever that was for', () => {
    const { refuse, accept } = startHolds()
    accept('b')
    expect(refuse('a', 'model').kind).toBe('held')
    expect(refuse('a', 'account').kind).toBe('held')
  })

  it('does not convict a job that is refused again and again while nobody is accepted', () => {
    const { refuse } = startHolds()
    for (let index = 0; index < 10; index += 1) expect(refuse('a').kind).toBe('held')
  })

  it('does not convict a job by what was accepted before it was refused', () => {
    const { refuse, accept } = startHolds()
    accept('b')
    expect(refuse('a').kind).toBe('held')
    expect(refuse('a').kind).toBe('held')
  })

  it('convicts one job for each that is accepted: the credits may have gone again meanwhile', () => {
    const { refuse, accept } = startHolds()
    for (const id of ['a', 'b', 'c']) refuse(id)
    accept('d')
    expect([refuse('a').kind, refuse('b').kind, refuse('c').kind]).toEqual(['atFault', 'held', 'held'])
    accept('e')
    expect(refuse('b').kind).toBe('atFault')
  })

  it('of a model holds that model alone, and is over with its own acceptance only', () => {
    const { holds, refuse, accept } = startHolds()
    refuse('a', 'model', 'm1')
    expect([holds.heldUntil(), holds.heldModels()]).toEqual([0, ['m1']])
    accept('b', 'm2')
    expect(holds.heldModels()).toEqual(['m1'])
    accept('c', 'm1')
    expect(holds.heldModels()).toEqual([])
  })

  it('of a model lets one job of it at a time find out whether it is over', async () => {
    const { clock, holds, refuse } = startHolds()
    refuse('a', 'model', 'm1')
    await clock.advance(5_000)
    expect(holds.heldModels()).toEqual([])
    const job = { id: 'b', model: 'm1' }
    holds.begin(job)
    expect(holds.heldModels()).toEqual(['m1'])
    holds.ended(job)
    expect(holds.heldModels()).toEqual([])
  })

  it('of a model tells when the next of them ends, and null where none runs', async () => {
    const { clock, holds, refuse } = startHolds()
    expect(holds.nextModel()).toBeNull()
    refuse('a')
    expect(holds.nextModel()).toBeNull()
    refuse('b', 'model', 'm1')
    await clock.advance(1_000)
    refuse('c', 'model', 'm2')
    expect(holds.nextModel()).toBe(clock.now() + 4_000)
    await clock.advance(4_000)
    expect(holds.nextModel()).toBe(clock.now() + 1_000)
    await clock.advance(1_000)
    expect(holds.nextModel()).toBeNull()
  })

  it('is the current one of a model only where nothing holds all submissions', () => {
    const { holds, refuse, accept } = startHolds()
    expect([holds.current(), holds.current('m')]).toEqual([null, null])
    refuse('a', 'model')
    expect(holds.current()).toBeNull()
    expect(holds.current('m')).toMatchObject({ scope: 'model', model: 'm', error: refusal })
    expect(holds.current('other')).toBeNull()
    refuse('b', 'account', 'other')
    expect(holds.current('m')).toMatchObject({ scope: 'account', model: null })
    accept('c', 'other')
    expect(holds.current('m')).toMatchObject({ scope: 'model' })
  })

  it('began when it was first met, however often it comes again', async () => {
    const { clock, holds, refuse } = startHolds()
    const since = clock.now()
    refuse('a')
    await clock.advance(5_000)
    refuse('b')
    expect(holds.current()).toMatchObject({ since, until: clock.now() + 10_000 })
  })

  it('of a model is tried by another job when the one that tries it ends without a word of it', async () => {
    const { clock, holds, refuse } = startHolds()
    refuse('a', 'model', 'm1')
    await clock.advance(5_000)
    const [one, other] = [
      { id: 'b', model: 'm1' },
      { id: 'c', model: 'm1' },
    ]
    holds.begin(one)
    holds.begin(other)
    holds.ended(one)
    expect(holds.heldModels()).toEqual(['m1'])
    holds.ended(other)
    expect(holds.heldModels()).toEqual([])
  })

  it('of a model stays, and may be tried again, when one is accepted that had begun before it', async () => {
    const { clock, holds } = startHolds()
    const [good, bad] = [
      { id: 'a', model: 'm1' },
      { id: 'b', model: 'm1' },
    ]
    const [second, first] = [holds.begin(bad), holds.begin(good)]
    holds.refused(bad, second, 'model', refusal)
    await clock.advance(5_000)
    holds.begin(good)
    expect(holds.heldModels()).toEqual(['m1'])
    holds.accepted(good, first)
    expect([holds.heldModels(), holds.inTurn]).toEqual([[], true])
  })

  it('of all submissions needs nobody to be tried one by one once it is over', async () => {
    const { clock, holds, refuse, accept } = startHolds()
    refuse('a')
    expect([holds.inTurn, holds.probing, holds.heldModels()]).toEqual([true, true, []])
    await clock.advance(5_000)
    accept('b')
    expect([holds.inTurn, holds.probing, holds.heldUntil()]).toEqual([false, false, 0])
    refuse('c', 'model')
    expect([holds.inTurn, holds.probing]).toEqual([true, false])
  })

  it('forgets the one first whose last refusal is the longest ago', () => {
    const { refuse, accept } = startHolds()
    for (let index = 0; index < 10_000; index += 1) refuse(`j${index}`)
    refuse('j0')
    refuse('new')
    accept('good')
    expect(refuse('j0').kind).toBe('atFault')
    accept('good')
    expect(refuse('j1').kind).toBe('held')
  })

  it('forgets a job beyond ten thousand that were refused: it merely gets another try', () => {
    for (const [id, kind] of [
      ['j0', 'held'],
      ['j1', 'atFault'],
    ] as const) {
      const { refuse, accept } = startHolds()
      for (let index = 0; index <= 10_000; index += 1) refuse(`j${index}`)
      accept('good')
      expect(refuse(id).kind).toBe(kind)
    }
  })
})
