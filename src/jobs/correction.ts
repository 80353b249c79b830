import type { Expectation } from './estimate.ts'
import type { Job, Transition } from './job.ts'
import { transition } from './state.ts'
import type { Submission } from './submission.ts'
import type { PredictionReport } from './vendor.ts'

/** A job with what was sent for it. */
export interface Sent {
  readonly job: Job
  readonly submission: Submission | null
}

/** What a callback says, and what holds for a job that had not heard of its task. */
interface Told {
  readonly report: PredictionReport
  readonly deadlineAt: number
  readonly expected?: Expectation | undefined
}

/** What becomes of a job that is told of another job's prediction, or of another one than it has, and of that other job. */
export interface Correction {
  readonly own: Transition
  readonly holder: Transition | null
}

/**
 * What a verified callback makes of a guess: of equal requests the search may have taken the task of one for another's. The
 * callback's token says whose it is. Null where somebody was not guessing, or has been told of its end already.
 */
export function correctionOf(
  { job, submission }: Sent,
  holder: Sent | null,
  { report, ...told }: Told,
  now: number,
): Correction | null {
  const known = job.predictionId
  if (known !== null && !submission?.guessed) return null
  const own =
    known === null
      ? transition(job, { type: 'accepted', report, adopted: true, ...told }, now)
      : transition(job, { type: 'corrected', report }, now)
  if (own === null) return null
  if (holder === null) return { own, holder: null }
  if (!holder.submission?.guessed) return null
  // What became free may be its own: its callback would tell if it is not.
  const displaced = transition(holder.job, { type: 'displaced', predictionId: known }, now)
  return displaced && { own, holder: displaced }
}
