import type { Job, JobState, ListedJob, TimelineEntry, Transition } from './job.ts'

/** SQLite answers at once, PostgreSQL later: callers `await`, or hand the value on. */
export type Awaitable<T> = T | Promise<T>

export type JobOrder = 'CREATED_AT' | 'UPDATED_AT'

export interface JobFilter {
  readonly states?: readonly JobState[]
  readonly models?: readonly string[]
  readonly createdAfter?: number
  readonly createdBefore?: number
  /** Text that the prompt contains, case-insensitively for ASCII. */
  readonly prompt?: string
}

/** A place in an ordered list: the value it is ordered by, and the id that breaks ties. */
export interface Place {
  readonly value: number
  readonly id: string
}

export interface PageQuery {
  readonly order: JobOrder
  readonly descending: boolean
  readonly filter: JobFilter
  /** Only what comes after this place, in the direction of the order. */
  readonly after?: Place
  readonly before?: Place
  /** The last `limit` rows of the range instead of the first; they still come in list order. */
  readonly fromEnd: boolean
  readonly limit: number
}

/** What may be asked without changing anything; the GraphQL types read through this. */
export interface JobReader {
  job(id: string): Awaitable<Job | null>
  /** In the order of `ids`; null for an unknown one. */
  jobs(ids: readonly string[]): Awaitable<readonly (Job | null)[]>
  /** The same without reading the inputs. */
  listed(ids: readonly string[]): Awaitable<readonly (ListedJob | null)[]>
  page(query: PageQuery): Awaitable<readonly Job[]>
  /** The same without reading the inputs. */
  listing(query: PageQuery): Awaitable<readonly ListedJob[]>
  /** In the order of `jobIds`; oldest entry first. */
  timelines(jobIds: readonly string[]): Awaitable<readonly (readonly TimelineEntry[])[]>
  /** In the order of `jobIds`; 1 is next, null for one that does not wait. */
  queuePositions(jobIds: readonly string[]): Awaitable<readonly (number | null)[]>
  /** In the order of `jobIds`: the jobs that were made as retries of each, oldest first. */
  retries(jobIds: readonly string[]): Awaitable<readonly (readonly Job[])[]>
}

/** What is to become of a job, null for nothing. Pure: it may be asked again, of the job as it is by then. */
export type Decide = (job: Job) => Transition | null

/** A job as a decision found it, and what it made of it; `after` is null if that was nothing. */
export interface Change {
  readonly before: Job
  readonly after: Job | null
}

/** How jobs are recorded and changed on behalf of those who ask for them. */
export interface JobWriter {
  /** Records a new job, unless another one holds its `idempotencyKey`: then that one is answered, else null. */
  insert(job: Job, entry: TimelineEntry): Awaitable<Job | null>
  /** Lets `decide` judge the row and writes row, timeline and version, all in one transaction; null for an unknown job. */
  change(id: string, decide: Decide): Awaitable<Change | null>
  /** Removes a job with its timeline if `allowed` says so; answers the job as it was. */
  remove(id: string, allowed: (job: Job) => boolean): Awaitable<Job | null>
}

/** Whether the history can be used at all. */
export interface StoreHealth {
  /** Throws if the store cannot answer. */
  ping(): Awaitable<void>
  /** Throws if nothing can be written just now: it really writes, and leaves nothing behind. */
  checkWritable(): Awaitable<void>
}
