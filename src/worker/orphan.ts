import {
  absencePause,
  absenceWindow,
  nonsensePause,
  pollPause,
  retention,
  searchWindow,
} from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Submission } from '../jobs/submission.ts'
import type { Vendor, VendorHealth } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Absences } from './absence.ts'
import type { WatchedTime } from './watched-time.ts'

export interface OrphanOptions {
  readonly work: Pick<JobWork, 'settle'>
  readonly vendor: Pick<Vendor, 'poll'>
  readonly clock: Pick<Clock, 'now'>
  readonly health: Pick<VendorHealth, 'retryPause'>
  readonly absences: Absences
  readonly watched: Pick<WatchedTime, 'isOver'>
  /** Shortest pause between two polls of one prediction. */
  readonly pollMs: number
  /** How long the vendor may take before a job fails. */
  readonly deadlineMs: number
}

/**
 * One poll of a task whose job was canceled, deleted or is too late: it takes its place in the account until it ends.
 * Answers when the next is due; null after the last.
 */
export function createOrphanPoll(options: OrphanOptions) {
  const { work, vendor, clock, health, absences, watched, pollMs, deadlineMs } = options

  async function over({ jobId }: Submission): Promise<null> {
    await work.settle(jobId, clock.now())
    absences.over(jobId)
    return null
  }

  return async (submission: Submission, token: string | null = null): Promise<number | null> => {
    const { jobId, predictionId, countedAt } = submission
    if (watched.isOver(countedAt, retention)) return over(submission)
    // Whose task that would be nobody can tell any more.
    if (predictionId === null) {
      const isLost = submission.sentAt === null || watched.isOver(countedAt, searchWindow)
      return isLost ? over(submission) : clock.now() + pollMs
    }
    const waited = clock.now() - countedAt
    const outcome = await vendor.poll(predictionId, token)
    switch (outcome.kind) {
      case 'report': {
        const { phase } = outcome.report
        const hasEnded = phase === 'completed' || phase === 'failed'
        return hasEnded ? over(submission) : clock.now() + pollPause(waited, pollMs)
      }
      case 'notFound': {
        const absentMs = absences.seen(jobId, clock.now())
        // One that was deleted there goes on all the same: it takes its place for as long as a task may.
        const isGone = absentMs >= absenceWindow && watched.isOver(countedAt, deadlineMs)
        return isGone ? over(submission) : clock.now() + absencePause(absentMs, pollMs)
      }
      case 'unusable':
        return clock.now() + nonsensePause(waited, pollMs)
      case 'unanswered':
        return clock.now() + health.retryPause(outcome.pauseMs ?? 0)
    }
  }
}
