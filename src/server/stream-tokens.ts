import { randomUUID } from 'node:crypto'
import type { Clock } from '../jobs/ports.ts'

export interface Tokens {
  /** A new token, which nobody can compute. */
  draw(): string
  /** Whether there is such a stream, reserved or open. */
  has(token: string): boolean
  /** Expects somebody to connect with it, for a while. */
  reserve(token: string): void
  /** Keeps it, since somebody has connected. */
  connect(token: string): void
  forget(token: string): void
  /** Waits for nobody any more. */
  close(): void
}

export interface TokensOptions {
  readonly clock: Pick<Clock, 'after'>
  /** Ends a stream that was reserved, and to which nobody connects. */
  readonly drop: (token: string) => void
  /** How many may wait for their client; the oldest gives way to one more. Default 1,000. */
  readonly maxReserved?: number
}

/** A client connects right after it has reserved a token; one that does not is gone. */
const reservationMs = 60_000 // a minute

/** The tokens of single-connection streams: whoever has one may read the stream, and run operations on it. */
export function createTokens({ clock, drop, maxReserved = 1_000 }: TokensOptions): Tokens {
  /** In the order of their making; how to call off the end of each. */
  const reserved = new Map<string, () => void>()
  const open = new Set<string>()

  function release(token: string): void {
    reserved.get(token)?.()
    reserved.delete(token)
  }

  function giveUp(token: string): void {
    release(token)
    drop(token)
  }

  return {
    draw: randomUUID,
    has: (token) => reserved.has(token) || open.has(token),
    reserve(token) {
      const [oldest] = reserved.keys()
      if (oldest !== undefined && reserved.size >= maxReserved) giveUp(oldest)
      reserved.set(
        token,
        clock.after(reservationMs, () => giveUp(token)),
      )
    },
    connect(token) {
      release(token)
      open.add(token)
    },
    forget(token) {
      release(token)
      open.delete(token)
    },
    close() {
      for (const cancel of reserved.values()) cancel()
    },
  }
}
