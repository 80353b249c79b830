/**
 * What the domain needs from the outside: a store, a vendor, a queue, an event bus, a clock. Types only, so that
 * every module may import them and none learns what stands behind them.
 */
import type { InputIssue, JobErrorCode } from '../errors.ts'

/** SQLite answers at once, PostgreSQL later: callers `await`, or hand the value on. */
export type Awaitable<T> = T | Promise<T>

export const jobStates = [
  'QUEUED',
  'SUBMITTING',
  'CREATED',
  'PROCESSING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
] as const
export type JobState = (typeof jobStates)[number]

export interface Lora {
  readonly path: string
  readonly scale: number
}

/** The vendor's parameters as they are sent, defaults filled in and the seed drawn; names in camelCase. */
export interface JobInput {
  readonly video: string
  readonly prompt: string
  readonly negativePrompt: string | null
  readonly loras: readonly Lora[]
  readonly numInferenceSteps: number
  readonly duration: number
  readonly strength: number
  readonly guidanceScale: number
  readonly flowShift: number
  readonly seed: number
}

/** An input as a client wrote it: anything may be missing or null, nothing is checked yet. */
export type InputDraft = {
  readonly [K in Exclude<keyof JobInput, 'loras'>]?: JobInput[K] | null | undefined
} & { readonly loras?: readonly { [K in keyof Lora]?: Lora[K] | null | undefined }[] | null | undefined }

export interface JobOutput {
  readonly url: string
  /** The vendor's flag for this output; null where it gave none. */
  readonly nsfw: boolean | null
  /** Milliseconds since 1970: when the vendor drops the file (seven days after the prediction was made). */
  readonly expiresAt: number
  /** The archive's copy; absent while there is none. */
  readonly kept?: KeptCopy
}

/** A file in the archive. */
export interface KeptCopy {
  /** Its name there, such as `job_…/0.mp4`. */
  readonly key: string
  readonly bytes: number
  readonly contentType: string
}

export interface JobError {
  readonly code: JobErrorCode
  /** The vendor's words where it gave any, else the catalogue's. */
  readonly message: string
}

/** A job as the history knows it. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string
  /** Grows by one with every recorded change; starts at 1. */
  readonly version: number
  readonly state: JobState
  /** The vendor's model id, such as `wavespeed-ai/wan-2.1/v2v-480p-lora`. */
  readonly model: string
  readonly input: JobInput
  /** Whether the client left the seed to chance: a retry then draws a new one. */
  readonly seedDrawn: boolean
  readonly retryOf: string | null
  /** The client's own name for the request: a repeated one answers this job instead of making another. */
  readonly idempotencyKey: string | null
  /** The part of the callback's address that nobody can guess; null if the submission asked for no callback. */
  readonly callbackToken: string | null
  readonly createdAt: number
  readonly updatedAt: number
  /** When the POST was begun, and once it is answered, when that was; null while nothing was sent. */
  readonly submittedAt: number | null
  readonly finishedAt: number | null
  /** From when on a job that the vendor has not finished fails; null until it was accepted. */
  readonly deadlineAt: number | null
  readonly predictionId: string | null
  /** The vendor's own word, kept as it came, since its set is open. */
  readonly vendorStatus: string | null
  readonly outputs: readonly JobOutput[]
  /**
   * KEPT: the archive has every output that could be had. LOST: it has none of them, and there is nothing left to try.
   * Null while that is open.
   */
  readonly archived: 'KEPT' | 'LOST' | null
  /** The vendor's `timings.inference` in milliseconds. */
  readonly inferenceMs: number | null
  readonly error: JobError | null
  /** When the next step is due. */
  readonly runAt: number
}

/** A job without its texts, which may be long: for lists that are not asked for them. */
export type ListedJob = Omit<Job, 'input'>

export interface TimelineEntry {
  readonly version: number
  readonly at: number
  readonly state: JobState
  /** A sentence for people. */
  readonly message: string
}

/** What an event made of a job. */
export interface Transition {
  readonly job: Job
  readonly entry: TimelineEntry
}

// ---------------------------------------------------------------- the store

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

export type Decide = (job: Job) => Transition | null

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

