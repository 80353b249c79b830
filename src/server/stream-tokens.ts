import { randomUUID } from 'node:crypto'
import type { Clock } from '../jobs/clock.ts'

export interface Tokens<Stream> {
  /** A new token, which nobody can compute. */
  draw(): string
  /** The stream of a token, reserved or open. */
  find(token: string): Stream | undefined
  /** Expects somebody to connect with it, for a while. */
  reserve(token: string, stream: Stream, tenant: string): void
  /** Keeps it, since somebody has connected. */
  connect(token: string): void
  forget(token: string): void
  /** Gives up one that nobody has connected with. */
  giveUp(token: string): void
  /** Waits for nobody any more. */
  close(): void
}

export interface TokensOptions {
  readonly clock: Pick<Clock, 'after'>
  /** Ends a stream that was reserved, and to which nobody connects. */
  readonly drop: (token: string) => void
  /** How many may wait for their client; to one more gives way the oldest of the tenant that has most. Default 1,000. */
  readonly maxReserved?: number
}

/** A client connects right after it has reserved a token; one that does not is gone. */
const reservationMs = 60_000 // a minute

/** The tokens of single-connection streams: whoever has one may read the stream, and run operations on it. */
export function createTokens<Stream>(options: TokensOptions): Tokens<Stream> {
  const { clock, drop, maxReserved = 1_000 } = options
  const streams = new Map<string, Stream>()
  /** In the order of their making; `cancel` calls off the end of each. */
  const reserved = new Map<string, { readonly cancel: () => void; readonly tenant: string }>()

  function release(token: string): void {
    reserved.get(token)?.cancel()
    reserved.delete(token)
  }

  function giveUp(token: string): void {
    if (!reserved.has(token)) return
    release(token)
    streams.delete(token)
    drop(token)
  }

  /** Whoever reserves without end pushes out nobody but themselves. */
  function makeRoom(): void {
    const counts = new Map<string, number>()
    let largest = ''
    for (const { tenant } of reserved.values()) {
      const count = (counts.get(tenant) ?? 0) + 1
      counts.set(tenant, count)
      if (count > (counts.get(largest) ?? 0)) largest = tenant
    }
    const [oldest] = [...reserved].find(([, { tenant }]) => tenant === largest) ?? []
    if (oldest !== undefined) giveUp(oldest)
  }

  return {
    draw: randomUUID,
    find: (token) => streams.get(token),
    reserve(token, stream, tenant) {
      if (reserved.size >= maxReserved) makeRoom()
      streams.set(token, stream)
      reserved.set(token, { tenant, cancel: clock.after(reservationMs, () => giveUp(token)) })
    },
    connect: release,
    forget(token) {
      release(token)
      streams.delete(token)
    },
    giveUp,
    close() {
      for (const { cancel } of reserved.values()) cancel()
    },
  }
}
