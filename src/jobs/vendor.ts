import type { JobInput } from './input.ts'
import type { Job, JobError, JobOutput } from './job.ts'

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
  /** When the vendor made it, by its own clock; null where it does not say. */
  readonly createdAt: number | null
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
  /** Surely not sent: the caller's own step before the first byte failed. It says nothing of the vendor. */
  | { readonly kind: 'withheld'; readonly message: string }
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

/** How many of a kind may be under way now; where that is none, until when at least, null: until that is told. */
export interface Room {
  readonly atMost: number
  readonly until: number | null
}

/** A pause of all submissions that goes on until one is accepted or refused. */
export interface Pause {
  readonly reason: 'rate' | 'unreachable'
  /** The vendor's words, or those of the fault. */
  readonly message: string
  readonly since: number
}

/** Whether the vendor is well, by all exchanges with it. */
export interface VendorHealth {
  /** The last word on it. */
  readonly status: VendorStatus
  readonly pause: Pause | null
  maySubmit(): Room
  mayPoll(): Room
  /** Until when no submission may leave, since one was surely not taken; 0 if one may. */
  heldUntil(): number
  /** The pause before what was not answered is asked for again; `askedMs` is what the vendor asks for. */
  retryPause(askedMs?: number): number
}

/** In whatever it answers, `token` and the other secrets are taken out of the vendor's words. */
export interface Vendor {
  /**
   * Sends the job once, with the address for its callback if it has one. Never throws, never sends twice. `beforeSend` is
   * called at most once, when the connection stands, and no byte of the request leaves before it has resolved, or at all
   * where it fails. Without it having been called the outcome is never `unknown`.
   */
  submit(
    job: Pick<Job, 'model' | 'input' | 'callbackToken'>,
    callbackUrl: string | null,
    beforeSend?: () => void | Promise<void>,
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
