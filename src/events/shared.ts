import type { Clock } from '../jobs/clock.ts'
import type { JobEvents } from '../jobs/events.ts'
import type { Job } from '../jobs/job.ts'
import type { ChangeLog, JobWork } from '../jobs/work.ts'
import { createAvailability, type Logger } from '../log.ts'
import type { Broadcast, BroadcastOptions } from './broadcast.ts'
import { createCatchUp, levelOf } from './catch-up.ts'
import { createMemoryEvents } from './memory.ts'

export interface SharedEventsOptions {
  /** The way to the other processes. */
  readonly open: (options: BroadcastOptions) => Broadcast
  readonly changes: ChangeLog
  readonly work: Pick<JobWork, 'job'>
  readonly clock: Clock
  readonly log: Logger
  /** A close waits so long for messages on their way out, and as long again for a datastore that may not answer. */
  readonly closeMs: number
}

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
  const { changes, work, clock, log, closeMs } = options
  const local = createMemoryEvents()
  /** The newest version told of each job that changed lately. */
  const told = new Map<string, { readonly version: number; readonly at: number }>()
  /** The last message of each job that is on its way out: the next one has to wait, or it might overtake. */
  const leaving = new Map<string, Promise<void>>()
  /** The fault since which nothing was answered. */
  let failure: Error | null = null
  let closed = false

  const availability = createAvailability({
    clock,
    onLost: (err) => log.warn({ err }, 'events of other gateways are late: the bus does not answer'),
    onBack: (ms) => log.info({ ms }, 'the bus answers again'),
  })
  const catchUp = createCatchUp({
    changes,
    from: await changes.latest(),
    clock,
    log,
    isFollowed: () => local.listeners > 0,
    tell,
    onRead(before) {
      for (const [id, { at }] of told) if (at < before) told.delete(id)
    },
  })
  const broadcast = options.open({ onError, onGap: () => void catchUp.now() })

  function onError(error: Error): void {
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
      const job = await work.job(id)
      if (job) tell(job)
    } catch (error) {
      log[levelOf(error)]({ err: error, jobId: id }, 'a change cannot be read, trying again')
    }
  }

  async function close(reason: Error): Promise<void> {
    closed = true
    availability.stop()
    catchUp.stop()
    // What was published goes out before this process does.
    await endOrTime(clock, Promise.all(leaving.values()), closeMs)
    local.close(reason)
    await endOrTime(clock, broadcast.close(), closeMs)
  }

  await listening()
  catchUp.start()
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
      await endOrTime(clock, begun, readyMs)
      if (late) throw failure ?? new Error(`it did not answer within ${readyMs / 1_000} seconds`)
    } catch (cause) {
      availability.stop()
      void broadcast.close().catch(() => {})
      const reason = cause instanceof Error && cause.message ? cause.message : 'it does not answer'
      throw new Error(`The bus of events on ${broadcast.place} cannot be reached: ${reason}.`, { cause })
    }
  }
}

/** The promise's end, or that of the time. */
function endOrTime(clock: Pick<Clock, 'after'>, promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve)
    promise.then(() => resolve(), reject).finally(cancel)
  })
}

/** Messages come from other gateways, of other versions perhaps: what everything relies on is checked. */
function isJob(message: unknown): message is Job {
  const job = message as Partial<Job> | null
  return (
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
