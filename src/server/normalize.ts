import type { IncomingMessage } from 'node:http'
import { parseUrl } from '../url.ts'

/** Brings what HTTP lets clients write in several ways into the one that everything behind here reads. */
export function normalizeRequest(request: IncomingMessage): void {
  const { headers, headersDistinct } = request
  // Programs do not agree which of two counts, so neither does: the gate knows no such name.
  if (headersDistinct['host']?.[1] !== undefined) headers.host = headersDistinct['host'].join(', ')
  // Clients of a proxy name the whole address, and its host is then the one that counts.
  const url = request.url ?? '/'
  const absolute = /^(https?|wss?):\/\//i.test(url) ? parseUrl(url) : null
  if (absolute !== null) {
    request.url = absolute.pathname + absolute.search
    headers.host = absolute.host
  }
  const type = headers['content-type']
  if (type !== undefined) headers['content-type'] = normalizeMediaType(type)
  // Yoga compares each of them with each form of an answer. Nobody means more than a handful.
  if (headers.accept !== undefined) headers.accept = headers.accept.split(',', acceptedForms).join(',')
}

const acceptedForms = 32

/** The names of media types are the same in any case; the values of their parameters need not be. */
function normalizeMediaType(value: string): string {
  const [type = '', ...parameters] = value.split(';')
  return [type.trim().toLowerCase(), ...parameters].join(';')
}

/** Whether the body of a request is compressed, or in any form but its own. */
export function isEncoded({ headers }: IncomingMessage): boolean {
  return (headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .some((name) => name !== '' && name !== 'identity')
}
