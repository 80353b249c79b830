import { HistoryUnavailableError } from '../errors.ts'
import type { Awaitable, Clock, JobStore } from '../jobs/ports.ts'

/** How long a write waits for another program that holds the file. */
const patienceMs = 5_000 // 5 seconds
const pauseMs = 50

/**
 * The store, whose writes wait until a history that is busy is free again. They wait here and not in the database
 * driver, which would hold up the whole process meanwhile: every stream, every look and every reader, who could read.
 */
export function withPatience(store: JobStore, clock: Clock): JobStore {
  async function patiently<T>(write: () => Awaitable<T>): Promise<T> {
    const end = clock.now() + patienceMs
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
    insert: (...row) => patiently(() => store.insert(...row)),
    apply: (...change) => patiently(() => store.apply(...change)),
    claim: (request) => patiently(() => store.claim(request)),
    lease: (...lease) => patiently(() => store.lease(...lease)),
    renewLeases: (...leases) => patiently(() => store.renewLeases(...leases)),
    finishStep: (...step) => patiently(() => store.finishStep(...step)),
    recover: (latest) => patiently(() => store.recover(latest)),
    remove: (...row) => patiently(() => store.remove(...row)),
    checkWritable: () => patiently(() => store.checkWritable()),
  }
}
