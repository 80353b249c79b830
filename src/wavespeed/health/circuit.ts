import type { Clock } from '../../jobs/clock.ts'
import type { Pause } from '../../jobs/vendor.ts'

/** How many unanswered polls in a row are taken for an outage: one may be a passing fault, of one prediction even. */
const unansweredInARow = 3
/** How many lost submissions in a row are: one may be a passing fault. */
const lostInARow = 2

/** What recent exchanges say of the vendor, over all jobs: pure but for the clock. */
export interface Circuit {
  /** A poll or a search was answered, by the vendor without doubt. */
  answered(): void
  unanswered(): void
  /** The harmless question was answered. */
  probed(): void
  /** A submission was accepted, or refused for its input: the vendor works. */
  submitted(): void
  /** One surely did not leave: none does for `pauseMs` at least. */
  deferred(pauseMs: number, message: string): void
  /** The answer to one was lost. */
  lost(): void
  /** Something speaks against the key or the address. */
  doubted(): void
  /** Until when no submission may leave; 0 if one may. */
  heldUntil(): number
  /** Polls that were not answered since the last that was, but for those of an outage that were under way with others. */
  readonly silent: number
  /** `unknown` until something was answered. While they are `away` none is made; by `trying` one finds out whether they are again. */
  readonly polls: 'unknown' | 'well' | 'away' | 'trying'
  /** Whether the vendor has to answer something harmless before the next submission: at first it has. */
  readonly isDoubtful: boolean
  /** Whether one submission at a time should find out how things are. */
  readonly isCareful: boolean
  readonly pause: Pause | null
}

export interface CircuitOptions {
  readonly clock: Pick<Clock, 'now'>
  /** How long submissions pause after so many deferrals in a row, the first of which asked for `pauseMs`. */
  readonly pauseOf: (deferrals: number, pauseMs: number) => number
  /** Told of each pause of submissions as it begins, and when it is over. */
  readonly onPause: (pause: Pause, ended: boolean) => void
}

export function createCircuit({ clock, pauseOf, onPause }: CircuitOptions): Circuit {
  let polls: Circuit['polls'] = 'unknown'
  let silent = 0
  let isDoubtful = true
  let lost = 0
  let deferrals = 0
  let deferredUntil = 0
  let pause: Pause | null = null

  function answered(): void {
    polls = 'well'
    silent = 0
    isDoubtful = false
    lost = 0
  }

  return {
    answered,
    unanswered() {
      // Those that were under way when the outage began say nothing new.
      if (polls === 'away') return
      silent += 1
      if (silent >= unansweredInARow) polls = 'away'
    },
    probed() {
      isDoubtful = false
      lost = 0
      // What answers one question need not answer the other.
      if (polls === 'unknown') polls = 'well'
      else if (polls === 'away') polls = 'trying'
    },
    submitted() {
      answered()
      deferrals = 0
      deferredUntil = 0
      if (pause) onPause(pause, true)
      pause = null
    },
    deferred(pauseMs, message) {
      const now = clock.now()
      deferredUntil = Math.max(deferredUntil, now + pauseOf(deferrals, pauseMs))
      deferrals += 1
      isDoubtful = true
      if (pause) return
      pause = { reason: 'unreachable', message, since: now }
      onPause(pause, false)
    },
    lost() {
      lost += 1
      if (lost >= lostInARow) isDoubtful = true
    },
    doubted() {
      isDoubtful = true
    },
    heldUntil: () => (deferredUntil > clock.now() ? deferredUntil : 0),
    get silent() {
      return silent
    },
    get polls() {
      return polls
    },
    get isDoubtful() {
      return isDoubtful
    },
    get isCareful() {
      return deferrals > 0 || lost > 0
    },
    get pause() {
      return pause
    },
  }
}
