import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** The largest body of a request, in bytes: a prompt and its parameters are a few thousand. */
export const maxBodyBytes = 1_000_000 // 1 MB

/** Where Yoga's adapter, like most of Node's middleware, looks for a body that was already read. */
interface ReadRequest extends IncomingMessage {
  body?: string
}

/**
 * Whether the body of a request fits; one of undeclared length is read here to find out.
 *
 * A declared length is enforced by Node's parser, so nothing needs to be counted for it. Yoga's own limit pipes every
 * body through a TransformStream, which costs more than the rest of a small request.
 */
export async function bodyFits(request: ReadRequest): Promise<boolean> {
  const declared = request.headers['content-length']
  if (declared !== undefined) return Number(declared) <= maxBodyBytes
  if (request.headers['transfer-encoding'] === undefined) return true

  const body = await readBytes(request)
  if (body === null) return false
  request.body = body.toString()
  return true
}

/**
 * The body of a request, byte for byte; null if it is too large. It is read to its end even so, or the client would not
 * get to see the answer, but no more than the limit is kept.
 */
export async function readBytes(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? null : Buffer.concat(chunks)
}

/** The body of a request that fits. */
export function readBody(request: ReadRequest): Promise<string> | string {
  return request.body ?? text(request)
}
