import type { Clock } from '../jobs/clock.ts'
import type { StepQueue } from '../jobs/queue.ts'
import type { JobReader } from '../jobs/store.ts'
import type { JobWork } from '../jobs/work.ts'

/** A step that is overdue by more, and none taken meanwhile: the queue does not run. */
const lateMs = 60_000 // 1 minute; twice the longest pause between two polls

export interface Progress {
  /** The same queue; what it runs is noticed. */
  watch(queue: StepQueue): StepQueue
  /** Whether steps are taken that are due. Throws if the rows cannot be read. */
  check(): Promise<{ readonly ok: boolean; readonly detail: string }>
}

/**
 * Tells whether the work goes on: a queue that runs nothing fails no request, and jobs would wait for ever. The rows say
 * what is due; what was taken is remembered here.
 *
 * @param isHeld whether submissions pause on purpose
 */
export function createProgress(options: {
  readonly store: Pick<JobReader, 'page'> & Pick<JobWork, 'stepsDue'>
  readonly clock: Clock
  readonly isHeld: () => boolean
}): Progress {
  const { store, clock, isHeld } = options
  let ranAt = clock.now()

  /** Since when the oldest step is due; infinite if none is. */
  async function oldestDue(): Promise<number> {
    const now = clock.now()
    const [late] = await store.stepsDue({ before: now, limit: 1 })
    const [waiting] = isHeld()
      ? []
      : await store.page({
          order: 'CREATED_AT',
          descending: false,
          filter: { states: ['QUEUED'] },
          fromEnd: false,
          limit: 1,
        })
    return Math.min(
      late?.runAt ?? Number.POSITIVE_INFINITY,
      // One from the future is of a clock that was set back.
      waiting ? Math.max(waiting.runAt, waiting.updatedAt) : Number.POSITIVE_INFINITY,
    )
  }

  return {
    watch: (queue) => ({
      ...queue,
      start: (run) =>
        queue.start(async (key) => {
          ranAt = clock.now()
          try {
            return await run(key)
          } finally {
            ranAt = clock.now()
          }
        }),
    }),
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
