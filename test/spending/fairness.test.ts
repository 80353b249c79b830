import { describe, expect, it } from 'vitest'
import { type Contender, next, nextInTurn, positionOf, type Queue } from '../../src/spending/fairness.ts'
import { contender, queue } from './queues.ts'

const nameOfNext = (...contenders: Contender[]) => next(contenders)?.tenant

describe('whose job starts', () => {
  it('is nobody’s where nobody waits', () => {
    expect(next([])).toBeUndefined()
    expect(nextInTurn([])).toBeUndefined()
  })

  it('is that of who has the least', () => {
    expect(
      nameOfNext(contender('a', { held: 2 }), contender('b', { held: 1 }), contender('c', { held: 3 })),
    ).toBe('b')
  })

  it('is judged by what a tenant has for its weight', () => {
    const heavy = contender('heavy', { held: 5, weight: 3 })
    expect(nameOfNext(contender('light', { held: 2 }), heavy)).toBe('heavy')
    expect(nameOfNext(contender('light', { held: 1 }), heavy)).toBe('light')
    expect(nameOfNext(contender('half', { held: 1, weight: 0.5 }), contender('one', { held: 1 }))).toBe('one')
  })

  it('is, of equal shares, that of who was served longest ago, or never', () => {
    const late = contender('late', { servedAt: 9, oldest: 1 })
    const early = contender('early', { servedAt: 8, oldest: 2 })
    const never = contender('never', { oldest: 3 })
    expect(nameOfNext(late, early)).toBe('early')
    expect(nameOfNext(late, never, early)).toBe('never')
    expect(nameOfNext(never, late)).toBe('never')
    expect(nameOfNext(contender('zero', { servedAt: 0 }), never)).toBe('never')
  })

  it('is by turns also where equal shares are of different weights', () => {
    const heavy = contender('heavy', { held: 4, weight: 4, servedAt: 1 })
    expect(nameOfNext(contender('light', { held: 1, servedAt: 2 }), heavy)).toBe('heavy')
    expect(nameOfNext(contender('light', { held: 1 }), heavy)).toBe('light')
  })

  it('is, of those that were never served, that of whose job is the oldest', () => {
    const [younger, older] = [contender('a', { oldest: 7 }), contender('b', { oldest: 6 })]
    expect(nameOfNext(younger, older)).toBe('b')
    expect(nameOfNext(older, younger)).toBe('b')
  })

  it('is decided, whatever the order in which the tenants are told', () => {
    const [a, b] = [contender('a'), contender('b')]
    expect([nameOfNext(a, b), nameOfNext(b, a)]).toEqual(['a', 'a'])
  })

  it('goes by turns alone while it is found out what the vendor accepts', () => {
    const idle = contender('idle', { servedAt: 9 })
    const busy = contender('busy', { held: 7, servedAt: 8 })
    expect(nextInTurn([idle, busy])?.tenant).toBe('busy')
    // Unless it may have no more at the vendor.
    expect(nextInTurn([idle, { ...busy, room: 0 }])?.tenant).toBe('idle')
    expect(nextInTurn([busy, idle, contender('never', { held: 8 })])?.tenant).toBe('never')
  })
})

describe('the position of a job', () => {
  const positions = (own: Queue, ...others: Queue[]) =>
    Array.from({ length: own.waiting }, (_, index) => positionOf(own, index + 1, [own, ...others]))

  it('is its rank where nobody else waits', () => {
    expect(positions(queue('a', 3, { held: 4, weight: 2 }))).toEqual([1, 2, 3])
  })

  it('alternates with another tenant that has as much', () => {
    const [a, b] = [queue('a', 3, { oldest: 1 }), queue('b', 3, { oldest: 2 })]
    expect(positions(a, b)).toEqual([1, 3, 5])
    expect(positions(b, a)).toEqual([2, 4, 6])
  })

  it('lets who has less catch up first', () => {
    const [rich, poor] = [queue('rich', 2, { held: 2 }), queue('poor', 4, { servedAt: 5 })]
    expect(positions(poor, rich)).toEqual([1, 2, 4, 6])
    expect(positions(rich, poor)).toEqual([3, 5])
  })

  it('counts no more of another tenant than wait', () => {
    expect(positions(queue('many', 6), queue('few', 2, { servedAt: 1 }))).toEqual([1, 3, 5, 6, 7, 8])
  })

  it('keeps the weights in proportion', () => {
    const [light, heavy] = [queue('light', 3), queue('heavy', 6, { weight: 2, servedAt: 1 })]
    expect(positions(light, heavy)).toEqual([1, 4, 7])
    expect(positions(heavy, light)).toEqual([2, 3, 5, 6, 8, 9])
  })

  it('of equal shares is before that of who started a job later', () => {
    // After one claim each, both have a half; the heavy one started its job later.
    const [light, heavy] = [
      queue('light', 2, { weight: 2, held: 0 }),
      queue('heavy', 4, { weight: 4, held: 1 }),
    ]
    expect(positions(light, heavy)).toEqual([1, 3])
    expect(positions(heavy, light)).toEqual([2, 4, 5, 6])
  })

  it('of equal shares is before that of who got a job meanwhile', () => {
    // Once the light one has its first job both have one for one.
    const [light, heavy] = [queue('light', 2), queue('heavy', 2, { weight: 2, held: 2, servedAt: 9 })]
    expect(positions(light, heavy)).toEqual([1, 3])
    expect(positions(heavy, light)).toEqual([2, 4])
  })

  it('is known of one that is far behind, too', () => {
    const [a, b] = [queue('a', 50_000), queue('b', 50_000, { oldest: 1 })]
    expect(positionOf(a, 50_000, [a, b])).toBe(99_999)
    expect(positionOf(b, 50_000, [a, b])).toBe(100_000)
  })

  it('says nothing of a tenant’s jobs of which it was not told', () => {
    const own = queue('a', 2)
    expect(positionOf(own, 2, [queue('b', 1, { oldest: 0 })])).toBe(3)
  })
})
