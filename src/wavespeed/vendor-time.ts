import type { Clock } from '../jobs/clock.ts'

/** The vendor's clock, as its answers show it: what it dates and signs goes by that, however wrong ours may be. */
export interface VendorTime {
  /** Milliseconds since 1970; by our clock as long as the vendor has not said what time it is. */
  now(): number
  /** By how much it is ahead of ours. */
  readonly aheadMs: number
  /** Told of the headers of an answer that is surely the vendor's, to what was asked at `askedAt`. */
  see(headers: Headers, askedAt: number): void
}

/** A date in a header names a whole second. */
const secondMs = 1_000

export function createVendorTime(clock: Pick<Clock, 'now'>): VendorTime {
  /** What all answers agree on: the vendor is ahead by so much at least, and at most. */
  let least = Number.NEGATIVE_INFINITY
  let most = Number.POSITIVE_INFINITY
  return {
    now: () => clock.now() + ahead(),
    get aheadMs() {
      return ahead()
    },
    see(headers, askedAt) {
      const at = Date.parse(headers.get('date') ?? '')
      if (Number.isNaN(at)) return
      const says = { least: at - clock.now(), most: at + secondMs - askedAt }
      least = Math.max(least, says.least)
      most = Math.min(most, says.most)
      // One of the clocks was set, or goes faster than the other.
      if (least > most) ({ least, most } = says)
    },
  }

  /** By so much at least: so what the vendor dates is never taken to be earlier than it was. */
  function ahead(): number {
    return Number.isFinite(least) ? least : 0
  }
}
