import { safetyPause } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import { type Expectation, estimatedPause } from '../jobs/estimate.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { Job, ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { type JobEvent, transition } from '../jobs/state.ts'
import { isTaskOver, sentAtOf } from '../jobs/submission.ts'
import type { SubmitOutcome, Vendor, VendorHealth } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import type { Callbacks } from './callback.ts'
import type { Estimates } from './estimates.ts'
import type { Holds } from './holds.ts'

/** The pause of a job that could not be noted as sent and so was not: whatever is wrong is wrong here. */
const withheldPauseMs = 10_000 // 10 seconds

export interface SubmitOptions {
  readonly work: Pick<JobWork, 'markSent'>
  readonly recorder: Pick<Recorder, 'advance' | 'withdraw'>
  readonly vendor: Pick<Vendor, 'submit'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  readonly health: Pick<VendorHealth, 'heldUntil'>
  readonly holds: Holds
  readonly callbacks: Pick<Callbacks, 'trusted'>
  readonly estimates: Estimates
  /** The address under which the vendor calls a job back; null if it was claimed without one. */
  readonly callbackUrl: (job: Job) => string | null
  /** Shortest pause between two polls of one prediction. */
  readonly pollMs: number
  /** How long the vendor may take before the job fails. */
  readonly deadlineMs: number
}

export interface Submissions {
  /** Sends a job that was just claimed; answers what became of that, which is known nowhere else until it is recorded. */
  send(job: Job): Promise<JobEvent>
  /** Records it: may be tried again. Answers when the first poll is due, null if there is to be none. */
  record(job: Job, event: JobEvent): Promise<number | null>
}

/** The pause before the next poll of a job whose task was accepted. */
export function nextPause(
  job: ListedJob,
  now: number,
  { callbacks, pollMs: shortest }: Pick<SubmitOptions, 'callbacks' | 'pollMs'>,
): number {
  const waited = Math.max(now - sentAtOf(job), 0)
  const calledBack = job.callbackToken !== null && callbacks.trusted
  if (calledBack) return safetyPause(waited, shortest)
  return estimatedPause(job, { now, waited, shortest })
}

/** Sends claimed jobs, each once, and records what became of it. */
export function createSubmissions(options: SubmitOptions): Submissions {
  const { work, recorder, vendor, clock, log, health, holds, estimates, callbackUrl, pollMs, deadlineMs } =
    options

  async function send(job: Job): Promise<JobEvent> {
    const begun = holds.begin(job)
    // Read while it is on its way: what the vendor has taken is to be written at once.
    const expecting = estimates.of(job)
    const outcome = await vendor.submit(job, callbackUrl(job), () => markSent(job))
    return outcomeEvent(outcome, job, begun, expecting)
  }

  /** Throws where nothing may leave: it cannot be noted that it does, or somebody else has taken the attempt back. */
  async function markSent({ id, version }: Job): Promise<void> {
    if (await work.markSent(id, version, clock.now())) return
    throw new Error('another gateway has put the job back into the queue')
  }

  async function record(job: Job, event: JobEvent): Promise<number | null> {
    const after = await recordSubmission(job, event)
    // One that was canceled meanwhile is followed to the end of its task, and one that was deleted likewise.
    if (after !== null && (after.submittedAt === null || isTaskOver(after))) return null
    if (after === null) return clock.now() + pollMs
    // One whose answer was lost is searched for soon: its callback may never come.
    const now = clock.now()
    return now + (after.predictionId === null ? pollMs : nextPause(after, now, options))
  }

  /** The job as it stands then; null if it was deleted meanwhile. */
  async function recordSubmission({ id, version: attempt }: Job, event: JobEvent): Promise<Job | null> {
    const write = async (what: JobEvent) => {
      const decide = (job: Job) => transition(job, what, clock.now())
      // It may be written already, though that was not answered, and the job be under way again.
      const change =
        what.type === 'deferred' || what.type === 'refused'
          ? await recorder.withdraw(id, { attempt, mayBeSent: true }, decide)
          : await recorder.advance(id, decide)
      return change && (change.after ?? change.before)
    }
    try {
      return await write(event)
    } catch (error) {
      if (error instanceof HistoryUnavailableError) throw error
      // Another job of the same request has taken the task for its own, say: what is sure is that one was sent.
      log.error({ err: error, jobId: id }, 'what became of a submission cannot be recorded: looking for it')
      return write({ type: 'unknown', message: 'it could not be recorded' })
    }
  }

  async function outcomeEvent(
    outcome: SubmitOutcome,
    job: Job,
    begun: number,
    expecting: Promise<Expectation>,
  ): Promise<JobEvent> {
    const now = clock.now()
    switch (outcome.kind) {
      case 'accepted': {
        await holds.accepted(job)
        const expected = await expecting
        const deadlineAt = now + deadlineMs
        return { type: 'accepted', report: outcome.report, adopted: false, deadlineAt, expected }
      }
      case 'refused':
        await holds.ended(job, true)
        return { type: 'refused', error: outcome.error }
      case 'held': {
        const { scope, error } = outcome
        const verdict = await holds.refused(job, begun, scope, error)
        if (verdict.kind === 'atFault') return { type: 'refused', error }
        return { type: 'deferred', message: error.message, until: verdict.until }
      }
      case 'deferred': {
        const { reason, message, pauseMs } = outcome
        if (reason === 'rate') {
          return { type: 'deferred', message, until: await holds.limited(job, pauseMs, message) }
        }
        await holds.ended(job, false)
        return { type: 'deferred', message, until: Math.max(health.heldUntil(), now + pauseMs) }
      }
      case 'withheld':
        await holds.ended(job, false)
        return { type: 'deferred', message: outcome.message, until: now + withheldPauseMs }
      case 'unknown':
        await holds.ended(job, false)
        log.warn({ jobId: job.id, reason: outcome.message }, 'submission unanswered')
        return { type: 'unknown', message: outcome.message }
    }
  }

  return { send, record }
}
