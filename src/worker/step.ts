import { mayBeAnswered, ownTask } from '../jobs/adoption.ts'
import {
  absencePause,
  absenceWindow,
  nonsensePause,
  pollPause,
  retention,
  searchPause,
  searchSkew,
  searchWindow,
  submissionLife,
} from '../jobs/cadence.ts'
import type { SteadyClock } from '../jobs/clock.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { changes, isActive, isTerminal, type JobEvent, transition } from '../jobs/state.ts'
import type { Decide } from '../jobs/store.ts'
import type { Submission } from '../jobs/submission.ts'
import { fingerprintOf, isTaskOver } from '../jobs/submission.ts'
import type { PredictionReport, Vendor, VendorHealth } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { createAbsences } from './absence.ts'
import type { Callbacks } from './callback.ts'
import { nextPause } from './submit.ts'

export interface StepOptions {
  readonly work: Pick<JobWork, 'job' | 'jobOfPrediction' | 'rivals' | 'submission' | 'settle'>
  readonly recorder: Pick<Recorder, 'advance' | 'change'>
  readonly vendor: Pick<Vendor, 'poll' | 'find' | 'isListed'>
  readonly clock: SteadyClock
  readonly log: Logger
  readonly health: Pick<VendorHealth, 'retryPause'>
  readonly callbacks: Pick<Callbacks, 'trusted' | 'missed'>
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

/** One step of one job that was sent: a poll, or a search after its answer was lost. */
export function createSteps(options: StepOptions): Steps {
  const { work, recorder, vendor, clock, log, health, callbacks, pollMs, deadlineMs } = options

  /**
   * Whether `ms` have passed since then, so that a job is given up. How long nobody watched before the clock began to run
   * steadily, or by how much it was set, nobody can tell: of that time at most the deadline's worth is waited for again.
   */
  function isOver(since: number, ms: number): boolean {
    const now = clock.now()
    const watched = now - clock.steadySince
    return now - since > ms && watched > Math.min(ms, Math.max(deadlineMs, searchWindow))
  }

  const sentAtOf = (job: ListedJob) => job.submittedAt ?? job.createdAt

  const absences = createAbsences()

  const decide =
    (event: JobEvent): Decide =>
    (job) =>
      transition(job, event, clock.now())

  /** Records the outcome of a poll: when the next is due, null after the last, and whether this one ended the job. */
  async function recordPoll(job: ListedJob, event: JobEvent | null, pauseMs: number) {
    const runAt = clock.now() + pauseMs
    // Most polls say what is known already: then nothing is written but when the next is due.
    if (event === null || !changes(job, event, clock.now())) return { next: runAt, ended: false }
    const change = await recorder.advance(job.id, decide(event))
    const after = change && (change.after ?? change.before)
    const ended = after !== null && isTerminal(after.state) && change?.after != null
    // The task of a job that was canceled, deleted or is too late is followed to its end.
    const over = after !== null && (isTaskOver(after) || after.state === 'QUEUED')
    return { next: over ? null : runAt, ended }
  }

  async function finish(job: ListedJob, event: JobEvent | null, pauseMs: number): Promise<number | null> {
    return (await recordPoll(job, event, pauseMs)).next
  }

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

  async function pollOrphan(submission: Submission, token: string | null = null): Promise<number | null> {
    const { jobId, predictionId, countedAt } = submission
    const over = async () => {
      await work.settle(jobId, clock.now())
      forget(jobId)
      return null
    }
    if (isOver(countedAt, retention)) return over()
    const waited = clock.now() - countedAt
    // Whose task that would be nobody can tell any more.
    if (predictionId === null)
      return submission.sentAt === null || isOver(countedAt, searchWindow) ? over() : clock.now() + pollMs
    const outcome = await vendor.poll(predictionId, token)
    if (outcome.kind === 'report') {
      const { phase } = outcome.report
      return phase === 'completed' || phase === 'failed' ? over() : clock.now() + pollPause(waited, pollMs)
    }
    if (outcome.kind === 'notFound') {
      const absentMs = absences.seen(jobId, clock.now())
      // One that was deleted there goes on all the same: it takes its place for as long as a task may.
      return absentMs >= absenceWindow && isOver(countedAt, deadlineMs)
        ? over()
        : clock.now() + absencePause(absentMs, pollMs)
    }
    if (outcome.kind === 'unusable') return clock.now() + nonsensePause(waited, pollMs)
    return clock.now() + health.retryPause(outcome.pauseMs ?? 0)
  }

  function forget(jobId: string): void {
    absences.over(jobId)
  }

  async function follow(job: ListedJob, predictionId: string): Promise<number | null> {
    const outcome = await vendor.poll(predictionId, job.callbackToken)
    const now = clock.now()
    const waited = now - sentAtOf(job)
    if (outcome.kind === 'notFound') return notFound(job, predictionId, outcome.message)
    absences.over(job.id)
    // Only a report can say that the vendor is late, so nothing else fails a job that may be done. After the vendor's own
    // retention there is nothing left to wait for.
    if (outcome.kind !== 'report' && isOver(sentAtOf(job), retention)) {
      return finish(job, { type: 'deadlinePassed' }, 0)
    }
    if (outcome.kind === 'unanswered') {
      return finish(job, null, health.retryPause(outcome.pauseMs ?? 0))
    }
    // Time that nobody watched uses up no deadline.
    const deadlineAt = job.deadlineAt && Math.max(job.deadlineAt, clock.steadySince + deadlineMs)
    const late = deadlineAt !== null && now >= deadlineAt
    if (outcome.kind === 'unusable') {
      log.warn({ jobId: job.id, reason: outcome.message }, 'a poll was answered with nonsense')
      return finish(job, null, late ? nonsensePause(waited, pollMs) : nextPause(job, waited, options))
    }
    const { report } = outcome
    if (report.phase === 'completed' && report.unusable.length > 0) {
      log.warn({ jobId: job.id, reasons: report.unusable }, 'outputs of a completed job cannot be used')
    }
    const pause = nextPause(job, waited, options)
    const untilDeadline = deadlineAt === null ? pause : Math.max(deadlineAt - now, 0)
    const event: JobEvent = { type: 'reported', report }
    const { next, ended } = await recordPoll(job, event, late ? 0 : Math.min(pause, untilDeadline))
    if (ended && job.callbackToken !== null) callbacks.missed()
    if (next === null || !late) return next
    await recorder.change(job.id, decide({ type: 'deadlinePassed' }))
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
      if (listed === false || (listed === null && isOver(sentAt, retention))) {
        absences.over(job.id)
        return finish(job, { type: 'gone', message }, 0)
      }
      if (listed) absences.over(job.id)
    }
    return finish(job, null, absencePause(absentMs, pollMs))
  }

