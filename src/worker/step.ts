import { madeAround } from '../jobs/adoption.ts'
import { absencePause, absenceWindow, nonsensePause, retention } from '../jobs/cadence.ts'
import type { SteadyClock } from '../jobs/clock.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { isActive, type JobEvent, transition } from '../jobs/state.ts'
import { type Submission, sentAtOf } from '../jobs/submission.ts'
import type { Vendor, VendorHealth } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { createAbsences } from './absence.ts'
import type { Callbacks } from './callback.ts'
import type { Estimates } from './estimates.ts'
import { createOrphanPoll } from './orphan.ts'
import { createSearch } from './search.ts'
import { createStepRecord } from './step-record.ts'
import { nextPause } from './submit.ts'
import { createWatchedTime } from './watched-time.ts'

export interface StepOptions {
  readonly work: Pick<JobWork, 'job' | 'jobOfPrediction' | 'rivals' | 'submission' | 'settle'>
  readonly recorder: Pick<Recorder, 'advance' | 'change' | 'withdraw'>
  readonly vendor: Pick<Vendor, 'poll' | 'find' | 'isListed'>
  readonly clock: SteadyClock
  readonly log: Logger
  readonly health: Pick<VendorHealth, 'retryPause'>
  readonly callbacks: Pick<Callbacks, 'trusted' | 'missed'>
  readonly estimates: Estimates
  /** Shortest pause between two polls of one prediction. */
  readonly pollMs: number
  /** How long the vendor may take before the job fails. */
  readonly deadlineMs: number
}

export interface Steps {
  /** One poll for a job that was sent. Answers when the next is due; null after the last. */
  poll(job: ListedJob): Promise<number | null>
  /** The same for the task of a job that was deleted. */
  pollOrphan(submission: Submission): Promise<number | null>
  /** A job has ended. */
  forget(jobId: string): void
}

/** The job as an event leaves it. */
const after = (job: ListedJob, event: JobEvent, now: number): ListedJob =>
  transition(job as Job, event, now)?.job ?? job // No event reads what was asked for.

/** One step of one job that was sent: a poll, or a search after its answer was lost. */
export function createSteps(options: StepOptions): Steps {
  const { work, recorder, vendor, clock, log, health, callbacks, pollMs } = options

  const absences = createAbsences()
  const watched = createWatchedTime(options)
  const { record, finish } = createStepRecord(options)
  const search = createSearch({ ...options, watched, finish })
  const pollOrphan = createOrphanPoll({ ...options, watched, absences })

  function poll(job: ListedJob): Promise<number | null> {
    if (isActive(job.state)) return job.predictionId === null ? search(job) : follow(job, job.predictionId)
    return pollEnded(job)
  }

  /** A job that was canceled, or is too late, has a task of which only the end counts, and that it is known. */
  async function pollEnded(job: ListedJob): Promise<number | null> {
    const submission = await work.submission(job.id)
    if (submission === null || submission.endedAt !== null) return null
    return submission.predictionId === null ? search(job) : pollOrphan(submission, job.callbackToken)
  }

  async function follow(job: ListedJob, predictionId: string): Promise<number | null> {
    const outcome = await vendor.poll(predictionId, job.callbackToken)
    const now = clock.now()
    const waited = now - sentAtOf(job)
    if (outcome.kind === 'notFound') return notFound(job, predictionId, outcome.message)
    absences.over(job.id)
    // Only a report can say that the vendor is late, so nothing else fails a job that may be done. After the vendor's own
    // retention there is nothing left to wait for.
    if (outcome.kind !== 'report' && watched.isOver(sentAtOf(job), retention)) {
      return finish(job, { type: 'deadlinePassed' }, 0)
    }
    if (outcome.kind === 'unanswered') {
      return finish(job, null, health.retryPause(outcome.pauseMs ?? 0))
    }
    const deadlineAt = watched.deadlineOf(job)
    const late = deadlineAt !== null && now >= deadlineAt
    if (outcome.kind === 'unusable') {
      log.warn({ jobId: job.id, reason: outcome.message }, 'a poll was answered with nonsense')
      return finish(job, null, late ? nonsensePause(waited, pollMs) : nextPause(job, now, options))
    }
    const { report } = outcome
    if (report.phase === 'completed' && report.unusable.length > 0) {
      log.warn({ jobId: job.id, reasons: report.unusable }, 'outputs of a completed job cannot be used')
    }
    const event: JobEvent = { type: 'reported', report, askedBefore: now - nextPause(job, now, options) }
    const pause = nextPause(after(job, event, now), now, options)
    const untilDeadline = deadlineAt === null ? pause : Math.max(deadlineAt - now, 0)
    const { next, ended } = await record(job, event, late ? 0 : Math.min(pause, untilDeadline))
    if (ended && job.callbackToken !== null) callbacks.missed()
    if (next === null || !late) return next
    await recorder.change(job.id, (before) => transition(before, { type: 'deadlinePassed' }, clock.now()))
    return clock.now() + pause
  }

  /** The vendor says that it does not know a prediction it has taken: once may be a fault of its own, or of a proxy's. */
  async function notFound(job: ListedJob, predictionId: string, message: string) {
    const absentMs = absences.seen(job.id, clock.now())
    if (absentMs === 0)
      log.warn({ jobId: job.id, predictionId, reason: message }, 'the vendor knows no prediction')
    if (absentMs >= absenceWindow) {
      const sentAt = sentAtOf(job)
      const { model } = job
      const listed = await vendor.isListed({ predictionId, model, ...madeAround(sentAt) })
      // A list that cannot tell is waited for as long as the vendor keeps predictions.
      if (listed === false || (listed === null && watched.isOver(sentAt, retention))) {
        absences.over(job.id)
        return finish(job, { type: 'gone', message }, 0)
      }
      if (listed) absences.over(job.id)
    }
    return finish(job, null, absencePause(absentMs, pollMs))
  }

  return { poll, pollOrphan, forget: absences.over }
}
