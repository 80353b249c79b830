import { outagePause } from './cadence.ts'
import type { Clock } from './ports.ts'

/** How many lost submissions in a row are taken for an outage: one may be a passing fault. */
const lostInARow = 2

/**
 * What recent exchanges say about the vendor, over all jobs. While it is down, looks slow down and submissions stop:
 * each one sent into an outage could end as SUBMISSION_UNKNOWN, and each refused one only lengthens its timeline.
 */
export interface Outage {
  /** A look, a search or a probe was answered. */
  answered(): void
  /** One was not; answers the pause before the next. */
  unanswered(): number
  /** A submission was accepted or refused: the vendor works. */
  submitted(): void
  /** A submission was surely not taken; answers the pause before any other, `pauseMs` at least. */
  deferred(reason: 'rate' | 'unauthorized' | 'unreachable', pauseMs: number): number
  /** A submission's answer was lost. */
  lost(): void
  /** Until when no submission may start; 0 if none was deferred or its pause is over. */
  heldUntil(): number
  /** Whether the vendor has to answer something harmless before the next submission. */
  readonly down: boolean
  /** Whether one submission at a time should find out how things are. */
  readonly probing: boolean
}

/** @param shortestMs the pause that doubles with each unanswered look */
export function createOutage(clock: Pick<Clock, 'now'>, shortestMs: number): Outage {
  let unanswered = 0
  let deferrals = 0
  let deferredUntil = 0
  let deferredFor = 0
  let lost = 0
  let down = false

  function answered(): void {
    unanswered = 0
    lost = 0
    down = false
  }

  function heldUntil(): number {
    const now = clock.now()
    // More than was asked for is left only if the clock was set back: the pause counts anew from now.
    deferredUntil = Math.min(deferredUntil, now + deferredFor)
    return deferredUntil > now ? deferredUntil : 0
  }

  return {
    answered,
    unanswered() {
      unanswered += 1
      return outagePause(unanswered, shortestMs)
    },
    submitted() {
      answered()
      deferrals = 0
      deferredUntil = 0
    },
    deferred(reason, pauseMs) {
      const pause = Math.max(pauseMs, outagePause(deferrals, Math.min(pauseMs, 60_000)))
      deferrals += 1
      deferredUntil = Math.max(heldUntil(), clock.now() + pause)
      deferredFor = deferredUntil - clock.now()
      if (reason !== 'rate') down = true
      return pause
    },
    lost() {
      lost += 1
      if (lost >= lostInARow) down = true
    },
    heldUntil,
    get down() {
      return down
    },
    get probing() {
      return deferrals > 0 || lost > 0
    },
  }
}
