import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSigner } from '../../src/access/signature.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { always } from '../support/seed.ts'

const minute = 60_000
const path = 'job_1/0.mp4'
const start = Date.UTC(2026, 0, 1, 12, 1)
const queryOf = (signed: string) => new URLSearchParams(signed)
function open(secret = 'a secret', at = start) {
  const clock = createFakeClock(at)
  return { clock, signer: createSigner(secret, clock) }
}

describe('a signed address', () => {
  it('is good for its path, for an hour at least and an hour and a quarter at most', async () => {
    const { clock, signer } = open()
    const query = queryOf(signer.sign(path))
    expect([...query.keys()]).toEqual(['expires', 'signature'])
    expect(signer.verify(path, query)).toBe(true)
    await clock.advance(60 * minute)
    expect(signer.verify(path, query)).toBe(true)
    await clock.advance(14 * minute - 1)
    expect(signer.verify(path, query)).toBe(true)
    await clock.advance(1)
    expect(signer.verify(path, query)).toBe(false)
  })

  it('lasts an hour whenever it is made, and ends at a quarter of an hour', () => {
    always(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (at) => {
        const { signer } = open('a secret', at)
        const expires = Number(queryOf(signer.sign(path)).get('expires'))
        expect(expires - at).toBeGreaterThanOrEqual(60 * minute)
        expect(expires - at).toBeLessThan(75 * minute)
        expect(expires % (15 * minute)).toBe(0)
      }),
    )
  })

  it('is the same for all of a quarter of an hour, so that a browser knows the file', async () => {
    const { clock, signer } = open()
    const first = signer.sign(path)
    await clock.advance(13 * minute)
    expect(signer.sign(path)).toBe(first)
    await clock.advance(2 * minute)
    expect(signer.sign(path)).not.toBe(first)
  })

  it('is the same from every gateway with the same secret, and good at none with another one', () => {
    const [one, other, stranger] = [open(), open(), open('another secret')]
    const signed = one.signer.sign(path)
    expect(other.signer.sign(path)).toBe(signed)
    expect(other.signer.verify(path, queryOf(signed))).toBe(true)
    expect(stranger.signer.verify(path, queryOf(signed))).toBe(false)
  })

  it('is good for no other path, end or signature', () => {
    const { signer } = open()
    const signed = signer.sign(path)
    const change = (name: string, value: string | null) => {
      const query = queryOf(signed)
      if (value === null) query.delete(name)
      else query.set(name, value)
      return signer.verify(path, query)
    }
    expect(change('expires', queryOf(signed).get('expires'))).toBe(true)
    for (const other of ['job_1/1.mp4', 'job_2/0.mp4', '', `${path}/`, `/${path}`, 'job_1/0.mp'])
      expect(signer.verify(other, queryOf(signed)), other).toBe(false)
    const later = String(Number(queryOf(signed).get('expires')) + 1)
    for (const expires of [later, '9999999999999', '', 'NaN', 'Infinity', '-1', null])
      expect(change('expires', expires), String(expires)).toBe(false)
    const signature = queryOf(signed).get('signature') ?? ''
    for (const other of ['', 'a', signature.slice(1), `A${signature.slice(1)}`, `${signature}AAAA`, null])
      expect(change('signature', other === signature ? null : other), String(other)).toBe(false)
    expect(signer.verify(path, new URLSearchParams())).toBe(false)
  })

  it('of one path and end is not that of a path with a line more', () => {
    const { signer } = open()
    const query = queryOf(signer.sign(path))
    const expires = query.get('expires') ?? ''
    expect(signer.verify(`${path}\n${expires}`, query)).toBe(false)
    expect(queryOf(signer.sign(`${path}\n${expires}`)).get('signature')).not.toBe(query.get('signature'))
  })
})
