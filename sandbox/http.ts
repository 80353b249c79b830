import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Timers } from './options.ts'

/** An answer before it is sent, so that a fault can still replace it. */
export interface Reply {
  status: number
  headers?: { readonly [name: string]: string }
  body: string | Buffer
}

const jsonType = { 'content-type': 'application/json; charset=utf-8' }

export function json(status: number, value: unknown): Reply {
  return { status, headers: jsonType, body: JSON.stringify(value) }
}

/** What a page of any origin may do here: the vendor's desktop client is one. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
} as const

/** The answer to a preflight. */
export function preflight(requested: string | undefined): Reply {
  const headers = {
    ...corsHeaders,
    'access-control-allow-methods': 'GET, POST, PUT, DELETE, HEAD, OPTIONS',
    'access-control-allow-headers': requested || 'authorization, content-type',
    'access-control-max-age': '600',
  }
  return { status: 204, headers, body: '' }
}

/** A success in the vendor's envelope. */
export function envelope(data: unknown): Reply {
  return json(200, { code: 200, message: 'success', data })
}

/** An error in the shape that the vendor's clients read. */
export function refusal(status: number, message: string): Reply {
  return json(status, { code: status, message, data: null })
}

/** A file, or the part of it that the `range` header asks for. */
export function file(bytes: Buffer, type: string, range: string | undefined): Reply {
  const headers = { 'content-type': type, 'accept-ranges': 'bytes' }
  const part = range === undefined ? undefined : readRange(range, bytes.length)
  if (!part) return { status: 200, headers, body: bytes }
  if (part === 'unsatisfiable') {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${bytes.length}` }, body: '' }
  }
  const [from, to] = part
  const contentRange = `bytes ${from}-${to}/${bytes.length}`
  const body = bytes.subarray(from, to + 1)
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body }
}

/** First and last byte; undefined for a header that, by RFC 9110, is to be ignored (several ranges included). */
function readRange(header: string, size: number): [number, number] | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return last === '0' ? 'unsatisfiable' : [Math.max(0, size - Number(last)), size - 1]
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < Number(first)) return undefined
  return Number(first) >= size ? 'unsatisfiable' : [Number(first), to]
}

/** Writes a reply; a HEAD gets the headers only. */
export function send(response: ServerResponse, method: string, reply: Reply): void {
  const length = reply.status === 204 ? {} : { 'content-length': Buffer.byteLength(reply.body) }
  response.writeHead(reply.status, { ...corsHeaders, ...reply.headers, ...length })
  response.end(method === 'HEAD' ? undefined : reply.body)
}

/** The whole body, or undefined when it is larger than `limit`. The rest is read and dropped so that an answer arrives. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  slowly?: { readonly rate: number; readonly clock: Pick<Timers, 'delay'> },
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  if (slowly?.rate === 0) await slowly.clock.delay(Number.POSITIVE_INFINITY)
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks.length = 0
    if (slowly) await slowly.clock.delay((chunk.length / slowly.rate) * 1_000)
  }
  return size <= limit ? Buffer.concat(chunks) : undefined
}

/** The JSON of a body, or undefined when it is none. */
export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
