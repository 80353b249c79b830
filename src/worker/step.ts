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
import type { Job } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { isTerminal, type JobEvent, transition } from '../jobs/state.ts'
import type { Decide } from '../jobs/store.ts'
import type { SubmitOutcome, Vendor } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { createAbsences } from './absence.ts'
import type { Callbacks } from './callback.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { Holds } from './holds.ts'
import type { Leases } from './lease.ts'

export interface StepOptions {
  readonly store: Pick<JobWork, 'lease' | 'jobOfPrediction'>
  readonly recorder: Recorder
  readonly vendor: Vendor
  readonly clock: Clock
  readonly log: Logger
  readonly breaker: CircuitBreaker
  readonly holds: Holds
  readonly callbacks: Pick<Callbacks, 'trusted' | 'missed'>
  /** The address under which the vendor calls a job back; null if it was claimed without one. */
  readonly callbackUrl: (job: Job) => string | null
  readonly leases: Leases
  /** Shortest pause between two polls of one prediction. */
  readonly pollMs: number
  /** How long the vendor may take before the job fails. */
  readonly deadlineMs: number
}

export interface Steps {
  /** Sends a job that was just claimed; answers what it became, null if it was deleted meanwhile. */
  submit(job: Job): Promise<Job | null>
  /** One poll for a job that was sent. Answers when the next is due; null after the last. */
  poll(jobId: string): Promise<number | null>
}

