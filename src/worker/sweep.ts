import { HistoryUnavailableError } from '../errors.ts'
import type { Clock } from '../jobs/clock.ts'
import type { StepQueue } from '../jobs/queue.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'

/** How often the rows are compared with a queue that others share: it loses entries with each process that dies. */
const sharedMs = 5_000 // 5 seconds
/** The same where the queue is this process's own: only the answer to a commit can be lost. */
const ownMs = 60_000 // 1 minute
/** A step that is overdue by so long has no entry in the queue, or its turn has not come: scheduling it hurts neither. */
const overdueMs = 5_000 // 5 seconds
/** Of one round; a queue that has forgotten everything gets its entries back in several. */
const atMost = 1_000

/**
 * An entry of the queue may be missing: it was lost with a process between the commit and its scheduling, with the answer to
 * a commit, or with a Redis that forgot everything. The rows are the truth, so what they call overdue is scheduled again,
 * and whoever waits is let in.
 */
export function createSweep(options: {
  readonly store: Pick<JobWork, 'stepsDue'>
  readonly queue: Pick<StepQueue, 'schedule'>
  readonly clock: Clock
  readonly log: Logger
  readonly shared: boolean
  /** Tells of jobs whose last write failed. */
  readonly settle: () => Promise<void>
  /** Somebody may be waiting to start. */
  readonly admit: () => void
}): { start(): void; stop(): Promise<void> } {
  const { store, queue, clock, log, shared, settle, admit } = options
  let cancel: () => void = () => {}
  let round: Promise<void> = Promise.resolve()
  let stopped = false

  async function sweep(): Promise<void> {
    try {
      await settle()
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
    cancel = clock.after(shared ? sharedMs : ownMs, () => {
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
