import type { Job, Transition } from './job.ts'
import type { Awaitable, Change, Decide, JobReader, JobWriter, StoreHealth } from './store.ts'

/** Whose step it is: no two processes take the same step at once. */
export interface Lease {
  readonly owner: string
  readonly until: number
}

/** What the account allows (wavespeed.ai/docs/account-levels). */
export interface Limits {
  readonly videosPerMinute: number
  readonly concurrency: number
}

export interface ClaimRequest {
  readonly now: number
  readonly limits: Limits
  /** Submissions begun after this time count against `limits.videosPerMinute`. */
  readonly windowStart: number
  readonly lease: Lease
  /** Models whose jobs are stepped over; none by default. */
  readonly without?: readonly string[]
  /** The job that was tried longest ago instead of the oldest one, so that all get their turn. */
  readonly inTurn?: boolean
  readonly decide: Decide
}

export type Claim =
  | { readonly kind: 'claimed'; readonly transition: Transition }
  /** Nothing may start now; `until` is when that may change by time alone, null if only an event can. */
  | { readonly kind: 'wait'; readonly until: number | null }

/** A change at the end of a step: `job` as it stands, with the time of its next one. */
export interface FinishedStep extends Change {
  readonly job: Job
}

/** What the worker and the archiver ask for: whose turn it is, and who takes it. Never for a client. */
export interface JobWork {
  /** The oldest due QUEUED job, if the limits leave room: counted, moved and leased in one transaction. */
  claim(request: ClaimRequest): Awaitable<Claim>
  /** Leases the next step of an unfinished job; null if it is finished, unknown or leased by another. */
  lease(id: string, lease: Lease, now: number): Awaitable<Job | null>
  /** Lets leases of `lease.owner` last until `lease.until`; one that it lost meanwhile is left as it is. */
  renewLeases(ids: readonly string[], lease: Lease): Awaitable<void>
  /** `change`, and gives the lease back with the time of the next step, in the same transaction. */
  finishStep(
    id: string,
    owner: string,
    decide: Decide,
    nextRunAt: (job: Job) => number,
  ): Awaitable<FinishedStep | null>
  /** Which job holds this prediction. */
  jobOfPrediction(predictionId: string): Awaitable<string | null>
  /** Unfinished jobs that were sent and whose next step is due at `before` or earlier, and no longer leased then. */
  stepsDue(query: {
    readonly before: number
    readonly limit: number
  }): Awaitable<readonly { readonly id: string; readonly runAt: number }[]>
  /** COMPLETED jobs whose outputs the archive has still to copy, if they ended after `finishedAfter`; oldest first. */
  jobsToKeep(finishedAfter: number): Awaitable<readonly string[]>
  /**
   * Where one process owns the store: gives back the leases of the one before it, and brings steps due after `latest`
   * forward to it, since a clock may have been set back. Where many share it, nothing.
   */
  recover(latest: number): Awaitable<void>
}

/** All of the history. Whoever uses it asks for the roles that it needs. */
export interface JobStore extends JobReader, JobWriter, JobWork, StoreHealth {}
