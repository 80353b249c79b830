import { HistoryUnavailableError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock, JobStore, StepQueue } from './ports.ts'

/** How often the rows are compared with the queue. */
const everyMs = 5_000 // 5 seconds
/** A step that is overdue by so long has no entry in the queue, or its turn has not come: scheduling it hurts neither. */
const overdueMs = 5_000 // 5 seconds
/** Of one round; a queue that has forgotten everything gets its entries back in several. */
const atMost = 1_000

/**
 * Where the queue is a place of its own, an entry may be missing: it was lost with a process between the commit and the
 * nudge, or with a Redis that forgot everything. The rows are the truth, so what they call overdue is scheduled again.
 */
export function createSweep(options: {
  readonly store: Pick<JobStore, 'stepsDue'>
  readonly queue: Pick<StepQueue, 'schedule'>
  readonly clock: Clock
  readonly log: Logger
  /** Somebody may be waiting to start. */
  readonly admit: () => void
}): { start(): void; stop(): Promise<void> } {
  const { store, queue, clock, log, admit } = options
  let cancel: () => void = () => {}
  let round: Promise<void> = Promise.resolve()
  let stopped = false

  async function sweep(): Promise<void> {
    try {
      const now = clock.now()
      const due = await store.stepsDue({ before: now - overdueMs, limit: atMost })
      if (stopped) return
      for (const { id } of due) queue.schedule(id, now)
      admit()
    } catch (error) {
      // That the history is not available, its own line says.
      const level = error instanceof HistoryUnavailableError ? 'debug' : 'warn'
      log[level]({ err: error }, 'the rows cannot be compared with the queue, trying again')
    }
    if (!stopped) start()
  }

  function start(): void {
    cancel = clock.after(everyMs, () => {
      round = sweep()
    })
  }

  return {
    start,
    async stop() {
      stopped = true
      cancel()
      await round
    },
  }
}
