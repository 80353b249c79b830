import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { HistoryUnavailableError, SearchTooLongError } from '../../jobs/history-error.ts'
import type { FarRead, PieceByPiece } from './search.ts'

/** What the thread is told. */
export type ToThread = { readonly id: number; readonly read: FarRead } | 'close'

/** What the thread answers. */
export type FromThread =
  | { readonly id: number; readonly rows: object[] }
  | { readonly id: number; readonly fault: 'too long' | { readonly code: string; readonly message: string } }

export interface ThreadOptions {
  readonly file: string
  /** A read that takes longer is given up, with what it waited. */
  readonly limitMs: number
  readonly walkedFirst: number | undefined
  /** Not 0 when the thread has closed what it had open. */
  readonly closed: Int32Array
}

export interface FarReads {
  read(read: FarRead): Promise<object[]>
  close(): void
}

/** A history that has no file of its own to be read by another connection is read where it is. */
export function createNearReads(search: (read: FarRead) => PieceByPiece): FarReads {
  return {
    async read(read) {
      const pieces = search(read)
      for (;;) {
        const next = pieces.next()
        if (next.done) return next.value
      }
    },
    close() {},
  }
}

/** What waits for the thread is bounded: each holds its request. */
const mostWaiting = 100
/** Some ten million rows. */
const defaultLimitMs = 10_000 // 10 seconds
/** The thread takes its messages after each piece of what it reads. */
const closeMs = 2_000 // 2 seconds

interface Asked {
  readonly resolve: (rows: object[]) => void
  readonly reject: (error: Error) => void
}

/**
 * Reads that may take long, in a thread with connections of its own: nothing else in the process waits for them. The thread
 * begins with the first of them.
 */
export function createFarReads({
  file,
  limitMs = defaultLimitMs,
  walkedFirst,
}: {
  readonly file: string
  readonly limitMs?: number | undefined
  readonly walkedFirst?: number | undefined
}): FarReads {
  const asked = new Map<number, Asked>()
  let thread: { readonly worker: Worker; readonly closed: Int32Array } | null = null
  let last = 0

  function start() {
    const closed = new Int32Array(new SharedArrayBuffer(4))
    const started = {
      worker: startThread({ file, limitMs, walkedFirst, closed }),
      closed,
    }
    const { worker } = started
    worker.unref() // What is asked for keeps the process, not that something may be.
    worker.on('message', (message: FromThread) => {
      const { resolve, reject } = settle(message.id)
      if ('rows' in message) resolve(message.rows)
      else if (message.fault === 'too long') reject(new SearchTooLongError(limitMs))
      else reject(new Database.SqliteError(message.fault.message, message.fault.code))
    })
    const over = (cause?: unknown) => {
      if (thread === started) failAll(cause)
    }
    worker.on('error', over)
    worker.on('exit', () => over())
    return started
  }

  function settle(id: number): Asked {
    const found = asked.get(id)
    asked.delete(id)
    if (asked.size === 0) thread?.worker.unref()
    return found ?? { resolve() {}, reject() {} }
  }

  /** The next read begins another thread. */
  function failAll(cause?: unknown): void {
    thread = null
    for (const { reject } of asked.values()) reject(new HistoryUnavailableError('unreachable', { cause }))
    asked.clear()
  }

  return {
    read: (read) =>
      new Promise((resolve, reject) => {
        if (asked.size >= mostWaiting) return reject(new SearchTooLongError(limitMs))
        thread ??= start()
        last += 1
        asked.set(last, { resolve, reject })
        thread.worker.ref()
        thread.worker.postMessage({ id: last, read } satisfies ToThread)
      }),
    close() {
      if (thread === null) return
      const { worker, closed } = thread
      failAll()
      worker.unref()
      worker.postMessage('close' satisfies ToThread)
      // The last connection to be closed merges the write-ahead log, and those of the thread may not write.
      Atomics.wait(closed, 0, 0, closeMs)
      void worker.terminate()
    },
  }
}

/** From source, a thread has to be given what translates it: that of the process is not its own. */
function startThread(workerData: ThreadOptions): Worker {
  const fromSource = import.meta.url.endsWith('.ts')
  const entry = new URL(`./far-reads-thread.${fromSource ? 'ts' : 'js'}`, import.meta.url)
  if (!fromSource) return new Worker(entry, { workerData })
  const translator = import.meta.resolve('tsx/esm/api')
  const code = `import(${JSON.stringify(translator)}).then((tsx) => {
    tsx.register()
    return import(${JSON.stringify(entry.href)})
  })`
  return new Worker(code, { eval: true, execArgv: [], workerData })
}
