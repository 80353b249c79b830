/**
 * The life of a job as a pure function: (job, event, now) → the job after it and its timeline entry, or null when
 * the event changes nothing. Polls and webhooks end in the same events, so neither can do what the other cannot,
 * and a duplicate changes nothing. `docs/job-lifecycle.md` holds the same table for people.
 */
import { begun, type Expectation, taken } from './estimate.ts'
import { jobErrors } from './failure.ts'
import type { Job, JobError, JobState, KeptCopy, ListedJob, Transition } from './job.ts'
import type { PredictionReport } from './vendor.ts'

export type JobEvent =
  /** The job's turn has come: its POST is about to be sent, with a callback if there is a token for one. */
  | { readonly type: 'claimed'; readonly callbackToken?: string | undefined }
  /** The vendor has the task: by its answer, or (`adopted`) found again after the answer was lost. */
  | {
      readonly type: 'accepted'
      readonly report: PredictionReport
      readonly adopted: boolean
      /** By the search alone. */
      readonly guessed?: boolean
      readonly deadlineAt: number
      /** How long such jobs take, where that is known. */
      readonly expected?: Expectation | undefined
    }
  /** Surely not accepted; another try at `until`. */
  | { readonly type: 'deferred'; readonly message: string; readonly until: number }
  | { readonly type: 'refused'; readonly error: JobError }
  /** The answer was lost: the task may exist. Never sent again, only searched for. */
  | { readonly type: 'unknown'; readonly message: string }
  /** The vendor's list was searched until the window closed, in vain. */
  | { readonly type: 'neverFound' }
  | {
      readonly type: 'reported'
      readonly report: PredictionReport
      /** When the vendor was asked before, as far as is known. */
      readonly askedBefore?: number
    }
  /** Its callback tells of another prediction than the search had found: that one is its own. */
  | { readonly type: 'corrected'; readonly report: PredictionReport }
  /** What the search had found is another job's; this one, if any, has become free for it. */
  | { readonly type: 'displaced'; readonly predictionId: string | null }
  /** The vendor does not know the prediction. */
  | { readonly type: 'gone'; readonly message: string }
  | { readonly type: 'deadlinePassed' }
  | { readonly type: 'canceled'; readonly by?: string | null }
  /** The archive has a copy of the output at `index`. */
  | { readonly type: 'outputKept'; readonly index: number; readonly copy: KeptCopy }
  /** The outputs that are not kept yet never will be. */
  | { readonly type: 'outputsLost'; readonly reason: string }

export const terminalStates: readonly JobState[] = ['COMPLETED', 'FAILED', 'CANCELED']
/** States in which the vendor may be working on the job: they count against the account's concurrency. */
export const activeStates: readonly JobState[] = ['SUBMITTING', 'CREATED', 'PROCESSING']
/** In the order of a job's life. */
export const jobStates: readonly JobState[] = ['QUEUED', ...activeStates, ...terminalStates]

export function isActive(state: JobState): boolean {
  return activeStates.includes(state)
}

export function isTerminal(state: JobState): boolean {
  return terminalStates.includes(state)
}

/** What `event` makes of `job`; null if it changes nothing. */
export function transition(job: Job, event: JobEvent, now: number): Transition | null {
  switch (event.type) {
    case 'claimed':
      if (job.state !== 'QUEUED') return null
      return move(job, now, 'Sending it to the vendor.', {
        state: 'SUBMITTING',
        submittedAt: now,
        // The first POST's callback may still come, so its token lasts.
        callbackToken: job.callbackToken ?? event.callbackToken ?? null,
      })

    case 'accepted': {
      const accepted = accept(job, event, now)
      return accepted && event.guessed ? { ...accepted, guessed: true } : accepted
    }

    case 'deferred':
      if (canceledUnderWay(job)) return move(job, now, notTaken, { submittedAt: null })
      if (job.state !== 'SUBMITTING') return null
      return move(job, now, `Back in the queue: ${event.message}`, {
        state: 'QUEUED',
        submittedAt: null,
        runAt: event.until,
      })

    case 'refused':
      if (canceledUnderWay(job)) return move(job, now, notTaken, { submittedAt: null })
      if (job.state !== 'SUBMITTING') return null
      return fail(job, now, event.error)

    case 'unknown':
      if (job.state !== 'SUBMITTING') return null
      return move(job, now, `The submission's answer was lost (${event.message}); looking for the task.`, {})

    case 'neverFound':
      if (job.state !== 'SUBMITTING') return null
      return fail(job, now, {
        code: 'SUBMISSION_UNKNOWN',
        message: jobErrors.SUBMISSION_UNKNOWN.meaning,
      })

    case 'reported':
      if (!isRunning(job) || event.report.id !== job.predictionId) return null
      return report(job, event.report, now, event.askedBefore)

    case 'corrected':
      return correct(job, event.report, now)

    case 'displaced':
      return displace(job, event.predictionId, now)

    case 'gone':
      if (!isRunning(job)) return null
      return fail(job, now, { code: 'PREDICTION_NOT_FOUND', message: event.message })

    case 'deadlinePassed':
      if (!isRunning(job)) return null
      return fail(job, now, { code: 'DEADLINE_EXCEEDED', message: jobErrors.DEADLINE_EXCEEDED.meaning })

    case 'canceled':
      if (isTerminal(job.state)) return null
      return move(job, now, canceledWords(job.state, event.by ? `Canceled by ${event.by}` : 'Canceled'), {
        state: 'CANCELED',
      })

    case 'outputKept':
      return keep(job, event.index, event.copy, now)

    case 'outputsLost': {
      if (!hasOutputsToKeep(job)) return null
      const some = job.outputs.some(({ kept }) => kept)
      return move(job, now, `Gave up archiving ${some ? 'the rest' : 'the output'}: ${event.reason}`, {
        archived: some ? 'KEPT' : 'LOST',
      })
    }
  }
}

