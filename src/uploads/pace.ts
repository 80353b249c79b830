import type { Clock } from '../jobs/clock.ts'

/** Whom a transfer waits for: at the end for the vendor's word that it has everything. */
export type Side = 'sender' | 'vendor' | 'answer'

/** Watches whether a transfer goes on, without a limit on how long it takes as a whole. */
export interface Pace {
  /** From now on this side is waited for. */
  waitFor(side: Side): void
  /** So much has come from the sender, or gone to the vendor. */
  moved(bytes: number): void
  end(): void
}

export interface PaceOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** The longest time without a byte. */
  readonly idleMs: number
  /** The longest time until the answer: much may still be on its way. */
  readonly answerMs: number
  /** What a side has to move in so much time of waiting for it. */
  readonly windowMs: number
  readonly leastBytes: number
  /** Told once, of the side that is too slow. */
  readonly onSlow: (side: Side, idle: boolean) => void
}

const checkMs = 1_000 // 1 second
const none = { ms: 0, bytes: 0 }

/** Only the time that is spent waiting for a side counts against it: a slow vendor makes no slow sender. */
export function createPace(options: PaceOptions): Pace {
  const { clock, idleMs, answerMs, windowMs, leastBytes, onSlow } = options
  const sides = { sender: none, vendor: none, answer: none }
  let [side, since, last]: [Side, number, number] = ['sender', clock.now(), clock.now()]
  let cancel = clock.after(checkMs, check)

  function count(): void {
    const now = clock.now()
    const { ms, bytes } = sides[side]
    sides[side] = { ms: ms + now - since, bytes }
    since = now
  }

  function check(): void {
    count()
    const waited = sides[side]
    const idle = clock.now() - last >= (side === 'answer' ? answerMs : idleMs)
    if (idle || (side !== 'answer' && waited.ms >= windowMs && waited.bytes < leastBytes)) {
      onSlow(side, idle)
      return
    }
    if (waited.ms >= windowMs) sides[side] = none
    cancel = clock.after(checkMs, check)
  }

  return {
    waitFor(next) {
      count()
      side = next
      last = since
    },
    moved(bytes) {
      const { ms, bytes: before } = sides[side]
      sides[side] = { ms, bytes: before + bytes }
      last = clock.now()
    },
    end() {
      cancel()
    },
  }
}
