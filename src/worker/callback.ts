import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../jobs/clock.ts'
import { correctionOf } from '../jobs/correction.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { transition } from '../jobs/state.ts'
import type { PredictionReport } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Estimates } from './estimates.ts'

/** What a verified callback did. */
export type CallbackOutcome =
  | 'recorded'
  /** It said what was known already, or the job has ended. */
  | 'unchanged'
  /** It tells of a prediction that is not this job's, as the vendor's own answer has said, or as was told already. */
  | 'otherPrediction'
  /** The job was deleted while it was verified. */
  | 'unknown'

/** The vendor's callbacks: the other way, beside polls, in which a job learns what became of it. */
export interface Callbacks {
  /** Whether a job asked to be called back under this token; answered in constant time for a known job. */
  isExpected(jobId: string, token: string): Promise<boolean>
  /** What a verified callback to a job's address says. It may come before the answer to the POST, or twice. */
  receive(jobId: string, report: PredictionReport): Promise<CallbackOutcome>
  /** A poll found that a job which had asked for a callback has ended. */
  missed(): void
  /** Whether callbacks come; polls of jobs that asked for one are then only a safety net. */
  readonly trusted: boolean
  /** The same, with the reason, in words for people. */
  readonly experience: 'they come' | 'none came yet: polling' | 'one was missed: polling'
}

export interface CallbackOptions {
  readonly work: Pick<JobWork, 'job' | 'jobOfPrediction'>
  readonly recorder: Pick<Recorder, 'change' | 'correct'>
  readonly clock: Pick<Clock, 'now'>
  readonly estimates: Estimates
  /** How long the vendor may take before the job fails. */
  readonly deadlineMs: number
}

export function createCallbacks(options: CallbackOptions): Callbacks {
  const { work, recorder, clock, estimates, deadlineMs } = options
  let experience: Callbacks['experience'] = 'none came yet: polling'

  return {
    async isExpected(jobId, token) {
      const job = await work.job(jobId)
      return job !== null && job.callbackToken !== null && isSame(job.callbackToken, token)
    },

    async receive(jobId, report) {
      experience = 'they come'
      const holder = await work.jobOfPrediction(report.id)
      const job = await work.job(jobId)
      if (job === null) return 'unknown'
      // The answer to its POST, which would tell as well, comes later or never.
      const expected = job.predictionId === null ? await estimates.of(job) : undefined
      const now = clock.now()
      const isOthers = holder !== null && holder !== jobId
      if (isOthers || (job.predictionId !== null && job.predictionId !== report.id)) {
        const told = { report, deadlineAt: now + deadlineMs, expected }
        const corrected = await recorder.correct(jobId, report.id, (own, other) =>
          correctionOf(own, other, told, now),
        )
        return corrected === null ? 'otherPrediction' : 'recorded'
      }
      const change = await recorder.change(jobId, (current) =>
        // The token names the job, so the task is this job's even if the answer to its POST never comes.
        current.predictionId === null
          ? transition(
              current,
              { type: 'accepted', report, adopted: true, deadlineAt: now + deadlineMs, expected },
              now,
            )
          : transition(current, { type: 'reported', report }, now),
      )
      if (change === null) return 'unknown' // Deleted meanwhile.
      if (change.after === null) return 'unchanged'
      return 'recorded'
    },

    missed() {
      if (experience === 'they come') experience = 'one was missed: polling'
    },
    get trusted() {
      return experience === 'they come'
    },
    get experience() {
      return experience
    },
  }
}

/** Hashed first, so that neither the length nor the place of a difference shows in the time it takes. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
