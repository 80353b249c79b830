import type { Clock } from '../../jobs/clock.ts'

/** The one question that finds out whether the vendor is back, whoever waits for that. */
export interface Probe {
  /** Asks now, unless it is asked just now; resolves with the answer, or without one. */
  ask(): Promise<void>
  /** It has to be asked by this time: a later one that is planned is brought forward. */
  by(at: number): void
  /** When it is asked next; null if that is not planned, or it is asked just now. */
  readonly nextAt: number | null
  /** Asks no more. */
  stop(): void
}

export interface ProbeOptions {
  readonly clock: Clock
  /** A harmless question that needs the key: whether it was the vendor that answered it, and well. */
  readonly ask: () => Promise<boolean>
  /** Whether anybody still waits for it. */
  readonly isNeeded: () => boolean
  /** The pause after so many in a row that were not answered. */
  readonly pauseMs: (unanswered: number) => number
  readonly onAnswer: () => void
}

/** Asks one question at a time, again and again with growing pauses, until it is answered or nobody needs that any more. */
export function createProbe({ clock, ask, isNeeded, pauseMs, onAnswer }: ProbeOptions): Probe {
  let planned: { readonly at: number; readonly cancel: () => void } | null = null
  let asking: Promise<void> | null = null
  let unanswered = 0
  let stopped = false

  function by(at: number): void {
    if (stopped || asking || (planned && planned.at <= at)) return
    planned?.cancel()
    planned = { at, cancel: clock.after(Math.max(at - clock.now(), 0), begin) }
  }

  function begin(): void {
    planned = null
    // Others may have been answered meanwhile.
    if (isNeeded()) void askNow()
    else unanswered = 0
  }

  function askNow(): Promise<void> {
    asking ??= ask().then((isAnswered) => {
      asking = null
      if (stopped) return
      unanswered = isAnswered ? 0 : unanswered + 1
      if (isAnswered) onAnswer()
      else if (isNeeded()) by(clock.now() + pauseMs(unanswered))
    })
    return asking
  }

  return {
    ask() {
      planned?.cancel()
      planned = null
      return stopped ? Promise.resolve() : askNow()
    },
    by,
    get nextAt() {
      return planned?.at ?? null
    },
    stop() {
      stopped = true
      planned?.cancel()
      planned = null
    },
  }
}
