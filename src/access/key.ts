import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { RandomBytes } from '../jobs/id.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { Scope } from './viewer.ts'

/** A key of the gateway as it is kept: nothing of it lets anybody in. Times are milliseconds since 1970. */
export interface AccessKey {
  readonly id: string
  readonly tenant: TenantId
  /** SHA-256 of the whole key. A key has 256 random bits, so that a slow hash would protect nothing. */
  readonly hash: string
  /** Its beginning, by which people tell it from others. */
  readonly hint: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Who made it, as `labelOf` says. */
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  /** To the minute. */
  readonly lastUsedAt: number | null
}

/** `test` where the vendor is a sandbox: a scanner, or a person, sees that such a key costs nobody anything. */
export type Environment = 'live' | 'test'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretLength = 43 // of 256 bits
const checksumLength = 6 // of 32 bits
const form = new RegExp(`^wsg_(live|test)_[0-9A-Za-z]{${secretLength + checksumLength}}$`)
/** `wsg_live_` and three digits. */
const hintLength = 12

/** A new key: 256 random bits and a checksum, of letters and digits alone, so that a double click takes all of it. */
export function drawKey(environment: Environment, random: RandomBytes): string {
  const bits = BigInt(`0x${Buffer.from(random(new Uint8Array(32))).toString('hex')}`)
  const body = `wsg_${environment}_${inBase62(bits, secretLength)}`
  return body + checksumOf(body)
}

/** Whether it can be a key at all: what was mistyped or made up is refused without asking the database. */
export function isKey(text: string): boolean {
  return form.test(text) && checksumOf(text.slice(0, -checksumLength)) === text.slice(-checksumLength)
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

export const hintOf = (key: string): string => key.slice(0, hintLength)

const checksumOf = (body: string) => inBase62(BigInt(crc32(body)), checksumLength)

function inBase62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text
  return text
}
