import { outagePause } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'

/** How many unanswered polls in a row are taken for an outage: one may be a passing fault, of one prediction even. */
const unansweredInARow = 3
/** While polls wait for an outage to end, one of those that are due finds out so often: the others go on soon after it. */
const longestAwayMs = 20_000 // 20 seconds
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
  /** A poll or a search was answered, by the vendor without doubt. */
  answered(): void
  /** One was not; `askedMs` is the pause that the vendor asks for. Answers the pause before it is asked the same again. */
  unanswered(askedMs?: number): number
  /** The question before a submission was answered. */
  probeAnswered(): void
  /** It was not; answers the pause before the next. */
  probeUnanswered(): number
  /** How many polls may be under way: while the vendor is away one speaks for all. */
  pollRoom(): { readonly atMost: number; readonly until: number | null }
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
  /** From 0 up to 1: gateways that share a vendor do not ask it in step. */
  readonly random: () => number
  /** Told when polls are answered again after an outage. */
  readonly onRecovered?: () => void
  /** Told of each pause of submissions as it begins, and when it is over. */
  readonly onPause?: (pause: Pause, ended: boolean) => void
}

export function createCircuitBreaker(
  clock: Pick<Clock, 'now'>,
  { shortestMs, random, onPause = () => {}, onRecovered = () => {} }: CircuitBreakerOptions,
): CircuitBreaker {
  /** Polls that were not answered since the last that was, each after the pause of the one before. */
  let unanswered = 0
  let away: { readonly since: number; readonly forMs: number } | null = null
  let probesUnanswered = 0
  let deferrals = 0
  let deferredUntil = 0
  let lost = 0
  let down = true
  let pause: Pause | null = null

  function probeAnswered(): void {
    probesUnanswered = 0
    lost = 0
    down = false
  }

  function answered(): void {
    unanswered = 0
    probeAnswered()
    if (away === null) return
    away = null
    onRecovered()
  }

  function pauseOf(failures: number, askedMs = 0, longestMs = Number.POSITIVE_INFINITY): number {
    const doubling = Math.min(outagePause(failures, shortestMs), longestMs)
    return Math.round(Math.max(doubling, askedMs) * (0.75 + random() / 2))
  }

  /** When the vendor may be asked again after an outage began; 0 if that is now. */
  function awayUntil(): number {
    if (away === null) return 0
    const until = away.since + away.forMs
    return until > clock.now() ? until : 0
  }

  function heldUntil(): number {
    return deferredUntil > clock.now() ? deferredUntil : 0
  }

  return {
    answered,
    unanswered(askedMs = 0) {
      // Those that were under way when the first failed say nothing new.
      if (awayUntil() === 0) {
        unanswered += 1
        const probes = unanswered - unansweredInARow + 1
        if (probes > 0) away = { since: clock.now(), forMs: pauseOf(probes, askedMs, longestAwayMs) }
      }
      return pauseOf(unanswered, askedMs)
    },
    probeAnswered() {
      probeAnswered()
      // Polls may be answered again, too: one finds that out.
      if (away) away = { since: clock.now(), forMs: 0 }
    },
    probeUnanswered() {
      probesUnanswered += 1
      return pauseOf(probesUnanswered)
    },
    pollRoom() {
      if (away === null) return { atMost: Number.POSITIVE_INFINITY, until: null }
      const until = awayUntil()
      return until > 0 ? { atMost: 0, until } : { atMost: 1, until: null }
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
