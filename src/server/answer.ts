import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** An error outside GraphQL, in the shape that GraphQL clients already read. */
export function errorBody(code: string, message: string, requestId: unknown, more: object = {}): object {
  return { errors: [{ message, extensions: { code, ...more, requestId } }] }
}

export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  more?: object,
): void {
  sendJson(response, status, errorBody(code, message, response.getHeader('x-request-id'), more))
}

/** Answers who asks too often. `retryAfter` is in whole seconds. */
export function refuseRate(response: ServerResponse, message: string, retryAfter: number): void {
  response.setHeader('retry-after', retryAfter)
  sendError(response, 429, 'RATE_LIMITED', message, { retryAfter })
}

/** Answers a request whose body is compressed. */
export function refuseEncoding(response: ServerResponse): void {
  response.setHeader('accept-encoding', 'identity')
  const message = 'The Content-Encoding is not supported: send the body as it is, uncompressed.'
  sendError(response, 415, 'CONTENT_ENCODING_NOT_SUPPORTED', message)
}

/** In place of JSON: what a page of another site can have a browser send without asking. */
export const wrongType = 'The Content-Type is not supported: send the operation as application/json.'

/** Answers a request whose body is no JSON by its own word. */
export function refuseType(response: ServerResponse): void {
  sendError(response, 415, 'BAD_REQUEST', wrongType)
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  sendText(response, status, { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify(body))
}

/** Sends a short answer. A body of the request that nobody has read is cut off, if it is not short as well. */
export function sendText(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
  text = '',
): void {
  if (!bringsMore(response.req)) {
    response.writeHead(status, headers).end(text)
    return
  }
  const length = Buffer.byteLength(text)
  response.writeHead(status, { ...headers, 'content-length': length, connection: 'close' })
  if (length > 0) response.write(text)
  else response.flushHeaders()
  linger(response.req, () => response.end())
}

/** How much of a body that nobody wants is read; up to this length it is read whole, and the connection lives. */
const uselessBytes = 64_000 // 64 KB
const lingerMs = 1_000 // 1 second

/** Whether more of a request may come than is worth reading for the sake of its connection. */
export function bringsMore({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > uselessBytes
}

/**
 * Gives a client that still sends a moment to see its answer: a connection that is closed with bytes unread is reset,
 * which can take the answer away again.
 */
function linger(request: IncomingMessage, close: () => void): void {
  let bytes = 0
  const timer = setTimeout(finish, lingerMs)
  function finish() {
    clearTimeout(timer)
    close()
  }
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes >= uselessBytes) request.pause()
  })
  request.once('end', finish)
  request.once('close', finish)
  request.resume()
}

export function setHeaders(response: ServerResponse, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

/** Answers an upgrade request, for which Node makes no response object. */
export function refuseUpgrade(
  socket: Duplex,
  status: string,
  body: object,
  more: readonly string[] = [],
): void {
  const json = JSON.stringify(body)
  const headers = [
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
    'cache-control: no-store',
    'connection: close',
    ...more,
  ]
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n${json}`, () => socket.destroy())
}
