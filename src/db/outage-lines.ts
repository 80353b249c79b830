import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { History } from '../jobs/work.ts'
import { createAvailability, type Logger } from '../log.ts'
import { aroundHistory, writing } from './around.ts'

/** The history, with a line in the log when it is not available, and one when it is again. */
export function withOutageLines(
  history: History,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): { readonly history: History; stop(): void } {
  const availability = createAvailability({
    clock,
    onLost: (err) => log.warn({ err }, 'the history is not available, trying again'),
    onBack: (ms) => log.info({ ms }, 'the history is available again'),
  })
  /** Whether a write has failed: then only a write shows that it is over. */
  let whileWriting = false

  const watched = aroundHistory(history, (name, call) => async (...args) => {
    try {
      const answer = await call(...args)
      if (!whileWriting || writing.has(name)) {
        availability.answered()
        whileWriting = false
      }
      return answer
    } catch (error) {
      if (error instanceof HistoryUnavailableError) {
        whileWriting ||= writing.has(name)
        availability.failed(error)
      }
      throw error
    }
  })
  return { history: watched, stop: availability.stop }
}
