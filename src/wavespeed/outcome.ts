import type { JobErrorCode } from '../jobs/failure.ts'
import type { PollOutcome, SubmitOutcome } from '../jobs/vendor.ts'
import { VendorError } from './error.ts'

/** The rest of a minute at most: the vendor's rate limit resets every minute (wavespeed.ai troubleshooting guide). */
const ratePauseMs = 60_000 // 1 minute
const unreachablePauseMs = 10_000 // 10 seconds

/** What `Retry-After` asks for, within reason: 0 would be a storm, a year would hold every job. */
const askedPause = (ms: number) => Math.min(Math.max(ms, 1_000), 300_000) // 1 second to 5 minutes

/** Statuses of the 4xx family that do not say the request was refused, only that its answer did not come. */
const ambiguous = [408, 499]
/** Statuses that speak of the request itself (wavespeed.ai/docs/rest-api). */
const ofInput = [400, 413, 415, 422]
/** A body that is too large is refused by whatever stands before the vendor, too. */
const tooLarge = 413

/** The failures behind task codes and statuses of a submission; a refusal that names the input is INPUT_REFUSED. */
const codes: Readonly<Record<number, JobErrorCode>> = {
  402: 'INSUFFICIENT_CREDITS',
  1200: 'CONTENT_MODERATED',
  1402: 'MEDIA_UNREACHABLE',
  1407: 'INSUFFICIENT_CREDITS',
}
const creditsCode = 1407

/**
 * Which failure of a submission is which outcome; `docs/job-lifecycle.md` has the same table. Only an answer that
 * surely means "not taken" may lead to another POST: everything else is unknown, and is searched for. And only an answer
 * that names the input may fail a job at once: what speaks of the account, the address or the model meets every job.
 */
export function submitFailure(error: unknown): SubmitOutcome {
  if (!(error instanceof VendorError)) {
    return { kind: 'unknown', message: error instanceof Error ? error.message : 'unforeseen fault' }
  }
  const { message } = error
  switch (error.fault) {
    case 'not-sent':
      return { kind: 'deferred', reason: 'unreachable', message, pauseMs: unreachablePauseMs }
    case 'withheld':
      return { kind: 'withheld', message }
    case 'status':
    case 'envelope':
      return answered(error)
    case 'interrupted':
    case 'not-json':
    case 'shape':
      return { kind: 'unknown', message }
  }
}

function answered(error: VendorError): SubmitOutcome {
  const { message, isVendors } = error
  const number = numberOf(error)
  if (number === 429) {
    return {
      kind: 'deferred',
      reason: 'rate',
      message,
      pauseMs: askedPause(error.retryAfterMs ?? ratePauseMs),
    }
  }
  const isRefusal = (number >= 400 && number < 500) || isTaskCode(number)
  if (!isRefusal || ambiguous.includes(number)) return { kind: 'unknown', message }
  const held = (scope: 'key' | 'account' | 'address' | 'model', code: JobErrorCode): SubmitOutcome => ({
    kind: 'held',
    scope,
    error: { code, message },
  })
  switch (number) {
    case 401:
      return held('key', 'ACCOUNT_REFUSED')
    case 402:
    case 403:
    case creditsCode:
      return held('account', codes[number] ?? 'ACCOUNT_REFUSED')
    case 404:
      return isVendors ? held('model', 'MODEL_UNAVAILABLE') : held('address', 'SUBMISSION_REFUSED')
  }
  const namesInput = isTaskCode(number)
    ? /^1[24]/.test(String(number))
    : ofInput.includes(number) && (isVendors || number === tooLarge)
  if (!namesInput) return held('address', 'SUBMISSION_REFUSED')
  return { kind: 'refused', error: { code: codes[number] ?? 'INPUT_REFUSED', message } }
}

/** A task code where there is one, then the number of an envelope that came with HTTP 200, else the status. */
function numberOf({ fault, status, code }: VendorError): number {
  if (code !== null && isTaskCode(code)) return code
  return (fault === 'envelope' ? code : status) ?? 0
}

function isTaskCode(number: number): boolean {
  return number >= 1_000 && number < 2_000
}

/** The longest `Retry-After` that a poll keeps. */
const longestPollPauseMs = 60_000 // 1 minute

/**
 * What a failed poll means. None ends a job: the vendor's own 404 may, once it has lasted, and everything else is the
 * way to the vendor or the vendor itself, which may answer better later.
 */
export function pollFailure(error: VendorError): PollOutcome {
  const { message, isVendors, retryAfterMs } = error
  const number = numberOf(error)
  if (number === 404 && isVendors) return { kind: 'notFound', message }
  const isNonsense =
    error.fault === 'shape' || error.fault === 'not-json' || (number >= 1_000 && number < 5_000)
  if (isNonsense) return { kind: 'unusable', message }
  const pauseMs = retryAfterMs === null ? null : Math.min(retryAfterMs, longestPollPauseMs)
  return { kind: 'unanswered', message, pauseMs }
}
