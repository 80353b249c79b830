import { randomUUID } from 'node:crypto'

/** An id for one request or one operation on a WebSocket: it stands in the log and in every error answer. */
export function newRequestId(): string {
  return randomUUID()
}

/** Keeps the id that a caller or a proxy sent, where it is harmless in a log and a header. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : newRequestId()
}