/** One step of one job: submit it, poll it once, or look for it after its answer was lost. */
export function createSteps(options: StepOptions): Steps {
  const { store, recorder, vendor, clock, log, breaker, holds, callbacks, callbackUrl } = options
  const { leases, pollMs, deadlineMs } = options
  const { owner } = leases

  /** Jobs that were sent in what is now the future, by a clock that was set back: since when their time counts anew. */
  const countedFrom = new Map<string, number>()

  /** When the job was sent, by the clock as it now is: never in the future. */
  function sentBy(job: Job, now: number): number {
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
  async function recordPoll(jobId: string, event: JobEvent | null, pauseMs: number) {
    const runAt = clock.now() + pauseMs
    const none: Decide = () => null
    const finished = await recorder.finishStep(jobId, owner, event ? decide(event) : none, () => runAt)
    const over = finished === null || isTerminal(finished.job.state)
    return { next: over ? null : runAt, ended: over && finished?.after != null }
  }

  async function finish(jobId: string, event: JobEvent | null, pauseMs: number): Promise<number | null> {
    return (await recordPoll(jobId, event, pauseMs)).next
  }

  async function submit(job: Job) {
    sending.set(job.id, { model: job.model, input: job.input })
    try {
      return await leases.during(job.id, async () => {
        const begun = holds.begin(job)
        const outcome = await vendor.submit(job, callbackUrl(job))
        return recordSubmission(job.id, outcomeEvent(outcome, job, begun))
      })
    } finally {
      sending.delete(job.id)
    }
  }

  /** Whether another job's POST of the very same request is under way: a task of it that turns up may be that job's. */
  function sameRequestInFlight({ model, input }: Job): boolean {
    return [...sending.values()].some((other) => isDeepStrictEqual(other, { model, input }))
  }

  /** What became of a POST is known only here until it is written; if that fails, the job's next step tries again. */
  async function recordSubmission(jobId: string, event: JobEvent): Promise<Job | null> {
    unrecorded.set(jobId, event)
    // One whose answer was lost is searched for soon: its callback may never come.
    const nextRunAt = (sent: Job) => clock.now() + (sent.predictionId === null ? pollMs : nextPause(sent, 0))
    const record = (what: JobEvent) => recorder.finishStep(jobId, owner, decide(what), nextRunAt)
    try {
      const finished = await record(event)
      unrecorded.delete(jobId)
      return finished?.job ?? null
    } catch (error) {
      if (error instanceof HistoryUnavailableError) throw error
      // Another job of the same request has taken the task for its own, say: what is sure is that one was sent.
      unrecorded.delete(jobId)
      log.error({ err: error, jobId }, 'what became of a submission cannot be recorded: looking for it')
      return (await record({ type: 'unknown', message: 'it could not be recorded' }))?.job ?? null
    }
  }

  function nextPause(job: Job, waited: number): number {
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
      case 'unknown':
        breaker.lost()
        log.warn({ jobId: job.id, reason: outcome.message }, 'submission unanswered')
        return { type: 'unknown', message: outcome.message }
    }
  }

  async function poll(jobId: string): Promise<number | null> {
    const event = unrecorded.get(jobId)
    if (event) {
      const recorded = await recordSubmission(jobId, event)
      const over = recorded === null || isTerminal(recorded.state) || recorded.state === 'QUEUED'
      return over ? null : recorded.runAt
    }
    if (sending.has(jobId)) return null // Its end schedules the next step.
    const now = clock.now()
    const job = await store.lease(jobId, leases.from(now), now)
    if (job === null) absences.over(jobId)
    return job === null ? null : leases.during(jobId, () => pollOrSearch(job))
  }

  async function pollOrSearch(job: Job): Promise<number | null> {
    if (job.state === 'QUEUED') {
      await finish(job.id, null, 0)
      return null // Not sent yet: its turn comes by admission.
    }
    const next = await (job.predictionId === null ? search(job) : follow(job, job.predictionId))
    if (next === null) countedFrom.delete(job.id)
    return next
  }

  async function follow(job: Job, predictionId: string): Promise<number | null> {
    const outcome = await vendor.poll(predictionId, job.callbackToken)
    const now = clock.now()
    const sentAt = sentBy(job, now)
    const waited = now - sentAt
    if (outcome.kind === 'notFound') return notFound(job, predictionId, waited, outcome.message)
    absences.over(job.id)
    // Only a report can say that the vendor is late, so nothing else fails a job that may be done. After the vendor's own
    // retention there is nothing left to wait for.
    if (outcome.kind !== 'report' && waited > retention) {
      return finish(job.id, { type: 'deadlinePassed' }, 0)
    }
    if (outcome.kind === 'unanswered') {
      return finish(job.id, null, Math.max(outcome.pauseMs ?? 0, breaker.unanswered()))
    }
    const deadlineAt = countedFrom.has(job.id) ? sentAt + deadlineMs : job.deadlineAt
    const late = deadlineAt !== null && now >= deadlineAt
    if (outcome.kind === 'unusable') {
      log.warn({ jobId: job.id, reason: outcome.message }, 'a poll was answered with nonsense')
      return finish(job.id, null, late ? nonsensePause(waited, pollMs) : nextPause(job, waited))
    }
    breaker.answered()
    const { report } = outcome
    if (report.phase === 'completed' && report.unusable.length > 0) {
      log.warn({ jobId: job.id, reasons: report.unusable }, 'outputs of a completed job cannot be used')
    }
    const pause = nextPause(job, waited)
    const untilDeadline = deadlineAt === null ? pause : Math.max(deadlineAt - now, 0)
    const event: JobEvent = { type: 'reported', report }
    const { next, ended } = await recordPoll(job.id, event, late ? 0 : Math.min(pause, untilDeadline))
    if (ended && job.callbackToken !== null) callbacks.missed()
    if (next === null || !late) return next
    await recorder.change(job.id, decide({ type: 'deadlinePassed' }))
    return null
  }

  /** The vendor says that it does not know a prediction it has taken: once may be a fault of its own, or of a proxy's. */
  async function notFound(job: Job, predictionId: string, waited: number, message: string) {
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
        return finish(job.id, { type: 'gone', message }, 0)
      }
      if (listed) absences.over(job.id)
    }
    return finish(job.id, null, absencePause(absentMs, pollMs))
  }

  /** When a task may have been made whose POST was begun at `sentAt`. */
  function madeAround(sentAt: number) {
    return { from: sentAt - searchSkew, to: sentAt + submissionLife + searchSkew }
  }

  /** The answer to the POST was lost: the task is searched for in the vendor's list, never sent again. */
  async function search(job: Job): Promise<number | null> {
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
      if (waited > retention) return finish(job.id, { type: 'neverFound' }, 0)
      return finish(job.id, null, pauseMs)
    }
    breaker.answered()
    for (const report of sameRequestInFlight(job) ? [] : outcome.reports) {
      const holder = await store.jobOfPrediction(report.id)
      if (holder !== null) continue
      const deadlineAt = clock.now() + deadlineMs
      return finish(job.id, { type: 'accepted', report, adopted: true, deadlineAt }, pollMs)
    }
    if (waited > searchWindow) return finish(job.id, { type: 'neverFound' }, 0)
    return finish(job.id, null, searchPause(waited))
  }

  return { submit, poll }
}
