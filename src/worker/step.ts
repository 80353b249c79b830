import { isDeepStrictEqual } from 'node:util'
import { HistoryUnavailableError } from '../errors.ts'
import {
  absencePause,
  absenceWindow,
  nonsensePause,
  pollPause,
  retention,
  safetyPause,
  searchPause,
  searchSkew,
  searchWindow,
  submissionLife,
} from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { changes, isActive, isTerminal, type JobEvent, transition } from '../jobs/state.ts'
import type { Decide, JobReader } from '../jobs/store.ts'
import type { SubmitOutcome, Vendor } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { createAbsences } from './absence.ts'
import type { Callbacks } from './callback.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { Holds } from './holds.ts'

/** The pause of a job that could not be noted as sent and so was not: whatever is wrong is wrong here. */
const withheldPauseMs = 10_000 // 10 seconds

export interface StepOptions {
  readonly store: Pick<JobReader, 'job'> & Pick<JobWork, 'jobOfPrediction'>
  readonly recorder: Recorder
  readonly vendor: Vendor
  readonly clock: Clock
  readonly log: Logger
  readonly breaker: CircuitBreaker
  readonly holds: Holds
  readonly callbacks: Pick<Callbacks, 'trusted' | 'missed'>
  /** The address under which the vendor calls a job back; null if it was claimed without one. */
  readonly callbackUrl: (job: Job) => string | null
  /** Shortest pause between two polls of one prediction. */
  readonly pollMs: number
  /** How long the vendor may take before the job fails. */
  readonly deadlineMs: number
}

export interface Steps {
  /** Sends a job that was just claimed; answers when the first poll is due, null if there is to be none. */
  submit(job: Job): Promise<number | null>
  /** Records what became of a submission if `submit` could not. */
  recordAgain(jobId: string): Promise<number | null>
  /** One poll for a job that was sent. Answers when the next is due; null after the last. */
  poll(job: ListedJob): Promise<number | null>
  /** A job has ended. */
  forget(jobId: string): void
}

