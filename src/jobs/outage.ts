import { outagePause } from './cadence.ts'
import type { Clock } from './ports.ts'

/** How many lost submissions in a row are taken for an outage: one may be a passing fault. */
const lostInARow = 2

/** With nobody left who could notice that the vendor answers again, one submission tries after so long. */
const longestHold = 60_000 // 1 minute

/**
 * What recent exchanges say about the vendor, over all jobs. While it is down, looks slow down, and submissions stop:
 * each one sent into an outage could end as SUBMISSION_UNKNOWN.
 */
export interface Outage {
  /** A look or a search was answered. */
  answered(): void
  /** A look or a search was not; answers the pause before the next. */
  unanswered(): number
  /** A submission was accepted or refused: the vendor works. */
  submitted(): void
  /** A submission was surely not taken; answers the pause before any other, `pauseMs` at least. */
  deferred(pauseMs: number): number
  /** A submission's answer was lost. */
  lost(): void
  /** Until when no submission may start; 0 if it may now. */
  heldUntil(): number
  /** Whether one submission at a time should find out how things are. */
  readonly probing: boolean
}

/** @param shortestMs the pause after the first unanswered look; it doubles from there */
export function createOutage(clock: Pick<Clock, 'now'>, shortestMs: number): Outage {
  let unansweredLooks = 0
  let deferrals = 0
  let lost = 0
  let deferredUntil = 0
  let lostUntil = 0

  return {
    answered() {
      unansweredLooks = 0
      lost = 0
      lostUntil = 0
    },
    unanswered() {
      unansweredLooks += 1
      return outagePause(unansweredLooks, shortestMs)
    },
    submitted() {
      deferrals = 0
      deferredUntil = 0
      lost = 0
      lostUntil = 0
    },
    deferred(pauseMs) {
      const pause = Math.max(pauseMs, outagePause(deferrals, Math.min(pauseMs, longestHold)))
      deferrals += 1
      deferredUntil = Math.max(deferredUntil, clock.now() + pause)
      return pause
    },
    lost() {
      lost += 1
      if (lost >= lostInARow) lostUntil = clock.now() + longestHold
    },
    heldUntil() {
      const until = Math.max(deferredUntil, lostUntil)
      return until > clock.now() ? until : 0
    },
    get probing() {
      return deferrals > 0 || lost > 0
    },
  }
}
