import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /**
   * Ends every connection that serves no request, tells open streams, and waits for the rest until the signal comes;
   * true if none was cut off.
   */
  drain(late: AbortSignal): Promise<boolean>
}

/** Knows which sockets serve a request, which Node does not tell, so that a stop is neither slow nor rude. */
export function trackConnections(server: Server): Connections {
  const busy = new Map<Socket, Set<ServerResponse>>()
  const open = new Set<Socket>()
  let draining = false

  server.on('connection', (socket) => {
    busy.set(socket, new Set())
    if (open.has(socket)) return // given to the server again, after an upgrade that was ignored
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      busy.delete(socket)
    })
  })
  server.on('upgrade', (request) => busy.delete(request.socket)) // a WebSocket now, with its own way to end
  server.on('request', ({ socket }: IncomingMessage, response) => {
    if (draining) response.shouldKeepAlive = false
    busy.get(socket)?.add(response)
    response.once('close', () => {
      busy.get(socket)?.delete(response)
      if (draining) endIdle(socket)
    })
  })

  function endIdle(socket: Socket): void {
    if (busy.get(socket)?.size === 0) socket.end(() => socket.destroy())
  }

  return {
    async drain(late) {
      draining = true
      const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)))
      for (const [socket, responses] of busy) {
        for (const response of responses) {
          if (isEventStream(response)) breakStream(response)
          else response.shouldKeepAlive = false
        }
        endIdle(socket)
      }
      const cut = new Promise<boolean>((resolve) => {
        late.addEventListener('abort', () => resolve(false))
      })
      const clean = await Promise.race([closed, cut])
      if (!clean) {
        for (const socket of open) socket.destroy()
        await closed
      }
      return clean
    },
  }
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream')
}

/**
 * Cuts an event stream in the middle of the HTTP answer, after a comment for people who read along.
 *
 * An `event: complete` would tell graphql-sse's client that the job's stream is over, and plain fetch clients take the
 * regular end of an answer for the same. A broken one is a network error to all of them: they retry, and subscribe
 * again at whatever listens then.
 */
function breakStream(response: ServerResponse): void {
  response.write(': the server is stopping, connect again\n\n', () => response.destroy())
}
