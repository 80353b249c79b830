/**
 * The closed catalogue of failures that a client can meet.
 *
 * `JobErrorCode`s are data on a job (`Job.error`): the job ended, and the code says why. The classes below are
 * answers to a mutation: expected, typed members of its result union. Everything else is a fault of ours, is
 * masked by the server and carries a request id.
 */

/** Whether the vendor charged for a job. `REFUNDED`: charged, and given back by the vendor's own rule. */
export type Billed = 'NO' | 'YES' | 'REFUNDED' | 'UNKNOWN'

interface JobErrorMeaning {
  readonly meaning: string
  /** Whether the same input may succeed when it is sent again. */
  readonly retryable: boolean
  readonly billed: Billed
}

/**
 * Why a job FAILED. Numbers are the vendor's task codes (wavespeed.ai/docs/error-codes); failed tasks are refunded
 * by the vendor within three hours (wavespeed.ai/docs/troubleshooting-guide).
 */
export const jobErrors = {
  INPUT_REFUSED: {
    meaning:
      'The vendor refused the input (HTTP 400, 413, 415 or 422, codes 1400 and 1401). Nothing was made.',
    retryable: false,
    billed: 'NO',
  },
  ACCOUNT_REFUSED: {
    meaning: 'The vendor refused the account or its role for this job (HTTP 401 or 403), and took others.',
    retryable: false,
    billed: 'NO',
  },
  MODEL_UNAVAILABLE: {
    meaning: 'The vendor does not offer the model for this job (its own HTTP 404), and took others of it.',
    retryable: true,
    billed: 'NO',
  },
  SUBMISSION_REFUSED: {
    meaning:
      'The vendor, or what stands before it, refused this job without naming its input, and took others.',
    retryable: true,
    billed: 'NO',
  },
  INSUFFICIENT_CREDITS: {
    meaning:
      "The account's credits do not cover the job (HTTP 402, code 1407), though they did for others. Top up, then retry.",
    retryable: true,
    billed: 'NO',
  },
  CONTENT_MODERATED: {
    meaning: "The vendor's content moderation stopped the job (code 1200). Change the prompt or the clip.",
    retryable: false,
    billed: 'REFUNDED',
  },
  MEDIA_UNREACHABLE: {
    meaning: 'The vendor could not download the source clip or a LoRA (code 1402).',
    retryable: true,
    billed: 'REFUNDED',
  },
  TASK_FAILED: {
    meaning: 'The vendor could not complete the task (codes 1403, 1405, 1406 and others).',
    retryable: true,
    billed: 'REFUNDED',
  },
  VENDOR_FAULT: {
    meaning: 'The vendor failed internally (codes 5000 and 5003).',
    retryable: true,
    billed: 'REFUNDED',
  },
  VENDOR_TIMEOUT: {
    meaning: 'The task ran out of time at the vendor (status timeout, code 5004).',
    retryable: true,
    billed: 'REFUNDED',
  },
  VENDOR_CANCELLED: {
    meaning: 'The task was cancelled at the vendor, not through this gateway.',
    retryable: true,
    billed: 'UNKNOWN',
  },
  PREDICTION_DELETED: {
    meaning: 'The prediction was deleted at the vendor, not through this gateway.',
    retryable: true,
    billed: 'UNKNOWN',
  },
  PREDICTION_NOT_FOUND: {
    meaning:
      'The vendor says for minutes on end that it does not know the prediction, and does not list it: it keeps them for seven days.',
    retryable: true,
    billed: 'UNKNOWN',
  },
  DEADLINE_EXCEEDED: {
    meaning: "The vendor did not finish within the gateway's deadline (JOB_DEADLINE_MINUTES).",
    retryable: true,
    billed: 'UNKNOWN',
  },
  SUBMISSION_UNKNOWN: {
    meaning:
      "The submission's answer was lost and the vendor's list does not show the task. It was not sent again, since it may have been billed: check the vendor's dashboard before you retry.",
    retryable: true,
    billed: 'UNKNOWN',
  },
} as const satisfies Record<string, JobErrorMeaning>

export type JobErrorCode = keyof typeof jobErrors

