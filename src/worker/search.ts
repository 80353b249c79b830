import { madeAround, mayBeAnswered, ownTask } from '../jobs/adoption.ts'
import { retention, searchPause, searchWindow } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { isActive, type JobEvent, transition } from '../jobs/state.ts'
import { fingerprintOf, type Submission, sentAtOf } from '../jobs/submission.ts'
import type { PredictionReport, Vendor, VendorHealth } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Estimates } from './estimates.ts'
import type { StepRecord } from './step-record.ts'
import type { WatchedTime } from './watched-time.ts'

export interface SearchOptions {
  readonly work: Pick<JobWork, 'job' | 'jobOfPrediction' | 'rivals' | 'submission' | 'settle'>
  readonly recorder: Pick<Recorder, 'withdraw'>
  readonly vendor: Pick<Vendor, 'find'>
  readonly clock: Pick<Clock, 'now'>
  readonly health: Pick<VendorHealth, 'retryPause'>
  readonly estimates: Estimates
  readonly watched: Pick<WatchedTime, 'isOver'>
  readonly finish: StepRecord['finish']
  /** Shortest pause between two polls of one prediction. */
  readonly pollMs: number
  /** How long the vendor may take before the job fails. */
  readonly deadlineMs: number
}

/**
 * The answer to a job's POST was lost: its task is searched for in the vendor's list, never sent again. Answers when the next
 * step is due; null after the last.
 */
export function createSearch(options: SearchOptions): (job: ListedJob) => Promise<number | null> {
  const { work, recorder, vendor, clock, health, watched, estimates, finish, pollMs, deadlineMs } = options

  /** Unless it leaves in this very moment: then its task is searched for. */
  async function takeBack({ id }: Job, { attempt }: Submission): Promise<number | null> {
    const event: JobEvent = { type: 'deferred', message: 'it had not been sent yet.', until: clock.now() }
    const change = await recorder.withdraw(id, { attempt, mayBeSent: false }, (job) =>
      transition(job, event, clock.now()),
    )
    return change?.after?.state === 'QUEUED' ? null : clock.now() + pollMs
  }

  /** Of the tasks that may be this job's the one that is; null where there is none, or an answer under way will tell. */
  async function findOwn(job: Job, submission: Submission, reports: readonly PredictionReport[]) {
    const holders = await Promise.all(reports.map(({ id }) => work.jobOfPrediction(id)))
    const free = reports.filter((_, index) => holders[index] === null)
    if (free.length === 0) return null
    const rivals = await work.rivals(fingerprintOf(job), job.id)
    if (rivals.some((rival) => mayBeAnswered(rival, clock.now()))) return null
    return ownTask(submission, rivals, free)
  }

  async function adopt(job: Job, report: PredictionReport): Promise<number | null> {
    const deadlineAt = clock.now() + deadlineMs
    const expected = await estimates.of(job)
    const found = { adopted: true, guessed: true, deadlineAt, expected }
    try {
      return await finish(job, { type: 'accepted', report, ...found }, pollMs)
    } catch (error) {
      // Another job of the same request has taken it in this moment.
      if ((await work.jobOfPrediction(report.id)) === null) throw error
      return clock.now() + pollMs
    }
  }

  /** A job that was canceled meanwhile stays as it is; its place is free. */
  async function neverFound(job: Job): Promise<number | null> {
    if (isActive(job.state)) return finish(job, { type: 'neverFound' }, 0)
    await work.settle(job.id, clock.now())
    return null
  }

  return async (listed) => {
    const [job, submission] = [await work.job(listed.id), await work.submission(listed.id)]
    if (job === null || submission === null) return null
    const { sentAt } = submission
    if (sentAt === null) {
      // Whoever claimed it is gone, or may not send it any more: nothing has left.
      return takeBack(job, submission)
    }
    const { model, input, callbackToken: token } = job
    const outcome = await vendor.find({ model, input, ...madeAround(sentAt), token })
    if (outcome.kind === 'unanswered') {
      if (watched.isOver(sentAtOf(job), retention)) return neverFound(job)
      return finish(job, null, health.retryPause())
    }
    const task = await findOwn(job, submission, outcome.reports)
    if (task !== null) return adopt(job, task)
    if (watched.isOver(sentAtOf(job), searchWindow)) return neverFound(job)
    return finish(job, null, searchPause(clock.now() - sentAtOf(job)))
  }
}