/** Whether `event` would change the job: no event reads what was asked for. */
export function changes(job: ListedJob, event: JobEvent, now: number): boolean {
  return transition(job as Job, event, now) !== null
}

/** Whether the archive has something to copy. */
export function hasOutputsToKeep(job: ListedJob): boolean {
  return job.state === 'COMPLETED' && job.archived === null && job.outputs.some(({ kept }) => !kept)
}

function keep(job: Job, index: number, kept: KeptCopy, now: number): Transition | null {
  const output = job.outputs[index]
  if (!hasOutputsToKeep(job) || output === undefined || output.kept) return null
  const outputs = job.outputs.with(index, { ...output, kept })
  const words = outputs.length === 1 ? 'Output kept.' : `Output ${index + 1} of ${outputs.length} kept.`
  return move(job, now, words, { outputs, archived: outputs.every((one) => one.kept) ? 'KEPT' : null })
}

const notTaken = 'The vendor had not taken it: nothing is billed.'

function canceledWords(state: JobState, canceled: string): string {
  if (state === 'QUEUED') return `${canceled} before it was sent: nothing is billed.`
  if (state === 'SUBMITTING')
    return `${canceled} on its way to the vendor, which has no cancel: if it takes the task, it bills it.`
  return `${canceled} here. The vendor has no cancel: it goes on with the task and bills it.`
}

/** Canceled while its POST was under way, whose outcome is not known yet. */
function canceledUnderWay(job: Job): boolean {
  return job.state === 'CANCELED' && job.submittedAt !== null && job.predictionId === null
}

/** Searched for in vain; its callback may still come. */
function givenUp(job: Job): boolean {
  return job.error?.code === 'SUBMISSION_UNKNOWN' && job.predictionId === null
}

function isRunning(job: Job): boolean {
  return job.state === 'CREATED' || job.state === 'PROCESSING'
}

/** It has a task that it was not told of to be over: which one it is may still turn out. */
function hasOpenTask(job: Job): boolean {
  const isLate = job.state === 'FAILED' && job.error?.code === 'DEADLINE_EXCEEDED'
  return job.predictionId !== null && (isRunning(job) || job.state === 'CANCELED' || isLate)
}

function correct(job: Job, seen: PredictionReport, now: number): Transition | null {
  if (!hasOpenTask(job) || job.predictionId === seen.id) return null
  const words = `Its callback tells that its task is ${seen.id}, not ${job.predictionId}.`
  const corrected: Job = { ...job, predictionId: seen.id }
  const further = isRunning(job) ? report(corrected, seen, now) : null
  return further === null ? move(corrected, now, words, {}) : withWords(words, further)
}

function displace(job: Job, predictionId: string | null, now: number): Transition | null {
  if (!hasOpenTask(job)) return null
  const words = `${job.predictionId} is the task of another job, as that one's callback tells`
  const vendorStatus = null
  if (predictionId !== null) {
    const moved = move(job, now, `${words}: ${predictionId} is taken for its own.`, {
      predictionId,
      vendorStatus,
    })
    return { ...moved, guessed: true }
  }
  const state = isRunning(job) ? 'SUBMITTING' : job.state
  const change = { state, predictionId, vendorStatus, deadlineAt: null }
  return move(job, now, `${words}: searching for its own.`, change)
}

