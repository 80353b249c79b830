import type { Clock } from '../jobs/clock.ts'
import type { JobWork } from '../jobs/work.ts'

/** A step that is overdue by more, and none taken meanwhile: the loop does not run. */
const lateMs = 60_000 // 1 minute; twice the longest pause between two polls

export interface Progress {
  /** A step begins, or one has ended. */
  stepped(): void
  /** Whether steps are taken that are due. Throws if the rows cannot be read. */
  check(): Promise<{ readonly ok: boolean; readonly detail: string }>
}

/**
 * Tells whether the work goes on: a loop that does nothing fails no request, and jobs would wait for ever. The rows say
 * what is due; what was taken is remembered here.
 */
export function createProgress(options: {
  readonly work: Pick<JobWork, 'firstDue' | 'waitingSince'>
  readonly clock: Clock
  /** Whether submissions pause on purpose, and whether polls do. */
  readonly isHeld: () => boolean
  readonly arePollsHeld: () => boolean
}): Progress {
  const { work, clock, isHeld, arePollsHeld } = options
  let ranAt = clock.now()

  /** Since when the oldest step is due; infinite if none is. */
  async function oldestDue(): Promise<number> {
    const due = arePollsHeld() ? null : await work.firstDue('poll')
    const waiting = isHeld() ? null : await work.waitingSince()
    return Math.min(due ?? Number.POSITIVE_INFINITY, waiting ?? Number.POSITIVE_INFINITY)
  }

  return {
    stepped() {
      ranAt = clock.now()
    },
    async check() {
      const now = clock.now()
      const due = await oldestDue()
      const quietMs = Math.max(now - ranAt, 0)
      const last = `The last one ran ${Math.round(quietMs / 1_000)} s ago`
      if (due > now) return { ok: true, detail: `No step is due. ${last}.` }
      const lateBy = Math.round((now - due) / 1_000)
      const detail = `The oldest step is due since ${lateBy} s. ${last}.`
      return { ok: now - due <= lateMs || quietMs <= lateMs, detail }
    },
  }
}
