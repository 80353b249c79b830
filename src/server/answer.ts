import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** An error outside GraphQL, in the shape that GraphQL clients already read. */
export function errorBody(code: string, message: string, requestId: unknown): object {
  return { errors: [{ message, extensions: { code, requestId } }] }
}

export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, errorBody(code, message, response.getHeader('x-request-id')))
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

export function setHeaders(response: ServerResponse, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

/** Answers an upgrade request, for which Node makes no response object. */
export function refuseUpgrade(socket: Duplex, status: string, body: object): void {
  const json = JSON.stringify(body)
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${json}`, () => socket.destroy())
}
