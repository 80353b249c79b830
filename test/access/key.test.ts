import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawKey, hashOf, hintOf, isKey } from '../../src/access/key.ts'
import { createRandom } from '../support/random.ts'
import { always } from '../support/seed.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const fill = (byte: number) => (bytes: Uint8Array) => bytes.fill(byte)
const drawn = fc.tuple(
  fc.constantFrom('live' as const, 'test' as const),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
)
const keyOf = ([environment, secret]: [environment: 'live' | 'test', secret: Uint8Array]) =>
  drawKey(environment, (bytes) => {
    bytes.set(secret)
    return bytes
  })
const bitsOf = (key: string) =>
  [...key.slice(9, 52)].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n)

describe('a key', () => {
  it('is its kind, 43 digits of secret and 6 of checksum', () => {
    expect(drawKey('live', fill(0))).toMatch(/^wsg_live_0{43}[0-9A-Za-z]{6}$/)
    expect(drawKey('test', fill(0xff))).toMatch(/^wsg_test_[0-9A-Za-z]{49}$/)
    expect(drawKey('live', fill(0)).slice(-6)).not.toBe(drawKey('test', fill(0)).slice(-6))
  })

  it('ends with the CRC-32 of what comes before, as a scanner of secrets computes it', () => {
    const key = drawKey('live', fill(0))
    const checksum = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
    expect(checksum).toBe(crcOf(key.slice(0, -6)))
  })

  it('tells all of its 256 random bits, and is a key whatever they are', () => {
    always(
      fc.property(drawn, ([environment, secret]) => {
        const key = keyOf([environment, secret])
        expect(isKey(key)).toBe(true)
        expect(key.startsWith(`wsg_${environment}_`)).toBe(true)
        expect(bitsOf(key)).toBe(BigInt(`0x${Buffer.from(secret).toString('hex')}`))
      }),
    )
  })

  it('draws 32 bytes', () => {
    const asked: number[] = []
    drawKey('live', (bytes) => {
      asked.push(bytes.length)
      return bytes
    })
    expect(asked).toEqual([32])
  })

  it('is refused with any single character changed', () => {
    const key = drawKey('test', createRandom(7).bytes)
    for (let at = 0; at < key.length; at += 1) {
      for (const other of `${digits}_`) {
        if (other === key[at]) continue
        const changed = key.slice(0, at) + other + key.slice(at + 1)
        expect(isKey(changed), changed).toBe(false)
      }
    }
  })

  it('is refused with two neighbours exchanged', () => {
    always(
      fc.property(drawn, fc.integer({ min: 9, max: 56 }), (parts, at) => {
        const key = keyOf(parts)
        const [one = '', other = ''] = key.slice(at, at + 2)
        fc.pre(one !== other)
        expect(isKey(key.slice(0, at) + other + one + key.slice(at + 2))).toBe(false)
      }),
    )
  })

  it('is nothing longer, shorter, or of another form', () => {
    const key = drawKey('test', createRandom(7).bytes)
    const others = ['', key.slice(1), key.slice(0, -1), `${key}0`, ` ${key}`, `${key}\n`, `${key} `]
    // The checksum alone makes no key: these have a right one.
    const body = '0'.repeat(43)
    for (const start of ['wsg_prod_', 'wsg_test_0', 'wsg_', 'awsg_test_', 'wst_test_'])
      others.push(start + body + checksumOf(start + body))
    expect(isKey(`wsg_test_${body}${checksumOf(`wsg_test_${body}`)}`)).toBe(true)
    for (const text of [...others, key.replace('test', 'prod'), 'a.b.c'])
      expect(isKey(text), text).toBe(false)
  })

  it('is told from others by its first twelve characters, and kept as its SHA-256', () => {
    const key = drawKey('live', createRandom(7).bytes)
    expect(hintOf(key)).toBe(key.slice(0, 12))
    expect(hintOf(key)).toMatch(/^wsg_live_.{3}$/)
    expect(hashOf(key)).toBe(createHash('sha256').update(key).digest('base64url'))
  })
})

function checksumOf(body: string): string {
  let text = ''
  for (let rest = crcOf(body); text.length < 6; rest = Math.floor(rest / 62))
    text = digits.charAt(rest % 62) + text
  return text
}

/** As the standard has it, bit by bit. */
function crcOf(text: string): number {
  let crc = 0xffffffff
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
