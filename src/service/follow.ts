import type { Clock } from '../jobs/clock.ts'
import type { JobEvents, JobStream } from '../jobs/events.ts'
import type { Job } from '../jobs/job.ts'
import { isTerminal, terminalStates } from '../jobs/state.ts'
import type { JobFilter, JobReader } from '../jobs/store.ts'
import { JobNotFoundError } from './error.ts'

export interface FollowOptions {
  readonly reader: JobReader
  readonly events: JobEvents
  readonly clock: Clock
}

/** How many unfinished jobs are read at a time when a stream over all jobs begins. */
const pageSize = 100

/**
 * A job as it stands, then each change exactly once and in order, ending after a terminal state. With `heartbeatMs` the
 * present state comes again whenever nothing came for so long.
 *
 * @throws JobNotFoundError if there is no such job
 */
export async function followJob(
  { reader, events, clock }: FollowOptions,
  id: string,
  heartbeatMs: number | null,
): Promise<JobStream> {
  // Listening comes before reading, so that no change falls between the two.
  const changes = events.ofJob(id)
  let last: Job | null
  try {
    last = await reader.job(id)
    if (last === null) throw new JobNotFoundError(id)
  } catch (error) {
    await changes.return?.()
    throw error
  }

  let present = last
  let begun = false
  let waiting: Promise<IteratorResult<Job>> | null = null

  return streamOf(changes, async () => {
    if (!begun) {
      begun = true
      return present
    }
    if (isTerminal(present.state)) return null
    for (;;) {
      waiting ??= changes.next()
      const result = heartbeatMs === null ? await waiting : await within(waiting, heartbeatMs, clock)
      if (result === null) return present
      waiting = null
      if (result.done) return null
      if (result.value.version > present.version) {
        present = result.value
        return present
      }
    }
  })
}

/**
 * Many jobs on one stream: each as it stands (those named, or the unfinished ones that match), then every change. A
 * stream of named jobs ends when all of them have; one by filter goes on.
 *
 * @throws JobNotFoundError if one of `ids` is unknown
 */
export async function followJobs(
  { reader, events }: FollowOptions,
  ids: readonly string[] | null,
  filter: JobFilter,
): Promise<JobStream> {
  const open = ids && new Set(ids)
  // A job may leave the states of a filter, and what waits would then be out of date; the rest of it lasts.
  const { states: _, ...lasting } = filter
  const changes = events.ofAll((job) => open?.has(job.id) ?? matches(job, lasting))
  /** Versions told so far of the jobs that may still change. */
  const told = new Map<string, number>()
  let present: AsyncIterator<Job>
  try {
    present = open ? await named(reader, [...open]) : unfinished(reader, filter)
  } catch (error) {
    await changes.return?.()
    throw error
  }

  function tell(job: Job): Job | null {
    if ((told.get(job.id) ?? 0) >= job.version) return null
    if (isTerminal(job.state)) {
      told.delete(job.id)
      open?.delete(job.id)
    } else told.set(job.id, job.version)
    return matches(job, filter) ? job : null
  }

  return streamOf(changes, async () => {
    for (;;) {
      const first = await present.next()
      if (first.done) break
      const job = tell(first.value)
      if (job) return job
    }
    while (!open || open.size > 0) {
      const change = await changes.next()
      if (change.done) return null
      if (open && !open.has(change.value.id)) continue
      const job = tell(change.value)
      if (job) return job
    }
    return null
  })
}

/** Whether a job belongs to what `filter` describes; the same rule as the store's pages. */
export function matches(job: Job, filter: JobFilter): boolean {
  return (
    (filter.states?.includes(job.state) ?? true) &&
    (filter.models?.includes(job.model) ?? true) &&
    (filter.createdAfter === undefined || job.createdAt > filter.createdAfter) &&
    (filter.createdBefore === undefined || job.createdAt < filter.createdBefore) &&
    (filter.prompt === undefined || asciiLower(job.prompt).includes(asciiLower(filter.prompt)))
  )
}

/** SQLite's lower() knows ASCII only; so does this, or a page and a stream would disagree. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

async function named(reader: JobReader, ids: readonly string[]): Promise<AsyncIterator<Job>> {
  const jobs = await reader.jobs(ids)
  const found = jobs.map((job, index) => {
    if (job === null) throw new JobNotFoundError(ids[index] ?? '')
    return job
  })
  return (async function* () {
    yield* found
  })()
}

export async function* unfinished(reader: Pick<JobReader, 'page'>, filter: JobFilter): AsyncGenerator<Job> {
  const all = filter.states ?? ['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING']
  const states = all.filter((state) => !terminalStates.includes(state))
  if (states.length === 0) return
  let last: Job | undefined
  do {
    const page: readonly Job[] = await reader.page({
      order: 'CREATED_AT',
      descending: false,
      filter: { ...filter, states },
      ...(last && { after: { value: last.createdAt, id: last.id } }),
      fromEnd: false,
      limit: pageSize,
    })
    yield* page
    last = page.length === pageSize ? page.at(-1) : undefined
  } while (last)
}

/**
 * An iterator over `next` that lets go of `source` the moment it is left. An async generator would not: its `return`
 * waits for the change it is waiting for, and a quiet job would keep the listener of every client that went.
 */
function streamOf(source: JobStream, next: () => Promise<Job | null>): JobStream {
  let over = false
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    over = true
    await source.return?.()
    return { done: true, value: undefined }
  }
  const stream: JobStream = {
    async next() {
      if (over) return { done: true, value: undefined }
      try {
        const job = await next()
        return job === null ? await end() : { done: false, value: job }
      } catch (error) {
        await end()
        throw error
      }
    },
    return: end,
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}

/** The promise's value, or null if it takes longer than `ms`. */
function within<T>(promise: Promise<T>, ms: number, clock: Clock): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(null))
    promise.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
}
