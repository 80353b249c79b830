import type { IncomingMessage } from 'node:http'
import { isTicket } from '../access/ticket.ts'

/** Longer than any key, and than the tokens of identity providers. */
const longestCredential = 8_000

/** What nobody's key is. */
const malformed = ''

/**
 * The key or token that a request shows; null if it shows none. What has another form, or comes twice, is a text that is
 * nobody's: it must not count as none where none is needed.
 */
export function credentialOf({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>): string | null {
  const [header, ...more] = headersDistinct['authorization'] ?? []
  return more.length > 0 ? malformed : bearer(header)
}

/** The ticket in the address of a request, for who cannot send headers; null if there is none. */
export function ticketOf({ url = '/', headers }: IncomingMessage): string | null {
  // It opens a stream and nothing else.
  if (!url.includes('ticket=') || !headers.accept?.startsWith('text/event-stream')) return null
  return ticket(new URL(url, 'http://localhost').searchParams.get('ticket'))
}

/** A key has no place where a ticket goes: addresses are written down everywhere. */
function ticket(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' && isTicket(value) ? value : malformed
}

/** What the parameters show with which a WebSocket begins: `{ authorization: "Bearer …" }`, or `{ ticket: "…" }`. */
export function credentialOfParameters(parameters: unknown): string | null {
  if (typeof parameters !== 'object' || parameters === null) return null
  const shown = Object.entries(parameters).filter(([name]) => /^(authorization|ticket)$/i.test(name))
  const [[name = '', value] = []] = shown
  if (shown.length > 1) return malformed
  return name.toLowerCase() === 'ticket' ? ticket(value) : bearer(value)
}

function bearer(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' || value.length > longestCredential) return malformed
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(value)?.[1] ?? malformed
}
