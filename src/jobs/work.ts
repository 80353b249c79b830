import type { Correction, Sent } from './correction.ts'
import type { Durations } from './estimate.ts'
import type { Hold } from './hold.ts'
import type { Job, ListedJob, Transition } from './job.ts'
import type { Change, ChangePlace, Decide, StoreHealth, Tenants } from './store.ts'
import type { Submission } from './submission.ts'

/** What is to be done for a job: ask the vendor about it, or copy its outputs to the archive. */
export type WorkKind = 'poll' | 'copy'

/** Whose work it is: no two processes do the same at once. */
export interface Lease {
  readonly owner: string
  readonly until: number
}

/** What the account allows (wavespeed.ai/docs/account-levels). */
export interface Limits {
  readonly videosPerMinute: number
  readonly concurrency: number
  /** Jobs of one tenant at the vendor, where nothing else is said of it; no limit but the account's if that is left out. */
  readonly perTenant?: number | null | undefined
}

export interface ClaimRequest {
  readonly now: number
  readonly limits: Limits
  /** Submissions begun after this time count against `limits.videosPerMinute`. */
  readonly windowStart: number
  readonly lease: Lease
  /** How many jobs may start; 1 where nothing is said. */
  readonly atMost?: number
  /** Told what holds submissions up, as the claim finds it. */
  readonly heed?: (holds: readonly Hold[]) => void
  readonly decide: Decide
}

export type Claimed = readonly [Transition, ...Transition[]]

export type Claim =
  /** In the order in which they are to start. */
  | { readonly kind: 'claimed'; readonly transitions: Claimed }
  /** Nothing may start now; `until` is when that may change by time alone, null if only an event can. */
  | { readonly kind: 'wait'; readonly until: number | null }

/** One POST of a job, as its claim made it. */
export interface Attempt {
  /** See `Submission.attempt`. */
  readonly attempt: number
  /** Whether it may have left. */
  readonly mayBeSent: boolean
}

/** What a correction has changed. */
export interface Corrected {
  readonly own: Change
  readonly holder: Change | null
}

export interface TakeRequest {
  readonly kind: WorkKind
  readonly now: number
  readonly limit: number
  readonly lease: Lease
}

export interface Taken {
  /** What is still to be followed of jobs that were deleted. */
  readonly orphans: readonly Submission[]
  /** Jobs whose work is leased from now on. */
  readonly jobs: readonly ListedJob[]
  /** When the next one is due that was not taken, as far as is known; null if there is none. */
  readonly nextAt: number | null
}

/** Work that is given back: due again `at` that time, or done. */
export interface Finished {
  readonly id: string
  readonly at: number | null
}

/**
 * What the worker and the archiver ask for: what is due, and who does it. Never for a client.
 *
 * Each piece of work is a row. One that is taken is due again at the end of its lease, so the work of a process that died is
 * taken by the next without anybody having to notice. A job gets its row in the transaction that claims it, and loses it
 * with the end of its submission.
 */
