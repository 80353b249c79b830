import { absenceGap } from '../jobs/cadence.ts'

/**
 * How long the vendor has been saying of a prediction that it does not know it. Kept in this process only: after a
 * restart the time counts anew, which is the safe side.
 */
export interface Absences {
  /** It says so again: for how many milliseconds without another answer in between. */
  seen(jobId: string, now: number): number
  /** It was answered in another way, or the job is over. */
  over(jobId: string): void
}

export function createAbsences(): Absences {
  const absent = new Map<string, { readonly since: number; readonly last: number }>()
  return {
    seen(jobId, now) {
      const before = absent.get(jobId)
      // Another gateway may have been answered meanwhile.
      const isRun = before !== undefined && now - before.last <= absenceGap
      const since = isRun ? before.since : now
      absent.set(jobId, { since, last: now })
      return now - since
    },
    over(jobId) {
      absent.delete(jobId)
    },
  }
}
