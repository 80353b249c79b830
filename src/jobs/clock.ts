import type { Clock } from './ports.ts'

/** The clock of a running gateway. Tests pass their own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
