import { DelayedError, Queue, Worker } from 'bullmq'
import type { Clock } from '../jobs/clock.ts'
import type { StepQueue } from '../jobs/queue.ts'
import { createAvailability, type Logger } from '../log.ts'
import { connect, describeStore, type QueueStore } from './datastore.ts'
import { createEntries, errorCode } from './entries.ts'
import { migrateQueue } from './migrate.ts'

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
/** An entry only wakes and may be taken over as often as gateways die: the default gives it up after the first time. */
const neverGivenUp = 1_000_000

/** An entry that is just being run is asked about again after so long. */
const activeRetryMs = 100
/** A datastore that does not answer is asked again after so long. */
const outageRetryMs = 1_000 // 1 second
/** An attempt to reach it again that fails, fails within this time. */
const attemptMs = 100
/** A start that cannot reach the datastore fails after so long. */
const readyMs = 10_000 // 10 seconds
/** A stop waits so long for steps, and then for a datastore that may not answer. */
const closeMs = 7_000 // 7 seconds
const writeMs = 1_000 // 1 second

/** What BullMQ hands to a worker. */
interface Entry {
  readonly data: { readonly key: string }
  moveToDelayed(timestamp: number, token?: string): Promise<void>
}

/**
 * The queue of many processes: BullMQ on PostgreSQL or Redis. What is lost with this process, or with a Redis that
 * forgot everything, comes back from the rows.
 *
 * @throws Error if the datastore does not answer
 */
export async function openBullQueue(
  options: BullQueueOptions,
): Promise<StepQueue & { readonly size: number }> {
  const { name, clock, log, atOnce = 100 } = options
  const { connection, factory, prefix, retriesMs } = connect(options.store, () => pausing !== null)
  const shared = { connection, ...(prefix && { prefix }) }
  /** The fault since which nothing was answered. */
  let failure: Error | null = null
  if (options.store.kind === 'postgres') await answered(migrateQueue(options.store.url, options.store.schema))
  const queue = new Queue(
    name,
    { ...shared, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } },
    factory,
  )
  let worker: { close(): Promise<void> } | null = null
  let cancelWorker: () => void = () => {}
  let stopped = false
  let pausing: Promise<void> | null = null
  let stopping: Promise<void> | null = null

  const running = new Set<string>()

  const availability = createAvailability({
    clock,
    onLost: (err) => log.warn({ err, queue: name }, 'the queue does not answer, trying again'),
    onBack: (ms) => log.info({ ms, queue: name }, 'the queue answers again'),
  })
  function onError(error: Error): void {
    if (stopped) return
    failure = error
    availability.failed(error)
  }
  function onAnswer(): void {
    failure = null
    availability.answered()
  }
  queue.on('error', onError)

  const entries = createEntries({
    queue,
    clock,
    isRunning: (key) => running.has(key),
    onAnswer,
    onError,
  })

  async function take(entry: Entry, token: string | undefined): Promise<void> {
    const { key } = entry.data
    // Running: the datastore was away for longer than the entry's lock, and the step goes on here.
    if (pausing || running.has(key)) return giveBack(entry, token, clock.now() + activeRetryMs)
    running.add(key)
    try {
      onAnswer()
      const next = await run(key)
      if (next !== null) await giveBack(entry, token, next)
    } finally {
      running.delete(key)
    }
  }

  /** The entry is to run again at that time. Its lock is renewed for as long as the datastore cannot be told. */
  async function giveBack(entry: Entry, token: string | undefined, at: number): Promise<never> {
    for (;;) {
      try {
        await entry.moveToDelayed(Date.now() + Math.max(0, Math.ceil(at - clock.now())), token)
        break
      } catch (error) {
        // It was forgotten, or given to another process meanwhile.
        if (errorCode(error) !== null) entries.schedule(entry.data.key, at)
        if (errorCode(error) !== null || pausing) break
        onError(error as Error)
        await sleep(outageRetryMs)
      }
    }
    throw new DelayedError()
  }

  let run: (key: string) => Promise<number | null> = async () => null

  /** On PostgreSQL a worker that does not reach it at first never does: then it gives way to another one. */
  function startWorker(): void {
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
    taking.waitUntilReady().catch((error: Error) => {
      onError(error)
      void taking.close()
      if (!pausing) cancelWorker = clock.after(outageRetryMs, startWorker)
    })
  }

  await answered(queue.waitUntilReady()).catch((error: unknown) => {
    stopped = true
    availability.stop()
    void queue.close().catch(() => {})
    throw error
  })
  return {
    start(handler) {
      run = handler
      startWorker()
    },
    schedule: entries.schedule,
    get size() {
      return entries.size + running.size
    },
    pause,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  function pause(): Promise<void> {
    pausing ??= within(closeWorker(), closeMs)
    return pausing
  }

  async function closeWorker(): Promise<void> {
    cancelWorker()
    const outageMs = retriesMs()
    if (outageMs > 0) await sleep(outageMs + attemptMs)
    await worker?.close()
  }

  async function stop(): Promise<void> {
    await pause()
    stopped = true
    availability.stop()
    await within(
      entries.stop().then(() => queue.close()),
      writeMs,
    )
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => clock.after(ms, resolve))
  }

  /** The promise's end, or that of the time: what is still open then does not hold the process. */
  function within(promise: Promise<void>, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms, resolve)
      promise.then(resolve, reject).finally(cancel)
    })
  }

  async function answered(ready: Promise<unknown>): Promise<void> {
    let late = true
    const inTime = ready.then(() => {
      late = false
    })
    try {
      await within(inTime, readyMs)
      if (late) throw failure ?? new Error(`it did not answer within ${readyMs / 1_000} seconds`)
    } catch (cause) {
      const reason = cause instanceof Error && cause.message ? cause.message : 'it does not answer'
      const place = describeStore(options.store)
      throw new Error(`The queue ${name} on ${place} cannot be reached: ${reason}.`, { cause })
    }
  }
}
