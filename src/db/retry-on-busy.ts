import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import { createPauses } from '../jobs/pauses.ts'
import type { History } from '../jobs/work.ts'
import { type Around, aroundHistory, writing } from './around.ts'

/** How long a write waits for another program that holds the file. */
const longestWaitMs = 5_000 // 5 seconds
const pauseMs = 50

/**
 * Waits, around each call, until a history that is busy is free again. Calls wait here and not in the database driver, which
 * would hold up the whole process meanwhile: every stream, every poll and every reader, who could read. Once `hurry` is
 * aborted none waits any more.
 */
export function untilFree(clock: Clock, hurry?: AbortSignal): Around {
  const pauses = createPauses(clock)
  hurry?.addEventListener('abort', pauses.end)
  return (_, call) =>
    async (...args) => {
      const end = clock.now() + longestWaitMs
      for (;;) {
        try {
          return await call(...args)
        } catch (error) {
          const busy = error instanceof HistoryUnavailableError && error.fault === 'busy'
          if (!busy || hurry?.aborted || clock.now() >= end) throw error
          await pauses.pause(pauseMs)
        }
      }
    }
}

/** The history, whose writes wait until one that is busy is free again: see `untilFree`. */
export function retryOnBusy(history: History, clock: Clock, hurry?: AbortSignal): History {
  const waiting = untilFree(clock, hurry)
  return aroundHistory(history, (name, call) => (writing.has(name) ? waiting(name, call) : call))
}
