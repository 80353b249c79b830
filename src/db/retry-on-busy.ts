import { HistoryUnavailableError } from '../errors.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Awaitable } from '../jobs/store.ts'
import type { JobStore } from '../jobs/work.ts'

/** How long a write waits for another program that holds the file. */
const longestWaitMs = 5_000 // 5 seconds
const pauseMs = 50

/**
 * The store, whose writes wait until a history that is busy is free again. They wait here and not in the database
 * driver, which would hold up the whole process meanwhile: every stream, every poll and every reader, who could read.
 */
export function retryOnBusy(store: JobStore, clock: Clock): JobStore {
  async function untilFree<T>(write: () => Awaitable<T>): Promise<T> {
    const end = clock.now() + longestWaitMs
    for (;;) {
      try {
        return await write()
      } catch (error) {
        const busy = error instanceof HistoryUnavailableError && error.fault === 'busy'
        if (!busy || clock.now() >= end) throw error
        await new Promise<void>((resolve) => clock.after(pauseMs, resolve))
      }
    }
  }
  return {
    ...store,
    insert: (...row) => untilFree(() => store.insert(...row)),
    change: (...change) => untilFree(() => store.change(...change)),
    claim: (request) => untilFree(() => store.claim(request)),
    advance: (...change) => untilFree(() => store.advance(...change)),
    take: (request) => untilFree(() => store.take(request)),
    finish: (...work) => untilFree(() => store.finish(...work)),
    renew: (...leases) => untilFree(() => store.renew(...leases)),
    markSent: (...sent) => untilFree(() => store.markSent(...sent)),
    settle: (...settled) => untilFree(() => store.settle(...settled)),
    put: (...work) => untilFree(() => store.put(...work)),
    repair: (...work) => untilFree(() => store.repair(...work)),
    bringForward: (...work) => untilFree(() => store.bringForward(...work)),
    spread: (...work) => untilFree(() => store.spread(...work)),
    release: (...work) => untilFree(() => store.release(...work)),
    prune: (now) => untilFree(() => store.prune(now)),
    remove: (...row) => untilFree(() => store.remove(...row)),
    checkWritable: () => untilFree(() => store.checkWritable()),
  }
}
