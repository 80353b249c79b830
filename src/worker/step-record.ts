import type { Clock } from '../jobs/clock.ts'
import type { ListedJob } from '../jobs/job.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { changes, isTerminal, type JobEvent, transition } from '../jobs/state.ts'
import { isTaskOver } from '../jobs/submission.ts'

/** Writes down what a step has learned of a job; null is nothing. */
export interface StepRecord {
  /** When the next step is due, null after the last; and whether this one ended the job. */
  record(
    job: ListedJob,
    event: JobEvent | null,
    pauseMs: number,
  ): Promise<{ readonly next: number | null; readonly ended: boolean }>
  /** The same, and only when the next step is due. */
  finish(job: ListedJob, event: JobEvent | null, pauseMs: number): Promise<number | null>
}

export function createStepRecord(options: {
  readonly recorder: Pick<Recorder, 'advance'>
  readonly clock: Pick<Clock, 'now'>
}): StepRecord {
  const { recorder, clock } = options

  const record: StepRecord['record'] = async (job, event, pauseMs) => {
    const runAt = clock.now() + pauseMs
    // Most polls say what is known already: then nothing is written but when the next is due.
    if (event === null || !changes(job, event, clock.now())) return { next: runAt, ended: false }
    const change = await recorder.advance(job.id, (before) => transition(before, event, clock.now()))
    const after = change && (change.after ?? change.before)
    const ended = change?.after != null && isTerminal(change.after.state)
    // The task of a job that was canceled, deleted or is too late is followed to its end.
    const over = after !== null && (isTaskOver(after) || after.state === 'QUEUED')
    return { next: over ? null : runAt, ended }
  }

  return {
    record,
    async finish(job, event, pauseMs) {
      return (await record(job, event, pauseMs)).next
    },
  }
}
