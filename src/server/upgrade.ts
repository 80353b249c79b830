import type { IncomingMessage, Server, ServerOptions } from 'node:http'
import type { Duplex } from 'node:stream'

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
