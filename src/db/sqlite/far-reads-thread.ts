import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { FromThread, ThreadOptions, ToThread } from './far-reads.ts'
import { createSearch, type FarRead, type PieceByPiece } from './search.ts'

// The thread of `createFarReads`: it takes the pieces of its reads in turn, so that a short one need not wait for a long one.

const { file, limitMs, walkedFirst, closed } = workerData as ThreadOptions

interface Connection {
  readonly client: Database.Database
  readonly search: (read: FarRead) => PieceByPiece
}

interface Running {
  readonly id: number
  readonly until: number
  readonly connection: Connection
  readonly pieces: PieceByPiece
}

interface Waiting {
  readonly id: number
  readonly until: number
  readonly read: FarRead
}

/** Each read sees the history as it is at one moment, and has a connection for it. */
const mostRunning = 4
const waiting: Waiting[] = []
const running: Running[] = []
const idle: Connection[] = []
let isTaking = false
let isOver = false

const answer = (message: FromThread) => parentPort?.postMessage(message)

function open(): Connection {
  const client = new Database(file, { readonly: true, fileMustExist: true })
  return { client, search: createSearch(client, walkedFirst) }
}

function begin({ id, until, read }: Waiting): void {
  try {
    const connection = idle.pop() ?? open()
    connection.client.exec('BEGIN')
    running.push({ id, until, connection, pieces: connection.search(read) })
  } catch (error) {
    fail(id, error)
  }
}

function fail(id: number, error: unknown): void {
  const { code = '', message } = error as Partial<InstanceType<typeof Database.SqliteError>>
  answer({ id, fault: { code, message: message ?? String(error) } })
}

function takePiece(read: Running): void {
  const { id, connection, pieces, until } = read
  try {
    const next = pieces.next()
    if (!next.done && performance.now() < until) {
      running.push(read)
      return
    }
    connection.client.exec('COMMIT')
    idle.push(connection)
    answer(next.done ? { id, rows: next.value } : { id, fault: 'too long' })
  } catch (error) {
    connection.client.close()
    fail(id, error)
  }
}

function take(): void {
  if (isOver) return
  while (running.length < mostRunning) {
    const next = waiting.shift()
    if (!next) break
    begin(next)
  }
  const read = running.shift()
  if (read) takePiece(read)
  isTaking = running.length + waiting.length > 0
  if (isTaking) setImmediate(take) // Messages come in between.
}

function close(): void {
  isOver = true
  for (const { client } of [...idle, ...running.map(({ connection }) => connection)]) client.close()
  Atomics.store(closed, 0, 1)
  Atomics.notify(closed, 0)
  parentPort?.close()
}

parentPort?.on('message', (message: ToThread) => {
  if (message === 'close') return close()
  waiting.push({ ...message, until: performance.now() + limitMs })
  if (!isTaking) take()
})
