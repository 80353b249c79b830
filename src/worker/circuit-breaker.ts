import { outagePause } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'

/** How many lost submissions in a row are taken for an outage: one may be a passing fault. */
const lostInARow = 2

type Reason = 'rate' | 'unreachable'

/** A pause of all submissions that goes on until one is accepted or refused. */
export interface Pause {
  readonly reason: Reason
  /** The vendor's words, or those of the fault. */
  readonly message: string
  readonly since: number
}

/**
 * What recent exchanges say about the vendor, over all jobs. While it is down, polls slow down and submissions stop:
 * each one sent into an outage could end as SUBMISSION_UNKNOWN, and each refused one only lengthens its timeline.
 */
export interface CircuitBreaker {
  /** A poll, a search or a probe was answered, by the vendor without doubt. */
  answered(): void
  /** One was not; answers the pause before the next. */
  unanswered(): number
  /** A submission was accepted, or refused for its input: the vendor works. */
  submitted(): void
  /** A submission was surely not taken; answers the pause before any other, `pauseMs` at least. */
  deferred(reason: Reason, pauseMs: number, message: string): number
  /** A submission's answer was lost. */
  lost(): void
  /** Something speaks against the key or the address: the vendor has to be asked before the next submission. */
  doubted(): void
  /** Until when no submission may start; 0 if none was deferred or its pause is over. */
  heldUntil(): number
  /** Whether the vendor has to answer something harmless before the next submission: at first it has. */
  readonly down: boolean
  /** Whether one submission at a time should find out how things are. */
  readonly probing: boolean
  readonly pause: Pause | null
}

export interface CircuitBreakerOptions {
  /** The pause that doubles with each unanswered poll. */
  readonly shortestMs: number
  /** Told of each pause of submissions as it begins, and when it is over. */
  readonly onPause?: (pause: Pause, ended: boolean) => void
}

export function createCircuitBreaker(
  clock: Pick<Clock, 'now'>,
  { shortestMs, onPause = () => {} }: CircuitBreakerOptions,
): CircuitBreaker {
  let unanswered = 0
  let deferrals = 0
  let deferredUntil = 0
  let deferredFor = 0
  let lost = 0
  let down = true
  let pause: Pause | null = null

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
      if (pause) onPause(pause, true)
      pause = null
    },
    deferred(reason, pauseMs, message) {
      const pauseFor = outagePause(deferrals, pauseMs)
      deferrals += 1
      deferredUntil = Math.max(heldUntil(), clock.now() + pauseFor)
      deferredFor = deferredUntil - clock.now()
      if (reason !== 'rate') down = true
      if (!pause) {
        pause = { reason, message, since: clock.now() }
        onPause(pause, false)
      }
      return pauseFor
    },
    lost() {
      lost += 1
      if (lost >= lostInARow) down = true
    },
    doubted() {
      down = true
    },
    heldUntil,
    get down() {
      return down
    },
    get probing() {
      return deferrals > 0 || lost > 0
    },
    get pause() {
      return pause
    },
  }
}
