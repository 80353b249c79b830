import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../jobs/clock.ts'

/** Addresses that let whoever has them in, for a while: players and `<video>` send no headers. */
export interface Signer {
  /** The query of an address of this path. */
  sign(path: string): string
  /** Whether a query is one that was made for this path, and its time is not over. */
  verify(path: string, query: URLSearchParams): boolean
}

/** So long an address lasts, at least: long enough to watch a video, and to show it once more. */
const lifeMs = 3_600_000 // 1 hour
/** Addresses of the same quarter are the same, so that a browser's cache knows them. */
const stepMs = 900_000 // 15 minutes

/** @param secret the same for all gateways that share a history */
export function createSigner(secret: string, clock: Pick<Clock, 'now'>): Signer {
  const signatureOf = (path: string, expires: number) =>
    createHmac('sha256', secret).update(`${path}\n${expires}`).digest()
  return {
    sign(path) {
      const expires = Math.ceil((clock.now() + lifeMs) / stepMs) * stepMs
      return `expires=${expires}&signature=${signatureOf(path, expires).toString('base64url')}`
    },
    verify(path, query) {
      const expires = Number(query.get('expires'))
      const given = Buffer.from(String(query.get('signature')), 'base64url')
      const expected = signatureOf(path, expires)
      return given.length === expected.length && timingSafeEqual(given, expected) && expires > clock.now()
    },
  }
}
