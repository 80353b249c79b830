import type { Clock } from '../jobs/clock.ts'
import type { Job } from '../jobs/job.ts'
import type { ChangePlace, JobReader, ListedChange } from '../jobs/store.ts'
import { ChangesExpiredError } from './error.ts'
import { unfinished } from './follow.ts'

/** What a stream of changes tells. */
export interface JobChange {
  /**
   * `PRESENT`: a job as it stood when the stream began. `UP_TO_DATE`: everything before is told, and nothing has changed
   * since.
   */
  readonly kind: 'PRESENT' | 'CHANGED' | 'DELETED' | 'UP_TO_DATE'
  /** Null where nothing has changed. */
  readonly jobId: string | null
  /** As it stands; null where it is gone, and where nothing has changed. */
  readonly job: Job | null
  /** Where to go on after it; null as long as the beginning is not told whole. */
  readonly sequence: string | null
}

/** Says when something may have changed, of one tenant. */
export interface ChangeSignal {
  /** Calls back once, and says whether something has changed; answers how to prevent that. */
  next(wake: (changed: boolean) => void): () => void
}

export interface ChangesOptions {
  readonly reader: Pick<JobReader, 'latestChange' | 'changesAfter' | 'page'>
  /** The same reads of changes, shared with other streams: see `shareReads`. By default none is. */
  readonly shared?: JobReader['changesAfter']
  readonly signal: ChangeSignal
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** How long it is known which jobs were deleted. */
  readonly keptMs: number
}

const pageSize = 200
/** After a signal whose change could not be read yet, since an older transaction had not ended. */
const soonMs = 200

/**
 * Every job that changed, in the order of its last change, and every one that was deleted; without `since` first those that
 * are not finished, as they stand. Whoever comes back with the last sequence misses nothing and is told nothing twice.
 *
 * @throws ChangesExpiredError if it is not known any more what was deleted since
 */
export async function followChanges(
  options: ChangesOptions,
  since: string | null,
  heartbeatMs: number | null,
): Promise<AsyncIterableIterator<JobChange>> {
  const { reader, shared = reader.changesAfter, signal, clock } = options
  let place = since === null ? await reader.latestChange() : await placeOf(since, options)
  const present = since === null ? unfinished(reader, {}) : null
  let page: ListedChange[] = []
  let over = false
  let isTold = false
  let leave: () => void = () => {}

  const sequenceOf = (at: ChangePlace) => encode(at, clock.now())
  const upToDate = (): JobChange => ({
    kind: 'UP_TO_DATE',
    jobId: null,
    job: null,
    sequence: sequenceOf(place),
  })

  /** The next change that can be read now; null if there is none. */
  async function read(): Promise<JobChange | null> {
    while (page.length === 0) {
      // What is present may be newer than a read that another stream has begun.
      const isOwn = present !== null && !isTold
      const found = await (isOwn ? reader.changesAfter : shared)(place, pageSize)
      page = [...found.changes]
      if (page.length > 0) break
      place = found.place
      if (found.isLast) return null
    }
    const [change] = page.splice(0, 1)
    if (!change) return null
    place = change.place
    const { jobId, job } = change
    return { kind: job === null ? 'DELETED' : 'CHANGED', jobId, job, sequence: sequenceOf(place) }
  }

  /** Waits for a signal, or for so long; answers whether something has changed. */
  function pause(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (changed: boolean) => {
        cancelTimer?.()
        cancelSignal()
        resolve(changed)
      }
      const cancelTimer = Number.isFinite(ms) ? clock.after(ms, () => end(false)) : null
      const cancelSignal = signal.next(end)
      leave = () => end(false)
    })
  }

  async function wait(): Promise<JobChange | null> {
    const silentAt = clock.now() + (heartbeatMs ?? Number.POSITIVE_INFINITY)
    for (let changed = false; !over; ) {
      const silentMs = Math.max(0, silentAt - clock.now())
      changed = await pause(changed ? Math.min(soonMs, silentMs) : silentMs)
      if (over) break
      const change = await read()
      if (change) return change
      if (clock.now() >= silentAt) return upToDate()
    }
    return null
  }

  async function next(): Promise<JobChange | null> {
    const first = await present?.next()
    if (first && !first.done)
      return { kind: 'PRESENT', jobId: first.value.id, job: first.value, sequence: null }
    const change = await read()
    if (change) return change
    if (isTold) return wait()
    isTold = true
    return upToDate()
  }

  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    over = true
    leave()
    return { done: true, value: undefined }
  }
  const stream: AsyncIterableIterator<JobChange> = {
    async next() {
      if (over) return { done: true, value: undefined }
      const change = await next()
      return change === null ? end() : { done: false, value: change }
    },
    return: end,
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}

function encode({ transaction, sequence }: ChangePlace, at: number): string {
  return Buffer.from(JSON.stringify([transaction, sequence, at])).toString('base64url')
}

/** The place that a sequence names, if all that came after it is known. */
async function placeOf(text: string, { reader, clock, keptMs }: ChangesOptions): Promise<ChangePlace> {
  const [transaction, sequence, at] = decode(text)
  const latest = await reader.latestChange()
  // It is ahead of a history that was put back.
  const isAhead =
    transaction > latest.transaction || (transaction === latest.transaction && sequence > latest.sequence)
  if (at < clock.now() - keptMs || isAhead) throw new ChangesExpiredError()
  return { transaction, sequence }
}

function decode(text: string): readonly [number, number, number] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (
      Array.isArray(parts) &&
      parts.length === 3 &&
      parts.every((one) => Number.isSafeInteger(one) && one >= 0)
    )
      return parts as unknown as readonly [number, number, number]
  } catch {
    // Said below.
  }
  throw new ChangesExpiredError(
    '`changedSince` is no sequence of this history: take one that `jobChanges` told.',
  )
}

type Read = ReturnType<JobReader['changesAfter']>

/** Many streams of a tenant are at the same place, and are woken together: one read does for all. */
export function shareReads(changesAfter: JobReader['changesAfter']): JobReader['changesAfter'] {
  const underWay = new Map<string, Read>()
  return (place, limit) => {
    const key = `${place.transaction} ${place.sequence} ${limit}`
    const known = underWay.get(key)
    if (known) return known
    const read = changesAfter(place, limit).finally(() => underWay.delete(key))
    underWay.set(key, read)
    return read
  }
}
