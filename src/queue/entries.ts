import { randomUUID } from 'node:crypto'
import type { Queue } from 'bullmq'
import type { Clock } from '../jobs/clock.ts'

export interface EntriesOptions {
  readonly queue: Pick<Queue, 'add' | 'getJob' | 'getJobState'>
  readonly clock: Clock
  /** Whether this process runs a step of the key just now. */
  readonly isRunning: (key: string) => boolean
  readonly onAnswer: () => void
  readonly onError: (error: Error) => void
}

/** The way of entries to the datastore. */
export interface Entries {
  schedule(key: string, at: number): void
  /** How many are not written yet. */
  readonly size: number
  /** Tries nothing again, and answers when what is on its way has been written, or has failed. */
  stop(): Promise<void>
}

/** An entry that is just being run is asked about again after so long. */
const activeRetryMs = 100
/** A datastore that does not answer is asked again after so long. */
const outageRetryMs = 1_000 // 1 second

/** BullMQ's "the entry is not in the state that this needs", of a delayed one that is to run now. */
const notInState = -3
const gone = -1

/** BullMQ's number for what cannot be done with an entry as it stands; null for any other fault. */
export function errorCode(error: unknown): number | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : null
}

/**
 * Writes entries, of which BullMQ's deduplication allows one for each key. What cannot be written just now is kept here
 * and tried again.
 */
export function createEntries({ queue, clock, isRunning, onAnswer, onError }: EntriesOptions): Entries {
  let stopped = false
  /** Times that are asked for and not yet written. */
  const wanted = new Map<string, number>()
  const writing = new Map<string, Promise<void>>()
  /** Pauses before another try. */
  const pauses = new Map<string, { readonly until: number; readonly cancel: () => void }>()
  /** Entries that may be due before what was asked for, and how often each had begun to run by then. */
  const earlier = new Map<string, { readonly id: string; readonly begun: number }>()

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
    if (!writing.has(key)) writing.set(key, write(key))
  }

  async function write(key: string): Promise<void> {
    for (let at = wanted.get(key); at !== undefined; at = wanted.get(key)) {
      wanted.delete(key)
      const wait = await put(key, at).then(
        (pauseMs) => {
          onAnswer()
          return pauseMs
        },
        (error: Error) => {
          onError(error)
          return outageRetryMs
        },
      )
      if (wait === null || stopped) continue
      const meanwhile = wanted.get(key)
      wanted.set(key, Math.min(meanwhile ?? at, at))
      if (meanwhile !== undefined) continue
      pause(key, wait)
      break
    }
    writing.delete(key) // At once: whoever asks from now on begins anew.
  }

  function pause(key: string, ms: number): void {
    const again = () => {
      pauses.delete(key)
      begin(key)
    }
    pauses.set(key, { until: clock.now() + ms, cancel: clock.after(ms, again) })
  }

  /** Writes the entry, or brings the one that is there forward. Answers after how long to try again; null if it is done. */
  async function put(key: string, at: number): Promise<number | null> {
    if (isRunning(key)) return activeRetryMs
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
    earlier.delete(key)
    if (!before) return false
    const entry = await queue.getJob(before.id)
    // Who asked since then asked for a run of its own.
    return entry?.attemptsStarted !== before.begun && !wanted.has(key)
  }

  async function bringForward(entry: { promote(): Promise<void> }): Promise<number | null> {
    try {
      await entry.promote()
      return null
    } catch (error) {
      const refusal = errorCode(error)
      if (refusal === notInState || refusal === gone) return 0
      throw error
    }
  }

  return {
    schedule,
    get size() {
      return wanted.size + writing.size
    },
    async stop() {
      stopped = true
      for (const [key, { cancel }] of pauses) {
        cancel()
        wanted.delete(key)
      }
      pauses.clear()
      await Promise.all(writing.values())
    },
  }
}