export interface JobStore extends JobReader {
  /** Records a new job, unless another one holds its `idempotencyKey`: then that one is answered, else null. */
  insert(job: Job, entry: TimelineEntry): Awaitable<Job | null>
  /** Reads the row, lets `decide` judge it and writes row, timeline and version, all in one transaction. */
  apply(id: string, decide: Decide): Awaitable<Transition | null>
  /** The oldest due QUEUED job, if the limits leave room: counted, moved and leased in one transaction. */
  claim(request: ClaimRequest): Awaitable<Claim>
  /** Leases the next step of an unfinished job; null if it is finished, unknown or leased by another. */
  lease(id: string, lease: Lease, now: number): Awaitable<Job | null>
  /** Lets leases of `lease.owner` last until `lease.until`; one that it lost meanwhile is left as it is. */
  renewLeases(ids: readonly string[], lease: Lease): Awaitable<void>
  /** `apply`, and gives the lease back with the time of the next step, in the same transaction. */
  finishStep(
    id: string,
    owner: string,
    decide: Decide,
    nextRunAt: (job: Job) => number,
  ): Awaitable<{ readonly transition: Transition | null; readonly job: Job | null }>
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
  /** Removes a job with its timeline if `allowed` says so; answers the job as it was. */
  remove(id: string, allowed: (job: Job) => boolean): Awaitable<Job | null>
  /** Throws if the store cannot answer. */
  ping(): Awaitable<void>
  /** Throws if nothing can be written just now: it really writes, and leaves nothing behind. */
  checkWritable(): Awaitable<void>
}

// ---------------------------------------------------------------- the vendor

/** A prediction as far as a job is concerned, from a poll or (the same shape) from a webhook. */
export interface PredictionReport {
  readonly id: string
  /** What the vendor's status means for a job; `other` is a status we do not know: not finished. */
  readonly phase: 'created' | 'processing' | 'completed' | 'failed' | 'other'
  /** The vendor's own word. */
  readonly status: string
  readonly outputs: readonly JobOutput[]
  /** Why outputs of a completed one cannot be used, in words. */
  readonly unusable: readonly string[]
  readonly inferenceMs: number | null
  /** Why it failed; null unless `phase` is `failed`. */
  readonly failure: JobError | null
}

/** What a refusal that does not name the input speaks of. */
export type HoldScope = 'key' | 'account' | 'address' | 'model'

/** What became of a POST. Only `unknown` may have been billed without our knowing. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly report: PredictionReport }
  | { readonly kind: 'refused'; readonly error: JobError }
  /** Surely not accepted, and the reason would meet other jobs too; `error` is the job's own if it does not. */
  | { readonly kind: 'held'; readonly scope: HoldScope; readonly error: JobError }
  /** Surely not accepted, and worth another try later: rate, or no connection. */
  | {
      readonly kind: 'deferred'
      readonly reason: 'rate' | 'unreachable'
      readonly message: string
      readonly pauseMs: number
    }
  | { readonly kind: 'unknown'; readonly message: string }

export type PollOutcome =
  | { readonly kind: 'report'; readonly report: PredictionReport }
  /** The vendor itself says that it does not know the prediction. */
  | { readonly kind: 'notFound'; readonly message: string }
  /** Answered, but not with a prediction. */
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'unanswered'; readonly message: string; readonly pauseMs: number | null }

export type FindOutcome =
  | { readonly kind: 'answered'; readonly reports: readonly PredictionReport[] }
  | { readonly kind: 'unanswered'; readonly message: string }