const withWords = (words: string, { entry, ...transition }: Transition): Transition => ({
  ...transition,
  entry: { ...entry, message: `${words} ${entry.message}` },
})

function accept(job: Job, event: JobEvent & { type: 'accepted' }, now: number): Transition | null {
  const { report: seen, adopted, deadlineAt, expected } = event
  // A callback is proof, even where the answer to the POST had said that the task was not taken.
  const calledBack = adopted && job.callbackToken !== null && job.predictionId === null
  // The vendor counts from when a submission reaches it, which is between its beginning and its answer: the later of the
  // two is never too early for the next one.
  const submittedAt = adopted ? (job.submittedAt ?? now) : now
  // It ended here before the vendor was heard of: the state stays, but the history keeps the id of what was billed.
  if (canceledUnderWay(job) || givenUp(job) || (calledBack && isTerminal(job.state))) {
    return move(job, now, `The vendor had taken it already, as ${seen.id}: it is billed.`, {
      predictionId: seen.id,
      vendorStatus: seen.status,
      submittedAt,
    })
  }
  if (job.state !== 'SUBMITTING' && !(calledBack && job.state === 'QUEUED')) return null
  const estimate = expected ? taken(expected, submittedAt, job.estimate, now) : job.estimate
  const accepted: Job = { ...job, predictionId: seen.id, submittedAt, deadlineAt, estimate, state: 'CREATED' }
  const words = adopted ? `Found at the vendor, as ${seen.id}.` : `The vendor took it, as ${seen.id}.`
  const further = seen.phase === 'created' || seen.phase === 'other' ? null : report(accepted, seen, now)
  if (further !== null) return withWords(words, further)
  return move(accepted, now, words, { vendorStatus: seen.status })
}

function report(job: Job, seen: PredictionReport, now: number, askedBefore?: number): Transition | null {
  const vendorStatus = seen.status
  switch (seen.phase) {
    case 'completed':
      return move(job, now, completedWords(seen), {
        state: 'COMPLETED',
        vendorStatus,
        outputs: seen.outputs,
        inferenceMs: seen.inferenceMs,
      })
    case 'failed': {
      const error = seen.failure ?? { code: 'TASK_FAILED', message: jobErrors.TASK_FAILED.meaning }
      return fail({ ...job, vendorStatus, inferenceMs: seen.inferenceMs }, now, error)
    }
    case 'processing':
      if (job.state === 'PROCESSING' && job.vendorStatus === vendorStatus) return null
      return move(job, now, 'The vendor is working on it.', {
        state: 'PROCESSING',
        vendorStatus,
        estimate: estimateOfBegun(job, now, askedBefore),
      })
    case 'created':
      // A late answer must not turn PROCESSING back.
      if (job.state === 'PROCESSING' || job.vendorStatus === vendorStatus) return null
      return move(job, now, 'The vendor has it in its queue.', { vendorStatus })
    case 'other':
      if (job.vendorStatus === vendorStatus) return null
      return move(job, now, `The vendor says "${vendorStatus}", a status we do not know: waiting on.`, {
        vendorStatus,
      })
  }
}

function estimateOfBegun({ state, estimate }: Job, now: number, askedBefore?: number) {
  if (state === 'PROCESSING' || estimate === null || askedBefore === undefined) return estimate
  return begun(estimate, askedBefore, now)
}

/** What cannot be used of the outputs, and that there are none, must not stay silent: the job was paid. */
function completedWords({ outputs, unusable }: PredictionReport): string {
  const reasons = unusable.length > 0 ? `: ${unusable.join('; ')}` : ''
  if (outputs.length === 0) return `Completed, but the vendor names no output that can be used${reasons}.`
  return unusable.length === 0 ? 'Completed.' : `Completed. Not all of its outputs can be used${reasons}.`
}

function fail(job: Job, now: number, error: JobError): Transition {
  return move(job, now, `${error.code}: ${error.message}`, { state: 'FAILED', error })
}

/** One version further. Time never runs backwards in a history: clocks of gateways that share one differ a little. */
function move(job: Job, now: number, message: string, change: Partial<Job>): Transition {
  const at = Math.max(now, job.updatedAt)
  const state = change.state ?? job.state
  const finishedAt = isTerminal(state) ? (job.finishedAt ?? at) : null
  const next: Job = { ...job, ...change, version: job.version + 1, updatedAt: at, finishedAt }
  return { job: next, entry: { version: next.version, at, state: next.state, message } }
}