/** One fault of an input field, with its limits as numbers so that a form can show them. */
export interface InputIssue {
  /** The field as the client wrote it: `strength`, `loras.1.scale`. */
  readonly path: string
  readonly message: string
  readonly minimum: number | null
  readonly maximum: number | null
}

/** An expected failure: a member of a mutation's result union; in a query or subscription a GraphQL error. */
export abstract class ExpectedError extends Error {
  abstract readonly code: string
}

/** The input breaks rules of the vendor's document. Nothing was recorded and nothing sent. */
export class InvalidInputError extends ExpectedError {
  readonly code = 'INVALID_INPUT'
  readonly issues: readonly InputIssue[]
  constructor(issues: readonly InputIssue[]) {
    super(issues.map((issue) => issue.message).join(' '))
    this.issues = issues
  }
}

/** The key was used before, for another input. Nothing was recorded. */
export class IdempotencyConflictError extends ExpectedError {
  readonly code = 'IDEMPOTENCY_CONFLICT'
  /** The job that was made with the key. */
  readonly jobId: string
  constructor(jobId: string) {
    super(`This idempotencyKey already made ${jobId}, from another input: use a new key for a new request.`)
    this.jobId = jobId
  }
}

/** No job has this id. */
export class JobNotFoundError extends ExpectedError {
  readonly code = 'JOB_NOT_FOUND'
  readonly jobId: string
  constructor(jobId: string) {
    super(`There is no job with the id ${JSON.stringify(jobId.slice(0, 80))}.`)
    this.jobId = jobId
  }
}

/** The job's state does not allow what was asked. */
export class JobStateError extends ExpectedError {
  readonly code = 'JOB_STATE'
  readonly state: string
  readonly allowed: readonly string[]
  constructor(action: string, state: string, allowed: readonly string[]) {
    super(`A job that is ${state} cannot be ${action}; it has to be ${allowed.join(', ')}.`)
    this.state = state
    this.allowed = allowed
  }
}

/** The vendor could not do what a mutation asked of it; nothing was changed here either. */
export class VendorUnavailableError extends ExpectedError {
  readonly code = 'VENDOR_UNAVAILABLE'
}

/** What is wrong with the history's file, in words for people. */
const historyFaults = {
  busy: 'another program holds its file',
  'read-only': 'its file or file system is read-only',
  full: 'its disk is full',
  broken: 'its file cannot be read or written',
  unreachable: 'its database does not answer',
  replaced: 'its file was removed, replaced or mounted over',
} as const

export type HistoryFault = keyof typeof historyFaults

/**
 * The history cannot be written, or not even read, just now; nothing was changed, unless its words say so. It says
 * nothing of what was asked and may meet any operation, so it is in no result union.
 */
export class HistoryUnavailableError extends ExpectedError {
  readonly code = 'HISTORY_UNAVAILABLE'
  readonly fault: HistoryFault
  /** @param done what was changed all the same, and what to do about it, in a sentence */
  constructor(fault: HistoryFault, options?: ErrorOptions, done = 'Nothing was changed; try again later.') {
    super(`The history is not available: ${historyFaults[fault]}. ${done}`, options)
    this.fault = fault
  }
}

/** A job whose record in the history is broken. It is in no result union: a person has to repair or remove the row. */
export class JobUnreadableError extends ExpectedError {
  readonly code = 'JOB_UNREADABLE'
  constructor(jobId: string) {
    super(`The record of the job ${JSON.stringify(jobId.slice(0, 80))} is broken: it cannot be read.`)
  }
}

/** The archive could not remove all of a job's kept outputs; the job was kept. */
export class ArchiveUnavailableError extends ExpectedError {
  readonly code = 'ARCHIVE_UNAVAILABLE'
}

/** The gateway stops. It ends the streams that are still open, and is in no result union. */
export class StoppingError extends ExpectedError {
  readonly code = 'STOPPING'
  constructor() {
    super('The gateway is stopping.')
  }
}

/** A stream whose reader is so far behind that it has to start afresh. It ends streams and is in no result union. */
export class StreamTooSlowError extends ExpectedError {
  readonly code = 'STREAM_TOO_SLOW'
  constructor() {
    super('This stream fell too far behind; subscribe again to read the state as it stands.')
  }
}
