import type { JobErrorCode } from '../errors.ts'
import type { SubmitOutcome } from '../jobs/ports.ts'
import { VendorError } from './error.ts'

/** The rest of a minute at most: the vendor's rate limit resets every minute (wavespeed.ai troubleshooting guide). */
const ratePauseMs = 60_000 // 1 minute
/** A key does not heal by itself: a person has to act. */
const keyPauseMs = 30_000 // 30 seconds
const unreachablePauseMs = 10_000 // 10 seconds

/** What `Retry-After` asks for, within reason: 0 would be a storm, a year would hold every job. */
const askedPause = (ms: number) => Math.min(Math.max(ms, 1_000), 300_000) // 1 second to 5 minutes

/** Error bodies of a submit that name a documented task code, else by HTTP status; what is missing is INPUT_REFUSED. */
const refusals: Readonly<Record<number, JobErrorCode>> = {
  402: 'INSUFFICIENT_CREDITS',
  403: 'ACCOUNT_REFUSED',
  1200: 'CONTENT_MODERATED',
  1402: 'MEDIA_UNREACHABLE',
  1407: 'INSUFFICIENT_CREDITS',
}

/** Statuses of the 4xx family that do not say the request was refused, only that its answer did not come. */
const ambiguous = [408, 499]

/**
 * Which failure of a submission is which outcome; `docs/job-lifecycle.md` has the same table. The rule behind it: only
 * an answer that surely means "not taken" may lead to another POST. Everything else is unknown, and is looked for.
 */
export function submitFailure(error: unknown): SubmitOutcome {
  if (!(error instanceof VendorError)) {
    return { kind: 'unknown', message: error instanceof Error ? error.message : 'unforeseen fault' }
  }
  const { message } = error
  switch (error.fault) {
    case 'not-connected':
      return { kind: 'deferred', reason: 'unreachable', message, pauseMs: unreachablePauseMs }
    case 'status':
    case 'envelope': {
      // An error with HTTP 200 counts by the number in its envelope.
      const number = error.fault === 'envelope' ? (error.code ?? 0) : (error.status ?? 0)
      if (number === 429) {
        return {
          kind: 'deferred',
          reason: 'rate',
          message,
          pauseMs: askedPause(error.retryAfterMs ?? ratePauseMs),
        }
      }
      if (number === 401) return { kind: 'deferred', reason: 'unauthorized', message, pauseMs: keyPauseMs }
      const refused = (number >= 400 && number < 500) || (number >= 1000 && number < 2000)
      if (!refused || ambiguous.includes(number)) return { kind: 'unknown', message }
      const code = refusals[error.code ?? number] ?? refusals[number] ?? 'INPUT_REFUSED'
      return { kind: 'refused', error: { code, message } }
    }
    case 'interrupted':
    case 'not-json':
    case 'shape':
      return { kind: 'unknown', message }
  }
}
