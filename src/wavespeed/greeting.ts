import type { Clock } from '../jobs/ports.ts'
import type { Logger } from '../log.ts'

/** The pause before the question is asked again; it doubles up to the longest. */
const firstPauseMs = 1_000 // 1 second
const longestPauseMs = 30_000 // half a minute

export interface GreetingOptions {
  /** A harmless question that needs the key. */
  readonly ask: () => Promise<unknown>
  readonly isSandbox: () => boolean
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
}

export interface Greeting {
  /** Resolves when the question was first answered, or not; never rejects. */
  readonly asked: Promise<void>
  /** Asks no more. */
  stop(): void
}

/**
 * One question tells whether the key works and what the vendor is. It is asked until it was answered once, since the
 * vendor may come after the gateway, and no job may ask it for a long time.
 */
export function greetVendor({ ask, isSandbox, clock, log }: GreetingOptions): Greeting {
  let stopped = false
  let cancel = () => {}

  async function greet(pauseMs: number): Promise<void> {
    try {
      await ask()
      if (!isSandbox()) log.info('the vendor accepts the key')
    } catch (error) {
      if (stopped) return
      const again = pauseMs > firstPauseMs
      log[again ? 'debug' : 'warn'](
        { err: error },
        'the vendor does not answer as it should; jobs wait until it does',
      )
      cancel = clock.after(pauseMs, () => void greet(Math.min(pauseMs * 2, longestPauseMs)))
    }
  }

  return {
    asked: greet(firstPauseMs),
    stop() {
      stopped = true
      cancel()
    },
  }
}