/** How the vendor is, as this gateway knows it. */
export interface VendorStatus {
  readonly state:
    | 'UNKNOWN'
    | 'OK'
    | 'UNREACHABLE'
    | 'KEY_REFUSED'
    | 'NOT_THE_VENDOR'
    | 'ACCOUNT_REFUSED'
    | 'SUBMISSIONS_REFUSED'
    | 'RATE_LIMITED'
  /** A sentence for people, without secrets. */
  readonly message: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/** In whatever it answers, `token` and the other secrets are taken out of the vendor's words. */
export interface Vendor {
  /** Sends the job once, with the address for its callback if it has one. Never throws, never sends twice. */
  submit(
    job: Pick<Job, 'model' | 'input' | 'callbackToken'>,
    callbackUrl: string | null,
  ): Promise<SubmitOutcome>
  poll(predictionId: string, token: string | null): Promise<PollOutcome>
  /** Predictions of this very input made between `from` and `to`, oldest first. */
  find(query: {
    readonly model: string
    readonly input: JobInput
    readonly from: number
    readonly to: number
    readonly token: string | null
  }): Promise<FindOutcome>
  /** Whether the vendor's list shows a prediction made between `from` and `to`; null if that could not be found out. */
  isListed(query: {
    readonly predictionId: string
    readonly model: string
    readonly from: number
    readonly to: number
  }): Promise<boolean | null>
  /** Whether it is the vendor that answers a harmless question, and it accepts the key. */
  probe(): Promise<boolean>
  /** Deletes a prediction and its files; answers a message if that could not be done. */
  remove(
    predictionId: string,
    token: string | null,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>
}

/** What a callback of the vendor brought, not verified yet: its headers `webhook-…`, and its body byte for byte. */
export interface WebhookDelivery {
  /** Undefined if the header is missing; Node joins repeated ones, which then fit no form. */
  readonly id: string | undefined
  readonly timestamp: string | undefined
  readonly signature: string | undefined
  readonly body: Buffer
}

// ---------------------------------------------------------------- the archive

/** A file on its way here. Whoever gets one reads `body` to its end, or cancels it. */
export interface IncomingFile {
  /** As it was declared: lower case, without parameters; empty if it was not. */
  readonly contentType: string
  /** The declared length in bytes; null if there was none. */
  readonly length: number | null
  readonly body: AsyncIterable<Uint8Array>
  cancel(): void
}

/** Where outputs are copied from. */
export interface OutputSource {
  /** Never throws; the body of a file may. A `lasting` failure is one that another try is unlikely to mend. */
  fetch(
    url: string,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'file'; readonly file: IncomingFile }
    | { readonly kind: 'failed'; readonly lasting: boolean; readonly message: string }
  >
}

/** How a kept file is answered over HTTP. */
export type KeptFile =
  | { readonly kind: 'file'; readonly path: string; readonly contentType: string }
  /** A URL that works for a short while. */
  | { readonly kind: 'redirect'; readonly url: string }

/** A place for files that does not forget. Its keys are those of `media.ts`; every method throws if it cannot do it. */
export interface Archive {
  /**
   * Stores a file whole or not at all, over one that is there. A throw of `body` is passed on. Whoever aborts `signal`
   * makes `body` throw, too.
   */
  put(
    key: string,
    file: { readonly contentType: string; readonly body: AsyncIterable<Uint8Array> },
    signal: AbortSignal,
  ): Promise<void>
  /** Removes every file of a job; nothing happens if there is none. Some may be gone when it throws. */
  remove(jobId: string, signal: AbortSignal): Promise<void>
  /** Null for what is no key. Whether there is such a file may only come out when it is read. */
  locate(key: string, method: 'GET' | 'HEAD'): Promise<KeptFile | null>
  /** Throws if nothing can be stored just now. */
  check(): Promise<void>
  /** Removes what copies left behind that were begun before that time, and that nobody goes on with. */
  recover(before: number): Promise<void>
  /** Breaks off what is under way. */
  close(): void
}

/** Completes a draft with the document's defaults, or says everything that is wrong with it. */
export type InputRules = (
  draft: InputDraft,
) => { readonly input: JobInput } | { readonly issues: readonly InputIssue[] }

// ---------------------------------------------------------------- queue, events, clock

/** Runs steps when they are due. An entry only wakes: the rows are the truth. */
export interface StepQueue {
  /** `run` answers when the same key is due again, or null if nothing more is to be done for it. */
  start(run: (key: string) => Promise<number | null>): void
  /** One entry per key: an earlier time wins over a later one. */
  schedule(key: string, at: number): void
  /** Takes no new step and waits for those under way. What others are to take may still be scheduled. */
  pause(): Promise<void>
  /** `pause`, and the end of scheduling. */
  stop(): Promise<void>
}

/** A stream of changes; ends when the reader leaves it or the bus is closed. */
export type JobStream = AsyncIterableIterator<Job>

export interface JobEvents {
  publish(job: Job): void
  /** Changes of one job from now on. */
  ofJob(id: string): JobStream
  /** Changes of every job from now on; with `wanted` only those it holds for, the others cost the stream nothing. */
  ofAll(wanted?: (job: Job) => boolean): JobStream
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once, `ms` from now; answers a function that calls it off. */
  after(ms: number, run: () => void): () => void
}
