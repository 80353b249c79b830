import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { KeptCopy } from '../jobs/job.ts'
import type { Logger } from '../log.ts'
import type { Archive, Pictures } from './archive.ts'
import { isVideo, posterKey } from './media.ts'
import type { Picture } from './picture.ts'
import type { PictureTask, ReadAnswer, ReadRequest } from './picture-thread.ts'
import type { DrawPoster } from './poster.ts'

export interface PicturesOptions {
  readonly archive: Pick<Archive, 'read' | 'put'>
  /** Null where posters cannot be drawn. */
  readonly draw: DrawPoster | null
  readonly log: Pick<Logger, 'warn' | 'debug'>
  /** A file whose boxes take longer to read is given up, and so is a poster that takes longer. */
  readonly limitMs?: number
}

const defaultLimitMs = 10_000 // 10 seconds
/** Keeps the thread for the next video. */
const idleMs = 30_000 // 30 seconds
const mostMemoryMb = 256

/**
 * Reads what kept videos show, one after the other, in a thread of its own: a file whose boxes lie can keep whoever reads them
 * busy for minutes.
 */
export function createPictures(options: PicturesOptions): Pictures & { close(): Promise<void> } {
  const { archive, draw, log, limitMs = defaultLimitMs } = options
  const threads = createThreads()
  // Of a thread without a task: whoever gives it the next one is told.
  threads.on('error', (error) => log.warn({ err: error }, 'the thread that reads videos has ended'))
  let turn: Promise<unknown> = Promise.resolve()

  async function read({ key, bytes }: KeptCopy, signal: AbortSignal): Promise<Picture | null> {
    const { port1: here, port2: port } = new MessageChannel()
    here.on('message', async ({ id, start, end }: ReadRequest) => {
      const bytes = await archive.read(key, { start, end }, signal).catch(() => null)
      here.postMessage({ id, bytes } satisfies ReadAnswer)
    })
    try {
      const task: PictureTask = { size: bytes, port }
      return await threads.run(task, { transferList: [port], signal })
    } finally {
      here.close()
    }
  }

  /** Answers the key of the poster. */
  async function keepPoster(copy: KeptCopy, frame: Uint8Array, signal: AbortSignal): Promise<string | null> {
    if (draw === null) return null
    const key = posterKey(copy.key)
    const body = await draw(frame, signal)
    await archive.put(key, { contentType: 'image/jpeg', body: once(body) }, signal)
    return key
  }

  /** The others wait meanwhile. */
  const inTime = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(limitMs)])

  async function find(copy: KeptCopy, signal: AbortSignal): Promise<KeptCopy> {
    let found = copy
    try {
      signal.throwIfAborted()
      const picture = await read(copy, inTime(signal))
      if (picture === null) return found
      found = { ...copy, video: picture.facts }
      const poster = picture.firstFrame && (await keepPoster(copy, picture.firstFrame, inTime(signal)))
      return poster ? { ...found, poster } : found
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, key: copy.key }, 'what a video shows is not known')
      return found
    }
  }

  return {
    of(copy, signal) {
      if (!isVideo(copy.contentType)) return Promise.resolve(copy)
      const found = turn.then(() => find(copy, signal))
      turn = found
      return found
    },
    close: () => threads.destroy(),
  }
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body
}

function createThreads(): Piscina<PictureTask, Picture | null> {
  const fromSource = import.meta.url.endsWith('.ts')
  return new Piscina({
    filename: new URL(`./picture-thread.${fromSource ? 'ts' : 'js'}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
    resourceLimits: { maxOldGenerationSizeMb: mostMemoryMb },
    // From source, a thread has to be given what translates it: that of the process is not its own.
    execArgv: fromSource ? ['--import', import.meta.resolve('tsx')] : [],
    env: {},
  })
}