export interface JobWork {
  job(id: string): Promise<Job | null>
  /** Lets `decide` judge the row and writes what follows, as a `JobWriter` does. */
  change(id: string, decide: Decide): Promise<Change | null>
  /**
   * Due QUEUED jobs, as far as the limits leave room: counted, moved and leased in one transaction. Each is the oldest one of
   * the tenant that has the least of what the account allows (`spending/fairness.ts`), of those that may have another one
   * there, as if the ones before it had been claimed one by one. What a hold pauses is left out. Once the pause is over one claim of all tries whether the hold is, and no other until that is told:
   * tenants one after the other, whatever they have, and of each the job that was tried longest ago, so that all get their turn.
   */
  claim(request: ClaimRequest): Promise<Claim>
  /**
   * A submission was refused, for more than its job: there is a hold from now on. One that is there grows if it was this job
   * that tried it; what was under way meanwhile met the same reason once. Answers the hold as it stands then.
   */
  hold(jobId: string, grown: (before: Hold | null) => Hold): Promise<Hold>
  /** What this job tried is found out: these holds are over, and others may try the rest. */
  endTry(jobId: string, over: readonly string[]): Promise<void>
  /** Pauses are over: something may have been done about what was refused. */
  retryHolds(now: number): Promise<void>
  /** `change` for what the vendor would tell again: it need not outlive a power failure. */
  advance(id: string, decide: Decide): Promise<Change | null>
  /**
   * `advance` for an attempt of which the vendor surely has nothing. Nothing is changed where the job's submission is another
   * attempt by now, or has left although it was to be unsent: whoever decided that read it before.
   */
  withdraw(id: string, attempt: Attempt, decide: Decide): Promise<Change | null>
  /**
   * A job is told of a prediction that is not the one it has, or that another one holds. Both change in one transaction, if
   * `decide` says so; null if not, and where whoever held it was deleted.
   */
  correct(
    id: string,
    predictionId: string,
    decide: (own: Sent, holder: Sent | null) => Correction | null,
  ): Promise<Corrected | null>
  /** Leases what is due, the longest overdue first. */
  take(request: TakeRequest): Promise<Taken>
  /** Gives back what `owner` still holds. */
  finish(kind: WorkKind, owner: string, results: readonly Finished[]): Promise<void>
  /** Lets leases of `lease.owner` last until `lease.until`; one that it lost meanwhile is left as it is. */
  renew(kind: WorkKind, ids: readonly string[], lease: Lease): Promise<void>
  /** There is work for a job, due at this time; what is there already may only become due earlier. */
  put(kind: WorkKind, id: string, at: number): Promise<void>
  /** Since when the oldest QUEUED job might have been sent; null if none waits. */
  waitingSince(): Promise<number | null>
  /** When the first work is due or, where it is leased, may be taken over; null if there is none. */
  firstDue(kind: WorkKind): Promise<number | null>
  /** Makes what the jobs call for and is missing: after an upgrade, a backup, a row that was written by hand. */
  repair(kind: WorkKind, now: number): Promise<void>
  /** What is due later than `latest` waits by a clock that was set back before this process began: it is due now. */
  bringForward(kind: WorkKind, now: number, latest: number): Promise<void>
  /** Forgets submissions that nothing counts any more, and that jobs were deleted before a time. */
  prune(now: number, deletedBefore: number): Promise<void>
  /** Spreads what is overdue over the time after `now`, so that it does not come all at once. */
  spread(kind: WorkKind, now: number): Promise<void>
  /**
   * Where one process owns the store: gives back the leases of the one before it. Where many share it, nothing: theirs
   * are kept on purpose, and those of one that is gone end by themselves.
   */
  release(kind: WorkKind, now: number): Promise<void>
  /** The newest time at which anything was written; null if nothing was. The clock of a process begins no earlier. */
  newestTime(): Promise<number | null>
  /** Which job holds this prediction, or held it before it was deleted. */
  jobOfPrediction(predictionId: string): Promise<string | null>
  /** Submissions of the same request whose task is not known, of other jobs, deleted ones among them. */
  rivals(fingerprint: string, jobId: string): Promise<readonly Submission[]>
  /**
   * How long the vendor worked on the last completed jobs of a kind, in milliseconds, 200 at the most; and where these are
   * too few to tell, on those that `model` is the kind of.
   */
  durations(kind: string, model: string): Promise<Durations>
  /** Null for a job that was never sent, or whose submission the vendor did not take. */
  submission(jobId: string): Promise<Submission | null>
  /**
   * The first byte of this attempt is about to leave: that outlives a power failure. False if the attempt was taken back
   * meanwhile, by whoever found its lease at its end: then nothing may leave.
   */
  markSent(jobId: string, attempt: number, now: number): Promise<boolean>
  /** The vendor's task of a job is over, though nothing changes for the job: its place is free. */
  settle(jobId: string, now: number): Promise<void>
}

/**
 * What was written of jobs, in an order that only grows: whoever has read as far as a place misses nothing that comes after
 * it, however late its transaction ends.
 */
export interface ChangeLog {
  /** The place behind everything that can be read. */
  latest(): Promise<ChangePlace>
  /** The jobs that were changed after a place, each once, as they stand; those that were deleted are not among them. */
  changesAfter(
    place: ChangePlace,
    limit: number,
  ): Promise<{ readonly jobs: readonly Job[]; readonly place: ChangePlace; readonly isLast: boolean }>
}

/** All of the history. Whoever uses it is given the part that it needs. */
export interface History extends Tenants, StoreHealth {
  readonly work: JobWork
  readonly changes: ChangeLog
}
