import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { History } from '../jobs/work.ts'
import { aroundHistory, writing } from './around.ts'

/** How long a write waits for another program that holds the file. */
const longestWaitMs = 5_000 // 5 seconds
const pauseMs = 50

/**
 * The history, whose writes wait until one that is busy is free again. They wait here and not in the database driver, which
 * would hold up the whole process meanwhile: every stream, every poll and every reader, who could read. Once `hurry` is
 * aborted none waits any more.
 */
export function retryOnBusy(history: History, clock: Clock, hurry?: AbortSignal): History {
  /** One for each write that waits. */
  const ends = new Set<() => void>()
  hurry?.addEventListener('abort', () => {
    for (const end of ends) end()
  })

  /** Until the next try, or until none waits any more. */
  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        ends.delete(end)
        resolve()
      }
      const cancel = clock.after(pauseMs, end)
      ends.add(end)
    })
  }

  async function untilFree<T>(write: () => Promise<T>): Promise<T> {
    const end = clock.now() + longestWaitMs
    for (;;) {
      try {
        return await write()
      } catch (error) {
        const busy = error instanceof HistoryUnavailableError && error.fault === 'busy'
        if (!busy || hurry?.aborted || clock.now() >= end) throw error
        await pause()
      }
    }
  }
  return aroundHistory(history, (name, call) =>
    writing.has(name) ? (...args) => untilFree(() => call(...args)) : call,
  )
}
