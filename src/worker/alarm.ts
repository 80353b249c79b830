import type { Clock } from '../jobs/clock.ts'

export interface Alarm {
  start(): void
  /** Something may be due at this time; before `start`, and after `stop`, nothing. */
  wake(at?: number): void
  /** Ends the waiting; resolves when what runs has ended. */
  stop(): Promise<void>
}

/** After a run that failed in an unforeseen way. */
const faultPauseMs = 10_000 // 10 seconds

/**
 * Runs `run` at the earliest time that it was asked for, at the time that it answers itself, and after `idleMs` at the
 * latest; never twice at once.
 */
export function createAlarm(options: {
  readonly clock: Clock
  readonly run: () => Promise<number | null>
  readonly idleMs: number
  /** Told of what `run` throws. */
  readonly onFault: (error: unknown) => void
}): Alarm {
  const { clock, run, idleMs, onFault } = options
  let timer: { readonly at: number; readonly inMs: number; readonly cancel: () => void } | null = null
  /** While it runs: the earliest time that was asked for meanwhile. */
  let asked = Number.POSITIVE_INFINITY
  let running: Promise<void> | null = null
  let started = false
  let stopped = false

  function wake(at = clock.now()): void {
    if (!started || stopped) return
    if (running) {
      asked = Math.min(asked, at)
      return
    }
    // One that waits for nothing but its turn is not put off by whoever asks meanwhile.
    if (timer?.inMs === 0) return
    if (timer && timer.at <= at) return
    timer?.cancel()
    const now = clock.now()
    const inMs = Math.min(Math.max(at - now, 0), idleMs)
    timer = { at: now + inMs, inMs, cancel: clock.after(inMs, begin) }
  }

  function begin(): void {
    timer = null
    asked = Number.POSITIVE_INFINITY
    running = run()
      .catch((error: unknown) => {
        onFault(error)
        return clock.now() + faultPauseMs
      })
      .then((next) => {
        running = null
        wake(Math.min(next ?? Number.POSITIVE_INFINITY, asked))
      })
  }

  return {
    start() {
      started = true
      wake()
    },
    wake,
    async stop() {
      stopped = true
      timer?.cancel()
      timer = null
      await running
    },
  }
}
