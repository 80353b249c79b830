import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { JobStore } from '../jobs/work.ts'
import { createAvailability, type Logger } from '../log.ts'

/** What writes, or finds out whether that works: only these show that a fault of writing is over. */
const writing: readonly (keyof JobStore)[] = [
  'insert',
  'change',
  'claim',
  'advance',
  'markSent',
  'settle',
  'take',
  'finish',
  'remove',
  'checkWritable',
  'repair',
]

/** The store, with a line in the log when it is not available, and one when it is again. */
export function withOutageLines(
  store: JobStore,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): { readonly store: JobStore; stop(): void } {
  const availability = createAvailability({
    clock,
    onLost: (err) => log.warn({ err }, 'the history is not available, trying again'),
    onBack: (ms) => log.info({ ms }, 'the history is available again'),
  })
  let whileWriting = false

  function failed(method: keyof JobStore, error: unknown): never {
    if (error instanceof HistoryUnavailableError) {
      whileWriting ||= writing.includes(method)
      availability.failed(error)
    }
    throw error
  }
  function answered<T>(method: keyof JobStore, value: T): T {
    if (!whileWriting || writing.includes(method)) {
      availability.answered()
      whileWriting = false
    }
    return value
  }

  const watched = Object.entries(store).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member]
    const method = name as keyof JobStore
    const call = (...args: unknown[]): unknown => {
      try {
        const result: unknown = member(...args)
        if (!(result instanceof Promise)) return answered(method, result)
        return result.then(
          (value) => answered(method, value),
          (error: unknown) => failed(method, error),
        )
      } catch (error) {
        return failed(method, error)
      }
    }
    return [name, call]
  })
  return { store: Object.fromEntries(watched) as JobStore, stop: availability.stop } // each is the one of that name
}
