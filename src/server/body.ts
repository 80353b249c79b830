import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { sendError } from './answer.ts'

/** The largest body of a request, in bytes: a prompt and its parameters are a few thousand. */
export const maxBodyBytes = 1_000_000 // 1 MB

/** Pieces of a chunked body: each costs the work and the memory of a buffer, however small it is. */
const maxPieces = 16_384

/** Answers a request whose body does not fit. */
export function refuseBody(response: ServerResponse): void {
  const message = `The body is larger than ${maxBodyBytes} bytes, or in more than ${maxPieces} pieces.`
  sendError(response, 413, 'BODY_TOO_LARGE', message)
}

/** Where Yoga's adapter, like most of Node's middleware, expects a body that was already read. */
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

/** The body of a request, byte for byte; null, with the rest left unread, as soon as it proves too large or too fine. */
export function readBytes(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length']) > maxBodyBytes) return Promise.resolve(null)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= maxBodyBytes && chunks.length <= maxPieces) return
      request.off('data', take).pause()
      resolve(null)
    }
    request.on('data', take)
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', reject)
    request.once('close', () => reject(new Error('The client left before its request was complete.')))
  })
}

/** The body of a request that fits. */
export function readBody(request: ReadRequest): Promise<string> | string {
  return request.body ?? text(request)
}
