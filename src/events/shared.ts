import type { Clock } from '../jobs/clock.ts'
import type { JobEvents } from '../jobs/events.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { Job } from '../jobs/job.ts'
import type { JobReader } from '../jobs/store.ts'
import { createAvailability, type Logger } from '../log.ts'
import { createMemoryEvents } from './memory.ts'
import { createNotify } from './notify.ts'

export interface SharedEventsOptions {
  /** Of the PostgreSQL database. */
  readonly url: string
  readonly reader: Pick<JobReader, 'page' | 'job'>
  readonly clock: Clock
  readonly log: Logger
  /** A close waits so long for messages on their way out, and as long again for a datastore that may not answer. */
  readonly closeMs: number
}

/** How often the rows are asked what the messages may have missed, while somebody listens. */
const catchUpMs = 5_000 // 5 seconds
/** A change is dated before it is written: one that is dated so long ago has been written, or never will be. */
const slackMs = 40_000 // 40 seconds
const pageSize = 500
/** A start that cannot reach the datastore fails after so long. */
const readyMs = 10_000 // 10 seconds

/**
 * The event bus of many processes: each tells its own readers at once and the others by broadcast. A message may be
 * lost, with the connection or with the process that should have sent it, so the rows have the last word: they are
 * read again every few seconds, and at once after a gap, and whatever changed without being told is told then.
 *
 * A reader of another process may miss a state that lasted for less than that, but never the last one.
 *
 * @throws Error if the datastore does not answer
 */
export async function openSharedEvents(options: SharedEventsOptions): Promise<
  JobEvents & {
    readonly listeners: number
    close(reason: Error): Promise<void>
  }
> {
  const { url, reader, clock, log, closeMs } = options
  const local = createMemoryEvents()
  /** The newest version told of each job that changed lately. */
  const told = new Map<string, { readonly version: number; readonly at: number }>()
  /** The last message of each job that is on its way out: the next one has to wait, or it might overtake. */
  const leaving = new Map<string, Promise<void>>()
  /** Everything written before this has been told. */
  let caughtUp = clock.now()
  let catching: Promise<void> | null = null
  let cancelRound: () => void = () => {}
  /** The fault since which nothing was answered. */
  let failure: Error | null = null
  let closed = false

  const availability = createAvailability({
    clock,
    onLost: (err) => log.warn({ err }, 'events of other gateways are late: the bus does not answer'),
    onBack: (ms) => log.info({ ms }, 'the bus answers again'),
  })
  const broadcast = createNotify(url, { onError, onGap: () => void catchUp() })

  function onError(error: Error): void {
    if (closed) return
    failure = error
    availability.failed(error)
  }
  function onAnswer(): void {
    failure = null
    availability.answered()
  }

  function tell(job: Job): boolean {
    if ((told.get(job.id)?.version ?? 0) >= job.version) return false
    told.set(job.id, { version: job.version, at: clock.now() })
    local.publish(job)
    return true
  }

  function publish(job: Job): void {
    if (!tell(job) || closed) return
    const before = leaving.get(job.id) ?? Promise.resolve()
    const sent: Promise<void> = before
      .then(() => broadcast.send(textOf(job)))
      .then(onAnswer, onError) // The others read it from the rows.
      .finally(() => {
        if (leaving.get(job.id) === sent) leaving.delete(job.id)
      })
    leaving.set(job.id, sent)
  }

  /** The whole job, or where it is too large its id, by which the others read it. */
  function textOf(job: Job): string {
    const text = JSON.stringify(job)
    return Buffer.byteLength(text) <= broadcast.maxBytes ? text : JSON.stringify({ read: job.id })
  }

  function hear(message: unknown): void {
    onAnswer()
    if (isJob(message)) tell(message)
    else if (isReference(message)) void fetchAndDeliver(message.read)
    else log.warn('a message on the bus is no job: another program may be using it')
  }

  async function fetchAndDeliver(id: string): Promise<void> {
    try {
      const job = await reader.job(id)
      if (job) tell(job)
    } catch (error) {
      log[levelOf(error)]({ err: error, jobId: id }, 'a change cannot be read, trying again')
    }
  }

  /** Tells what the rows know and nobody told. One at a time; a fault is made up for by the next round. */
  function catchUp(): Promise<void> {
    catching ??= readChanges()
      .catch((error: Error) => {
        if (!closed) log[levelOf(error)]({ err: error }, 'changes cannot be read, trying again')
      })
      .finally(() => {
        catching = null
      })
    return catching
  }

  async function readChanges(): Promise<void> {
    const begun = clock.now()
    if (local.listeners > 0) {
      let after = { value: caughtUp - slackMs, id: '' }
      for (let rows = pageSize; rows === pageSize && !closed; ) {
        const jobs = await reader.page({
          order: 'UPDATED_AT',
          descending: false,
          filter: {},
          after,
          fromEnd: false,
          limit: pageSize,
        })
        for (const job of jobs) tell(job)
        rows = jobs.length
        const last = jobs.at(-1)
        if (last) after = { value: last.updatedAt, id: last.id }
      }
    }
    caughtUp = begun
    for (const [id, { at }] of told) if (at < begun - 2 * (slackMs + catchUpMs)) told.delete(id)
  }

  function round(): void {
    cancelRound = clock.after(catchUpMs, () => void catchUp().then(() => closed || round()))
  }

  async function close(reason: Error): Promise<void> {
    closed = true
    availability.stop()
    cancelRound()
    // What was published goes out before this process does.
    await within(Promise.all(leaving.values()), closeMs)
    local.close(reason)
    await within(broadcast.close(), closeMs)
  }

  await listening()
  round()
  return {
    publish,
    subscribe: local.subscribe,
    ofJob: local.ofJob,
    ofAll: local.ofAll,
    get listeners() {
      return local.listeners
    },
    close,
  }

  async function listening(): Promise<void> {
    let late = true
    const begun = broadcast.listen(hear).then(() => {
      late = false
    })
    try {
      await within(begun, readyMs)
      if (late) throw failure ?? new Error(`it did not answer within ${readyMs / 1_000} seconds`)
    } catch (cause) {
      closed = true
      availability.stop()
      void broadcast.close().catch(() => {})
      const reason = cause instanceof Error && cause.message ? cause.message : 'it does not answer'
      throw new Error(`The bus of events on ${placeOf(url)} cannot be reached: ${reason}.`, { cause })
    }
  }

  /** The promise's end, or that of the time. */
  function within(promise: Promise<unknown>, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms, resolve)
      promise.then(() => resolve(), reject).finally(cancel)
    })
  }
}

/** Without user, password and parameters. */
function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** That the history is not available, its own line says. */
const levelOf = (error: unknown) => (error instanceof HistoryUnavailableError ? 'debug' : 'warn')

/** Messages come from other gateways, of other versions perhaps: what everything relies on is checked. */
function isJob(message: unknown): message is Job {
  const job = message as Partial<Job> | null
  return (
    typeof job === 'object' &&
    typeof job?.id === 'string' &&
    typeof job.version === 'number' &&
    typeof job.state === 'string' &&
    typeof job.input === 'object' &&
    job.input !== null &&
    Array.isArray(job.outputs)
  )
}

function isReference(message: unknown): message is { readonly read: string } {
  return (
    typeof message === 'object' && message !== null && 'read' in message && typeof message.read === 'string'
  )
}
