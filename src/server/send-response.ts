import type { ServerResponse } from 'node:http'
import { setHeaders } from './answer.ts'

/** Keeps a proxy from collecting a stream: nginx would hand all of it over at its end. */
export const unbuffered = { 'x-accel-buffering': 'no' }

/** So much of an answer is handed to the socket at a time; the rest follows as the client reads. */
const pieceBytes = 64_000 // 64 KB

/** Sends what Yoga answers, without what it says of caches, no faster than it is read: a stream as it comes, anything else in pieces. */
export async function sendResponse(from: Response, response: ServerResponse): Promise<void> {
  response.statusCode = from.status
  from.headers.forEach((value, name) => {
    if (name.toLowerCase() !== 'cache-control') response.setHeader(name, value)
  })
  const isStream = /^(text\/event-stream|multipart\/)/.test(from.headers.get('content-type') ?? '')
  if (isStream) setHeaders(response, unbuffered)
  if (isStream && from.body) return await sendStream(from.body, response)
  const bytes = Buffer.from(await from.text())
  response.setHeader('content-length', bytes.length)
  let sent = 0
  for (; bytes.length - sent > pieceBytes && !response.destroyed; sent += pieceBytes) {
    await write(response, bytes.subarray(sent, sent + pieceBytes))
  }
  response.end(bytes.subarray(sent))
}

async function sendStream(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  if (response.destroyed) return cancel()
  response.once('close', cancel)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || response.destroyed) break
      await write(response, value)
    }
    response.end()
  } catch {
    response.destroy() // to the client a broken network: it connects again
  }
}

/** Resolves when there is room for more, or nobody to send it to. */
export async function write(response: ServerResponse, data: Uint8Array | string): Promise<void> {
  if (response.write(data) || response.destroyed) return
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
