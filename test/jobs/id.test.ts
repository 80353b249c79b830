import fc from 'fast-check'
import { TypeID } from 'typeid-js'
import { describe, expect, it } from 'vitest'
import { createJobId, drawCallbackToken, drawFraction, drawOwner, drawSeed } from '../../src/jobs/id.ts'

const fill = (byte: number) => (bytes: Uint8Array) => bytes.fill(byte)
const bytesOf = (id: string) => TypeID.fromString(id).toUUIDBytes()

describe("a job's id", () => {
  it('is a UUID of version 7 and its variant, whatever is drawn', () => {
    for (const byte of [0x00, 0x5a, 0xff]) {
      const bytes = bytesOf(createJobId(1_767_225_600_000, fill(byte)))
      expect((bytes[6] ?? 0) >> 4).toBe(7)
      expect((bytes[8] ?? 0) >> 6).toBe(2)
      // The rest of those two bytes, and all others, are drawn.
      expect((bytes[6] ?? 0) & 0x0f).toBe(byte & 0x0f)
      expect((bytes[8] ?? 0) & 0x3f).toBe(byte & 0x3f)
      expect([7, 9, 10, 11, 12, 13, 14, 15].map((place) => bytes[place])).toEqual(Array(8).fill(byte))
    }
  })

  it('has each drawn byte in its place', () => {
    const places = (bytes: Uint8Array) => bytes.map((_, index) => index)
    const bytes = bytesOf(createJobId(0, places))
    expect([...bytes]).toEqual([0, 0, 0, 0, 0, 0, 0x76, 7, 0x88, 9, 10, 11, 12, 13, 14, 15])
  })

  it('has the time of its creation to the millisecond, and sorts by it', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [first, second] = [createJobId(one, fill(0)), createJobId(other, fill(0))]
        const told = bytesOf(first)
          .slice(0, 6)
          .reduce((sum, byte) => sum * 256 + byte, 0)
        expect(told).toBe(one)
        expect(first < second).toBe(one < other)
      }),
    )
  })

  it('begins with what it names', () => {
    expect(createJobId(0, fill(0))).toMatch(/^job_[0-9a-z]{26}$/)
  })
})

describe('what is drawn', () => {
  it('is as much as is used', () => {
    const asked: number[] = []
    const random = (bytes: Uint8Array) => {
      asked.push(bytes.length)
      return bytes
    }
    createJobId(0, random)
    for (const draw of [drawCallbackToken, drawSeed, drawFraction, drawOwner]) draw(random)
    expect(asked).toEqual([16, 24, 4, 4, 16])
  })

  it('is 192 bits for a callback token, fit for a URL', () => {
    expect(Buffer.from(drawCallbackToken(fill(0xfb)), 'base64url')).toEqual(Buffer.alloc(24, 0xfb))
    expect(drawCallbackToken(fill(0xfb))).toMatch(/^[\w-]{32}$/)
  })

  it('is a number from 0 up to 1, and below it, for a fraction', () => {
    expect([0x00, 0x80].map((byte) => drawFraction(fill(byte)))).toEqual([0, 0x80808080 / 2 ** 32])
    expect(drawFraction(fill(0xff))).toBe(1 - 2 ** -32)
  })

  it('is 128 bits for the name of a process', () => {
    expect(drawOwner(fill(0xfb))).toBe('fb'.repeat(16))
  })

  it('is a whole number of 31 bits for a seed', () => {
    expect([0x00, 0x80, 0xff].map((byte) => drawSeed(fill(byte)))).toEqual([0, 0x40404040, 0x7fffffff])
  })
})
