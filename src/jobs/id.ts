import { TypeID } from 'typeid-js'

/** Fills the array with random bytes, as `crypto.getRandomValues` does; tests pass a seeded one. */
export type RandomBytes = (bytes: Uint8Array) => Uint8Array

/**
 * A job's id: `job_` and a UUIDv7 in TypeID's base32 (typeid.dev), so ids sort by the time of creation and can
 * stand in a URL.
 */
export const createJobId = (now: number, random: RandomBytes) => createId('job', now, random)

/** The same for an upload: `upl_…`. */
export const createUploadId = (now: number, random: RandomBytes) => createId('upl', now, random)

/** Whether it is the id of an upload, whether there is one with it or not. */
export const isUploadId = (text: string): boolean => /^upl_[0-9a-z]{26}$/.test(text)

function createId(prefix: string, now: number, random: RandomBytes): string {
  const bytes = random(new Uint8Array(16))
  new DataView(bytes.buffer).setUint32(0, Math.floor(now / 0x1_0000))
  new DataView(bytes.buffer).setUint16(4, now % 0x1_0000)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f) // version 7
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f) // variant of RFC 9562
  return TypeID.fromUUIDBytes(prefix, bytes).toString()
}

/** What makes the address of a job's callback one that nobody can guess: 192 random bits, fit for a URL. */
export function drawCallbackToken(random: RandomBytes): string {
  return Buffer.from(random(new Uint8Array(24))).toString('base64url')
}

/** A seed as the vendor draws it for -1: a whole number from 0 to 2147483647. */
export function drawSeed(random: RandomBytes): number {
  const bytes = random(new Uint8Array(4))
  return new DataView(bytes.buffer).getUint32(0) >>> 1
}

/** A number from 0 up to 1. */
export function drawFraction(random: RandomBytes): number {
  const bytes = random(new Uint8Array(4))
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32
}

/** A name for this process that no other one has. */
export function drawOwner(random: RandomBytes): string {
  return Buffer.from(random(new Uint8Array(16))).toString('hex')
}