/** One step of one job: submit it, poll it once, or look for it after its answer was lost. */
export function createSteps(options: StepOptions): Steps {
  const { store, recorder, vendor, clock, log, breaker, holds, callbacks, callbackUrl } = options
  const { pollMs, deadlineMs } = options

  /** Jobs that were sent in what is now the future, by a clock that was set back: since when their time counts anew. */
  const countedFrom = new Map<string, number>()

  /** When the job was sent, by the clock as it now is: never in the future. */
  function sentBy(job: ListedJob, now: number): number {
    const sentAt = job.submittedAt ?? job.createdAt
    const known = countedFrom.get(job.id)
    if (sentAt <= now && known === undefined) return sentAt
    const from = Math.min(known ?? now, now)
    countedFrom.set(job.id, from)
    return from
  }

  const absences = createAbsences()

  /** Jobs whose POST is under way here, by id. */
  const sending = new Map<string, Pick<Job, 'model' | 'input'>>()

  /** Outcomes of POSTs that could not be written yet, by job. */
  const unrecorded = new Map<string, JobEvent>()

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
    const over = change === null || isTerminal((change.after ?? change.before).state)
    return { next: over ? null : runAt, ended: over && change?.after != null }
  }

  async function finish(job: ListedJob, event: JobEvent | null, pauseMs: number): Promise<number | null> {
    return (await recordPoll(job, event, pauseMs)).next
  }

  async function submit(job: Job) {
    sending.set(job.id, { model: job.model, input: job.input })
    try {
      const begun = holds.begin(job)
      const outcome = await vendor.submit(job, callbackUrl(job))
      unrecorded.set(job.id, outcomeEvent(outcome, job, begun))
    } finally {
      sending.delete(job.id)
    }
    return recordAgain(job.id)
  }

  /** Whether another job's POST of the very same request is under way: a task of it that turns up may be that job's. */
  function sameRequestInFlight({ model, input }: Job): boolean {
    return [...sending.values()].some((other) => isDeepStrictEqual(other, { model, input }))
  }

  /** What became of a POST is known only here until it is written. */
  async function recordAgain(jobId: string): Promise<number | null> {
    const event = unrecorded.get(jobId)
    if (event === undefined) return clock.now()
    const after = await recordSubmission(jobId, event)
    unrecorded.delete(jobId)
    if (after === null || !isActive(after.state)) return null
    // One whose answer was lost is searched for soon: its callback may never come.
    return clock.now() + (after.predictionId === null ? pollMs : nextPause(after, 0))
  }

  async function recordSubmission(jobId: string, event: JobEvent): Promise<Job | null> {
    const record = async (what: JobEvent) => {
      const change = await recorder.advance(jobId, decide(what))
      return change && (change.after ?? change.before)
    }
    try {
      return await record(event)
    } catch (error) {
      if (error instanceof HistoryUnavailableError) throw error
      // Another job of the same request has taken the task for its own, say: what is sure is that one was sent.
      log.error({ err: error, jobId }, 'what became of a submission cannot be recorded: looking for it')
      return record({ type: 'unknown', message: 'it could not be recorded' })
    }
  }

  function nextPause(job: ListedJob, waited: number): number {
    const calledBack = job.callbackToken !== null && callbacks.trusted
    return calledBack ? safetyPause(waited, pollMs) : pollPause(waited, pollMs)
  }

  function outcomeEvent(outcome: SubmitOutcome, job: Job, begun: number): JobEvent {
    const now = clock.now()
    if (outcome.kind === 'accepted') holds.accepted(job, begun)
    else if (outcome.kind !== 'held') holds.ended(job)
    switch (outcome.kind) {
      case 'accepted':
        breaker.submitted()
        return { type: 'accepted', report: outcome.report, adopted: false, deadlineAt: now + deadlineMs }
      case 'refused':
        breaker.submitted()
        return { type: 'refused', error: outcome.error }
      case 'held': {
        const { scope, error } = outcome
        const verdict = holds.refused(job, begun, scope, error)
        if (verdict.kind === 'atFault') return { type: 'refused', error }
        if (scope === 'key' || scope === 'address') breaker.doubted()
        return { type: 'deferred', message: error.message, until: verdict.until }
      }
      case 'deferred': {
        const { reason, pauseMs, message } = outcome
        return { type: 'deferred', message, until: now + breaker.deferred(reason, pauseMs, message) }
      }
      case 'withheld':
        return { type: 'deferred', message: outcome.message, until: now + withheldPauseMs }
      case 'unknown':
        breaker.lost()
        log.warn({ jobId: job.id, reason: outcome.message }, 'submission unanswered')
        return { type: 'unknown', message: outcome.message }
    }
  }

  function poll(job: ListedJob): Promise<number | null> {
    if (!isActive(job.state)) return Promise.resolve(null) // It has ended meanwhile.
    return job.predictionId === null ? search(job) : follow(job, job.predictionId)
  }

  function forget(jobId: string): void {
    countedFrom.delete(jobId)
    absences.over(jobId)
  }

  async function follow(job: ListedJob, predictionId: string): Promise<number | null> {
    const outcome = await vendor.poll(predictionId, job.callbackToken)
    const now = clock.now()
    const sentAt = sentBy(job, now)
    const waited = now - sentAt
    if (outcome.kind === 'notFound') return notFound(job, predictionId, waited, outcome.message)
    absences.over(job.id)
    // Only a report can say that the vendor is late, so nothing else fails a job that may be done. After the vendor's own
    // retention there is nothing left to wait for.
    if (outcome.kind !== 'report' && waited > retention) {
      return finish(job, { type: 'deadlinePassed' }, 0)
    }
    if (outcome.kind === 'unanswered') {
      return finish(job, null, breaker.unanswered(outcome.pauseMs ?? 0))
    }
    const deadlineAt = countedFrom.has(job.id) ? sentAt + deadlineMs : job.deadlineAt
    const late = deadlineAt !== null && now >= deadlineAt
    if (outcome.kind === 'unusable') {
      log.warn({ jobId: job.id, reason: outcome.message }, 'a poll was answered with nonsense')
      return finish(job, null, late ? nonsensePause(waited, pollMs) : nextPause(job, waited))
    }
    breaker.answered()
    const { report } = outcome
    if (report.phase === 'completed' && report.unusable.length > 0) {
      log.warn({ jobId: job.id, reasons: report.unusable }, 'outputs of a completed job cannot be used')
    }
    const pause = nextPause(job, waited)
    const untilDeadline = deadlineAt === null ? pause : Math.max(deadlineAt - now, 0)
    const event: JobEvent = { type: 'reported', report }
    const { next, ended } = await recordPoll(job, event, late ? 0 : Math.min(pause, untilDeadline))
    if (ended && job.callbackToken !== null) callbacks.missed()
    if (next === null || !late) return next
    await recorder.change(job.id, decide({ type: 'deadlinePassed' }))
    return null
  }

  /** The vendor says that it does not know a prediction it has taken: once may be a fault of its own, or of a proxy's. */
  async function notFound(job: ListedJob, predictionId: string, waited: number, message: string) {
    const absentMs = absences.seen(job.id, clock.now())
    if (absentMs === 0)
      log.warn({ jobId: job.id, predictionId, reason: message }, 'the vendor knows no prediction')
    if (absentMs >= absenceWindow) {
      const sentAt = job.submittedAt ?? job.createdAt
      const { model } = job
      const listed = await vendor.isListed({ predictionId, model, ...madeAround(sentAt) })
      // A list that cannot tell is waited for as long as the vendor keeps predictions.
      if (listed === false || (listed === null && waited > retention)) {
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
    const job = await store.job(listed.id)
    if (job === null) return null
    const sentAt = job.submittedAt ?? job.createdAt
    const outcome = await vendor.find({
      model: job.model,
      input: job.input,
      ...madeAround(sentAt),
      token: job.callbackToken,
    })
    const now = clock.now()
    const waited = now - sentBy(job, now)
    if (outcome.kind === 'unanswered') {
      const pauseMs = breaker.unanswered()
      if (waited > retention) return finish(job, { type: 'neverFound' }, 0)
      return finish(job, null, pauseMs)
    }
    breaker.answered()
    for (const report of sameRequestInFlight(job) ? [] : outcome.reports) {
      const holder = await store.jobOfPrediction(report.id)
      if (holder !== null) continue
      const deadlineAt = clock.now() + deadlineMs
      return finish(job, { type: 'accepted', report, adopted: true, deadlineAt }, pollMs)
    }
    if (waited > searchWindow) return finish(job, { type: 'neverFound' }, 0)
    return finish(job, null, searchPause(waited))
  }

  return { submit, recordAgain, poll, forget }
}
