import type { Job, JobState, ListedJob, TimelineEntry, Transition } from './job.ts'
import type { TenantId } from './tenant.ts'

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

/** How many jobs there are of a state. */
export interface StateCount {
  readonly state: JobState
  readonly count: number
}

/** By what the account's room is shared out; see `ClaimRequest` and `Limits`. */
export interface Shares {
  readonly windowStart: number
  readonly perTenant?: number | null | undefined
}

/** A place in the order of all changes; see `ChangeLog` of `work.ts`. */
export interface ChangePlace {
  /** Always 0 where one writes at a time. */
  readonly transaction: number
  /** A number within all of them. */
  readonly sequence: number
}

/** That a job was changed, as it stands now; or, where `job` is null, that it was deleted. */
export interface ListedChange {
  readonly jobId: string
  readonly place: ChangePlace
  readonly job: Job | null
}

/** What may be asked without changing anything; the GraphQL types read through this. */
export interface JobReader {
  job(id: string): Promise<Job | null>
  /** In the order of `ids`; null for an unknown one. */
  jobs(ids: readonly string[]): Promise<readonly (Job | null)[]>
  /** The same without reading the inputs. */
  listed(ids: readonly string[]): Promise<readonly (ListedJob | null)[]>
  page(query: PageQuery): Promise<readonly Job[]>
  /** The same without reading the inputs. */
  listing(query: PageQuery): Promise<readonly ListedJob[]>
  /** How many jobs of each state that is asked for match: up to `most` of each are counted. */
  counts(filter: Omit<JobFilter, 'prompt'>, most: number): Promise<readonly StateCount[]>
  /** The place behind every change that can be read. */
  latestChange(): Promise<ChangePlace>
  /** What changed after a place, each job once, in the order of the last change of each. */
  changesAfter(
    place: ChangePlace,
    limit: number,
  ): Promise<{
    readonly changes: readonly ListedChange[]
    readonly place: ChangePlace
    readonly isLast: boolean
  }>
  /** In the order of `jobIds`; oldest entry first. */
  timelines(jobIds: readonly string[]): Promise<readonly (readonly TimelineEntry[])[]>
  /**
   * In the order of `jobIds`; null for one that does not wait. 1 is next, if nothing ends meanwhile: jobs of all tenants start
   * in the order of `JobWork.claim`.
   */
  queuePositions(jobIds: readonly string[], shares: Shares): Promise<readonly (number | null)[]>
  /** In the order of `jobIds`: the jobs that were made as retries of each, oldest first. */
  retries(jobIds: readonly string[]): Promise<readonly (readonly Job[])[]>
}

/** What is to become of a job, null for nothing. Pure: it may be asked again, of the job as it is by then. */
export type Decide = (job: Job) => Transition | null

/** A job as a decision found it, and what it made of it; `after` is null if that was nothing. */
export interface Change {
  readonly before: Job
  readonly after: Job | null
}

/** The most that a tenant may record in a minute, and have waiting; null is no limit. */
export interface CreationLimits {
  readonly creationsPerMinute: number | null
  readonly waitingJobs: number | null
}

/** How jobs are recorded and changed on behalf of those who ask for them. */
export interface JobWriter {
  /**
   * Records a new job of this tenant, unless another one holds its `idempotencyKey`: then that one is answered, else null.
   *
   * @param limits of all that is recorded of the tenant, by whichever gateway
   * @throws RateLimitedError if one of them is reached: then nothing was recorded
   */
  insert(job: Job, entry: TimelineEntry, limits?: CreationLimits): Promise<Job | null>
  /** Lets `decide` judge the row and writes row, timeline and version, all in one transaction; null for an unknown job. */
  change(id: string, decide: Decide): Promise<Change | null>
  /** Removes a job with its timeline if `allowed` says so; answers the job as it was. The change log tells that it is gone. */
  remove(id: string, allowed: (job: Job) => boolean, now: number): Promise<Job | null>
}

/** All that is recorded of one tenant. What belongs to another is as unknown as what never was. */
export type TenantHistory = JobReader & JobWriter

/** The history as those who ask for somebody open it: once for each request, and hand on what they got. */
export interface Tenants {
  for(tenant: TenantId): TenantHistory
}

/** Whether the history can be used at all. */
export interface StoreHealth {
  /** Throws if the store cannot answer. */
  ping(): Promise<void>
  /** Throws if nothing can be written just now: it really writes, and leaves nothing behind. */
  checkWritable(): Promise<void>
}
