/** Whether the vendor charged for a job. `REFUNDED`: charged, and given back by the vendor's own rule. */
export type Billed = 'NO' | 'YES' | 'REFUNDED' | 'UNKNOWN'

interface JobErrorMeaning {
  readonly meaning: string
  /** Whether the same input may succeed when it is sent again. */
  readonly retryable: boolean
  readonly billed: Billed
}

/**
 * Why a job FAILED: a closed catalogue, whose codes are data on the job (`Job.error`). Numbers are the vendor's task codes
 * (wavespeed.ai/docs/error-codes); failed tasks are refunded by the vendor within three hours
 * (wavespeed.ai/docs/troubleshooting-guide).
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
