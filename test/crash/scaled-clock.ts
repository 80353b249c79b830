import type { Clock } from '../../src/jobs/clock.ts'

/**
 * How many times faster than the machine's the clock of gateway and sandbox runs. All that is measured in time is
 * scaled alike, the limit of a request too, so the proportions are those of a real gateway: the search for a lost task
 * takes 30 s instead of ten minutes. What is not scaled is the machine's own slowness. It must stay small against the
 * margin by which a task may be dated later than its POST was begun: three and a half minutes, 10 s here.
 */
export const speed = 20

/** A clock that runs `speed` times as fast as the machine's since `epoch`, the same in every process and every life. */
export function createScaledClock(epoch: number): Clock {
  return {
    now: () => Math.round(epoch + (Date.now() - epoch) * speed),
    after(ms, run) {
      const timer = setTimeout(run, ms / speed)
      return () => clearTimeout(timer)
    },
  }
}
