import type { Socket } from 'node:net'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import type { Limits } from './limits.ts'

export interface SlowReaders {
  /** Watches a socket until it is closed, whatever protocol it speaks. */
  watch(socket: Socket): void
  /** Grants a socket the time of those who watch a video; answers how to take it back. */
  grantPause(socket: Socket): () => void
  /** Ends a connection for a reason that its one log line tells. */
  end(socket: Socket, reason: string): void
  close(): void
}

/** How often progress is checked: a stall is noticed so much later. */
const checkMs = 1_000 // 1 second

interface Watched {
  /** How far the writes had come at the last check, and how long they have not come further. */
  progress: string | null
  stalledMs: number
  pauses: number
}

/**
 * Ends connections whose clients do not read: what is written for them would stay in memory for as long as they like.
 * Writes may be as slow as the line; only none at all for the whole time ends one. Node's own socket timeout does not
 * tell: it starts anew with each byte that such a client sends, and with each ping that is written for it.
 */
export function createSlowReaders(
  clock: Pick<Clock, 'after'>,
  log: Logger,
  { stallMs, outputStallMs }: Pick<Limits, 'stallMs' | 'outputStallMs'>,
): SlowReaders {
  const sockets = new Map<Socket, Watched>()
  let cancel: (() => void) | null = null

  function end(socket: Socket, reason: string): void {
    if (!sockets.delete(socket)) return
    const { remoteAddress, writableLength: waitingBytes } = socket
    log.warn({ remoteAddress, waitingBytes, reason }, 'a connection was ended: its client does not read')
    socket.destroy()
  }

  function check(socket: Socket, watched: Watched): void {
    const progress = socket.writableLength === 0 ? null : progressOf(socket)
    const stands = progress !== null && progress === watched.progress
    watched.progress = progress
    watched.stalledMs = stands ? watched.stalledMs + checkMs : 0
    const mostMs = watched.pauses > 0 ? outputStallMs : stallMs
    if (watched.stalledMs >= mostMs) end(socket, `nothing was read for ${mostMs / 1_000} s`)
  }

  function tick(): void {
    for (const [socket, watched] of sockets) check(socket, watched)
    cancel = sockets.size > 0 ? clock.after(checkMs, tick) : null
  }

  return {
    end,
    watch(socket) {
      if (sockets.has(socket)) return // given to the server again, after an upgrade that was ignored
      sockets.set(socket, { progress: null, stalledMs: 0, pauses: 0 })
      socket.once('close', () => sockets.delete(socket))
      cancel ??= clock.after(checkMs, tick)
    },
    grantPause(socket) {
      const watched = sockets.get(socket)
      if (!watched) return () => {}
      watched.pauses += 1
      return () => {
        watched.pauses -= 1
      }
    },
    close() {
      cancel?.()
      cancel = null
    },
  }
}

/** Changes whenever bytes leave the process, also within one large write, and never when only more is written. */
function progressOf(socket: Socket): string {
  // The only place that tells how much of a write the system has taken; Node's own timeout reads it too.
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null }
  return `${socket.bytesWritten - socket.writableLength}/${handle?.writeQueueSize ?? 0}`
}
