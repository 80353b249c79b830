import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileHost {
  readonly url: string
  readonly requests: readonly IncomingMessage[]
  /** How requests are answered from now on. */
  answer(handler: (request: IncomingMessage, response: ServerResponse) => void): void
  close(): Promise<void>
}

/** Bytes that tell their place, so that a piece that is missing or doubled shows. */
export function sampleBytes(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) % 251))
}

/** A host of outputs that answers as a test wants. */
export async function startFileHost(): Promise<FileHost> {
  const requests: IncomingMessage[] = []
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    response.writeHead(404).end()
  const server = createServer((request, response) => {
    requests.push(request)
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(handler) {
      handle = handler
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with a whole video. */
export function video(bytes: Uint8Array) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length }).end(bytes)
  }
}

/** Sends a part of what it announces, and then nothing. */
export function stalling(bytes: Uint8Array) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length * 2 }).write(bytes)
  }
}
