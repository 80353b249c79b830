import type { MessagePort } from 'node:worker_threads'
import { type Picture, readPicture } from './picture.ts'

/** What the thread is given: the size of a file, and where it is read. */
export interface PictureTask {
  readonly size: number
  readonly port: MessagePort
}

export interface ReadRequest {
  readonly id: number
  readonly start: number
  readonly end: number
}

/** Without bytes where they cannot be read. */
export interface ReadAnswer {
  readonly id: number
  readonly bytes: Uint8Array | null
}

/** The thread of `createPictures`. */
export default function readInThread({ size, port }: PictureTask): Promise<Picture | null> {
  const asked = new Map<number, (bytes: Uint8Array | null) => void>()
  let last = 0
  port.on('message', ({ id, bytes }: ReadAnswer) => {
    asked.get(id)?.(bytes)
    asked.delete(id)
  })
  return readPicture(size, async (start, end) => {
    last += 1
    const id = last
    const bytes = await new Promise<Uint8Array | null>((resolve) => {
      asked.set(id, resolve)
      port.postMessage({ id, start, end } satisfies ReadRequest)
    })
    if (bytes === null) throw new Error('The archive does not give it.')
    return bytes
  }).finally(() => port.close())
}