  /** When a task may have been made whose POST was begun at `sentAt`. */
  function madeAround(sentAt: number) {
    return { from: sentAt - searchSkew, to: sentAt + submissionLife + searchSkew }
  }

  /** The answer to the POST was lost: the task is searched for in the vendor's list, never sent again. */
  async function search(listed: ListedJob): Promise<number | null> {
    const [job, submission] = [await work.job(listed.id), await work.submission(listed.id)]
    if (job === null || submission === null) return null
    if (submission.sentAt === null) {
      // Whoever claimed it is gone, or may not send it any more: nothing has left.
      const event: JobEvent = { type: 'deferred', message: 'it had not been sent yet.', until: clock.now() }
      return finish(job, event, 0)
    }
    const { sentAt } = submission
    const outcome = await vendor.find({
      model: job.model,
      input: job.input,
      ...madeAround(sentAt),
      token: job.callbackToken,
    })
    if (outcome.kind === 'unanswered') {
      const pauseMs = health.retryPause()
      if (isOver(sentAtOf(job), retention)) return neverFound(job)
      return finish(job, null, pauseMs)
    }
    const task = await findOwn(job, submission, outcome.reports)
    if (task !== null) return adopt(job, task)
    if (isOver(sentAtOf(job), searchWindow)) return neverFound(job)
    return finish(job, null, searchPause(clock.now() - sentAtOf(job)))
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
    try {
      return await finish(job, { type: 'accepted', report, adopted: true, deadlineAt }, pollMs)
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

  return { poll, pollOrphan, forget }
}
