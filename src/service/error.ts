import { ExpectedError } from '../expected-error.ts'
import type { InputIssue } from '../jobs/input.ts'

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

/** It is not known any more what was deleted since a place; or it is no place of this history. */
export class ChangesExpiredError extends ExpectedError {
  readonly code = 'CHANGES_EXPIRED'
  constructor(
    message = 'What was deleted since `changedSince` is not known any more: follow without it, and read the history anew.',
  ) {
    super(message)
  }
}

/** The tenant has no upload with this id. */
export class UploadNotFoundError extends ExpectedError {
  readonly code = 'UPLOAD_NOT_FOUND'
  readonly uploadId: string
  constructor(uploadId: string) {
    super(`There is no upload with the id ${JSON.stringify(uploadId.slice(0, 80))}.`)
    this.uploadId = uploadId
  }
}
