import { randomUUID } from 'node:crypto'
import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  DelayedError,
  getDefaultBackendFactory,
  Queue,
  Worker,
} from 'bullmq'
import type { Clock, StepQueue } from '../jobs/ports.ts'
import type { Logger } from '../log.ts'
import { queueSchema } from './migrate.ts'

/** Where the entries are kept. */
export type QueueStore =
  /** `schema` is made if need be and holds nothing else. */
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }
  /** Every key begins with `prefix`. */
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }

export interface BullQueueOptions {
  readonly name: string
  readonly store: QueueStore
  readonly clock: Clock
  readonly log: Logger
  /** Steps that run at the same time in this process. */
  readonly atOnce?: number
}

/**
 * A step whose process is gone is taken over by another one: its lock ends, the next check marks the entry and the one
 * after that gives it away. Together less than 30 seconds.
 */
const lockMs = 10_000 // 10 seconds; renewed at half of it
const stalledCheckMs = 5_000 // 5 seconds
/** An entry is a nudge and may be taken over as often as gateways die: the default gives it up after the first time. */
const neverGivenUp = 1_000_000

/** An entry that is just being run is asked about again after so long. */
const activeRetryMs = 100
/** A datastore that does not answer is asked again after so long. */
const outageRetryMs = 1_000 // 1 second
/** A start that cannot reach the datastore fails after so long. */
const readyMs = 10_000 // 10 seconds
/** A stop waits so long for steps, and for a datastore that may not answer. */
const closeMs = 7_000 // 7 seconds
const writeMs = 1_000 // 1 second

/** What BullMQ hands to a worker. */
interface Entry {
  readonly data: { readonly key: string }
  moveToDelayed(timestamp: number, token?: string): Promise<void>
}

/** BullMQ's "the entry is not in the state that this needs", of a delayed one that is to run now. */
const notInState = -3
const gone = -1

/**
 * The queue of many processes: BullMQ on PostgreSQL or Redis. Each key has one entry, by BullMQ's deduplication. What
 * cannot be written just now is kept here and tried again; what is lost with this process, or with a Redis that forgot
 * everything, comes back from the rows.
 *
 * @throws Error if the datastore does not answer
 */
