import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'

/** The pause before the question is asked again; it doubles up to the longest. */
const firstPauseMs = 1_000 // 1 second
const longestPauseMs = 30_000 // half a minute

export interface StartupCheckOptions {
  /** A harmless question that needs the key; whether it was the vendor that answered it, and well. */
  readonly ask: () => Promise<boolean>
  readonly isSandbox: () => boolean
  /** Whether it is known already that the vendor answers. */
  readonly isKnown: () => boolean
  readonly onAnswer: () => void
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
}

export interface StartupCheck {
  /** Begins to ask; resolves when the question was first answered, or not, and never rejects. */
  begin(): Promise<void>
  /** Asks no more. */
  stop(): void
}

/**
 * One question tells whether the key works and what the vendor is. It is asked until it was answered once, since the
 * vendor may come after the gateway, and no job may ask it for a long time.
 */
export function createStartupCheck({
  ask,
  isSandbox,
  isKnown,
  onAnswer,
  clock,
  log,
}: StartupCheckOptions): StartupCheck {
  let stopped = false
  let cancel = () => {}

  async function check(pauseMs: number): Promise<void> {
    // Others may have asked meanwhile, before a submission.
    const answered = isKnown() || (await ask())
    if (stopped) return
    if (!answered) {
      cancel = clock.after(pauseMs, () => void check(Math.min(pauseMs * 2, longestPauseMs)))
      return
    }
    if (!isSandbox()) log.info('the vendor accepts the key')
    onAnswer()
  }

  return {
    begin: () => check(firstPauseMs),
    stop() {
      stopped = true
      cancel()
    },
  }
}
