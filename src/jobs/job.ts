import type { Estimate } from './estimate.ts'
import type { JobErrorCode } from './failure.ts'
import type { JobInput } from './input.ts'
import type { TenantId } from './tenant.ts'

export type JobState =
  | 'QUEUED'
  | 'SUBMITTING'
  | 'CREATED'
  | 'PROCESSING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELED'

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
  /** What a video shows; absent where its boxes do not tell. */
  readonly video?: VideoFacts
  /** The key of a picture of its first frame; absent where there is none. */
  readonly poster?: string
}

/** What the boxes of a video tell. */
export interface VideoFacts {
  /** In pixels, as it is shown: turned and stretched as the file says. */
  readonly width: number
  readonly height: number
  readonly durationMs: number
  /** On average; null of a single frame. */
  readonly framesPerSecond: number | null
}

export interface JobError {
  readonly code: JobErrorCode
  /** The vendor's words where it gave any, else the catalogue's. */
  readonly message: string
}

/** A job as the history knows it. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string
  readonly tenant: TenantId
  /** Grows by one with every recorded change; starts at 1. */
  readonly version: number
  readonly state: JobState
  /** The vendor's model id, such as `wavespeed-ai/wan-2.1/v2v-480p-lora`. */
  readonly model: string
  readonly input: JobInput
  /** Of the input, the text that the history is searched for; empty where the model takes none. */
  readonly prompt: string
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
  /** How long it was expected to take when the vendor took it; null until then. */
  readonly estimate: Estimate | null
  readonly error: JobError | null
  /** When it may be sent, while it is QUEUED. What is due later stands in a table of its own: see `JobWork`. */
  readonly runAt: number
}

/** A job without its texts, which may be long: for lists that are not asked for them. */
export type ListedJob = Omit<Job, 'input' | 'prompt'>

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
  /** Whether the prediction that it has now is only what the search found. */
  readonly guessed?: boolean
}
