import type { IncomingMessage, Server, ServerOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorBody, refuseUpgrade } from './answer.ts'
import type { Door } from './door.ts'
import { normalizeRequest } from './normalize.ts'
import type { createGate } from './origin.ts'
import type { createRefusalLog } from './refusals.ts'
import { requestIdOf } from './request-id.ts'
import { pathOf } from './request-log.ts'
import type { Serves } from './routes.ts'
import type { WebSocketFront } from './websocket.ts'

export interface UpgradeOptions {
  readonly judge: ReturnType<typeof createGate>
  readonly logRefusal: ReturnType<typeof createRefusalLog>
  readonly door: Pick<Door, 'refuseHandshake'>
  readonly webSocket: Pick<WebSocketFront, 'upgrade'>
  readonly serves: Serves
  readonly isStopping: () => boolean
}

/** Opens a WebSocket for a request that asks for one, or answers why it does not. */
export function createUpgrade({ judge, logRefusal, door, webSocket, serves, isStopping }: UpgradeOptions) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    normalizeRequest(request)
    const verdict = judge({ method: request.method, path: pathOf(request), headers: request.headers })
    const requestId = requestIdOf(request.headers['x-request-id'])
    const refuse = (status: string, code: string, message: string) =>
      refuseUpgrade(socket, status, errorBody(code, message, requestId))
    const refusal = verdict.allowed ? door.refuseHandshake(request) : null
    if (!verdict.allowed) {
      logRefusal(verdict, request.headers, { requestId })
      refuse('403 Forbidden', verdict.code, verdict.message)
    } else if (pathOf(request) !== '/graphql' || serves === 'health') {
      refuse('404 Not Found', 'NOT_FOUND', 'WebSockets are served at /graphql.')
    } else if (isStopping()) {
      refuse('503 Service Unavailable', 'STOPPING', 'The server is stopping.')
    } else if (refusal !== null) {
      const { code, message, retryAfter } = refusal
      const body = errorBody(code, message, requestId, { retryAfter })
      refuseUpgrade(socket, '429 Too Many Requests', body, [`retry-after: ${retryAfter}`])
    } else {
      webSocket.upgrade(request, socket, head)
    }
  }
}

/** Whether a request asks for a WebSocket, and not for some other protocol that the gateway does not speak. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.trim().toLowerCase() === 'websocket'
}

/** Node 24 and later ask beforehand; for those before, there is `ignoreUpgrade`. */
export const onlyWebSocketUpgrades: ServerOptions & {
  readonly shouldUpgradeCallback: (request: IncomingMessage) => boolean
} = { shouldUpgradeCallback: asksForWebSocket }

const hopHeaders = /^(upgrade|connection|http2-settings)$/i

/**
 * Serves a request as if it had not asked for another protocol, as HTTP wants an offer to be treated that is not taken
 * up: `curl --http2` makes one with each first request. Node has given the connection away by now, so the request is
 * put back without its offer and read again.
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!hopHeaders.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  if (/\bclose\b/i.test(request.headers.connection ?? '')) lines.push('connection: close')
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head])
  server.emit('connection', socket)
  socket.unshift(bytes)
}