export async function openBullQueue(
  options: BullQueueOptions,
): Promise<StepQueue & { readonly size: number }> {
  const { name, clock, log, atOnce = 100 } = options
  const { connection, factory, prefix } = connect(options.store)
  const shared = { connection, ...(prefix && { prefix }) }
  const queue = new Queue(
    name,
    { ...shared, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } },
    factory,
  )
  let worker: { close(): Promise<void> } | null = null
  let stopped = false
  let pausing: Promise<void> | null = null
  let failing = false

  /** Times that are asked for and not yet written. */
  const wanted = new Map<string, number>()
  const writing = new Map<string, Promise<void>>()
  /** Pauses before another try. */
  const pauses = new Map<string, { readonly until: number; readonly cancel: () => void }>()
  /** Entries that are to run before what was asked for, and how often each had begun by then. */
  const earlier = new Map<string, { readonly id: string; readonly begun: number }>()
  const running = new Set<string>()

  function onError(error: Error): void {
    if (stopped) return
    if (!failing) log.warn({ err: error, queue: name }, 'the queue does not answer, trying again')
    failing = true
  }
  function onAnswer(): void {
    if (failing) log.info({ queue: name }, 'the queue answers again')
    failing = false
  }
  queue.on('error', onError)

  function schedule(key: string, at: number): void {
    if (stopped) return
    wanted.set(key, Math.min(wanted.get(key) ?? Number.POSITIVE_INFINITY, at))
    earlier.delete(key)
    const pause = pauses.get(key)
    if (pause) {
      if (pause.until <= at) return
      pause.cancel()
      pauses.delete(key)
    }
    begin(key)
  }

  function begin(key: string): void {
    if (writing.has(key)) return
    writing.set(
      key,
      write(key).finally(() => writing.delete(key)),
    )
  }

  async function write(key: string): Promise<void> {
    for (let at = wanted.get(key); at !== undefined; at = wanted.get(key)) {
      wanted.delete(key)
      const pauseMs = await put(key, at).then(
        (answer) => {
          onAnswer()
          return answer
        },
        (error: Error) => {
          onError(error)
          return outageRetryMs
        },
      )
      if (pauseMs === null || stopped) continue
      const meanwhile = wanted.get(key)
      wanted.set(key, Math.min(meanwhile ?? at, at))
      if (meanwhile === undefined) return wait(key, pauseMs)
    }
  }

  function wait(key: string, ms: number): void {
    const again = () => {
      pauses.delete(key)
      if (!stopped) begin(key)
    }
    pauses.set(key, { until: clock.now() + ms, cancel: clock.after(ms, again) })
  }

  /** Writes the entry, or brings the one that is there forward. Answers after how long to try again; null if it is done. */
  async function put(key: string, at: number): Promise<number | null> {
    if (running.has(key)) return activeRetryMs
    if (await hasRunEarlier(key)) return null
    const delay = Math.max(0, Math.ceil(at - clock.now()))
    const jobId = randomUUID()
    const entry = await queue.add('step', { key }, { jobId, delay, deduplication: { id: key } })
    if (entry.id === jobId || entry.id === undefined) return null
    const state = await queue.getJobState(entry.id)
    if (state === 'active') return activeRetryMs
    if (state === 'delayed') return delay === 0 ? bringForward(entry) : waitFor(key, entry.id, delay)
    return state === 'unknown' ? 0 : null // It ended just now, or it waits for its turn.
  }

  /** Nothing tells when an entry is due: whether that is before the time asked for, shows when that has come. */
  async function waitFor(key: string, id: string, delay: number): Promise<number> {
    const entry = await queue.getJob(id)
    if (entry && !wanted.has(key)) earlier.set(key, { id, begun: entry.attemptsStarted })
    return delay
  }

  async function hasRunEarlier(key: string): Promise<boolean> {
    const before = earlier.get(key)
    if (!before) return false
    const entry = await queue.getJob(before.id)
    const hasRun = entry?.attemptsStarted !== before.begun
    return earlier.get(key) === before && hasRun
  }

  async function bringForward(entry: { promote(): Promise<void> }): Promise<number | null> {
    try {
      await entry.promote()
      return null
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (code === notInState || code === gone) return 0
      throw error
    }
  }

  async function take(entry: Entry, token: string | undefined): Promise<void> {
    const { key } = entry.data
    running.add(key)
    try {
      onAnswer()
      const next = await run(key)
      if (next === null) return
      await entry.moveToDelayed(Date.now() + Math.max(0, Math.ceil(next - clock.now())), token)
    } finally {
      running.delete(key)
    }
    throw new DelayedError()
  }
  let run: (key: string) => Promise<number | null> = async () => null

  await answered(queue.waitUntilReady(), () => queue.close(), `The queue ${name} cannot be reached`)
  return {
    start(handler) {
      run = handler
      const taking = new Worker(
        name,
        take,
        {
          ...shared,
          concurrency: atOnce,
          lockDuration: lockMs,
          stalledInterval: stalledCheckMs,
          maxStalledCount: neverGivenUp,
          runRetryDelay: outageRetryMs,
        },
        factory,
      )
      taking.on('error', onError)
      worker = taking
    },
    schedule,
    get size() {
      return wanted.size + writing.size + running.size
    },
    pause,
    async stop() {
      await pause()
      const written = Promise.allSettled(writing.values())
      stopped = true
      for (const { cancel } of pauses.values()) cancel()
      pauses.clear()
      await within(
        written.then(() => queue.close()),
        writeMs,
      )
    },
  }

  function pause(): Promise<void> {
    pausing ??= within(worker?.close() ?? Promise.resolve(), closeMs)
    return pausing
  }

  /** The promise's end, or that of the time: what is still open then does not hold the process. */
  function within(promise: Promise<void>, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms, resolve)
      promise.then(resolve, reject).finally(cancel)
    })
  }

  async function answered(ready: Promise<unknown>, close: () => Promise<void>, words: string): Promise<void> {
    let late = true
    try {
      await within(
        ready.then(() => {
          late = false
        }),
        readyMs,
      )
      if (late) throw new Error(`it did not answer within ${readyMs / 1_000} seconds`)
    } catch (cause) {
      void close().catch(() => {})
      throw new Error(`${words}: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
    }
  }
}

/** What BullMQ is told of the datastore. */
function connect(store: QueueStore): {
  readonly connection: ConnectionOptions
  readonly prefix?: string
  readonly factory: BackendFactory
} {
  if (store.kind === 'redis') {
    return {
      // A worker's blocking command waits for as long as it takes, whatever becomes of the connection.
      connection: { url: store.url, maxRetriesPerRequest: null },
      prefix: store.prefix ?? 'wavespeed',
      factory: getDefaultBackendFactory(),
    }
  }
  return {
    connection: {
      connectionString: store.url,
      schema: store.schema ?? queueSchema,
      migrate: true,
      max: 4,
      connectionTimeoutMillis: 5_000,
      application_name: 'wavespeed-graphql queue',
    } as ConnectionOptions,
    factory: createPostgresBackend as unknown as BackendFactory, // Its options have a type of their own.
  }
}
