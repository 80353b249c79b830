import type { Clock } from '../jobs/clock.ts'

/** The vendor's clock, as its answers show it: what it dates and signs goes by that, however wrong ours may be. */
export interface VendorTime {
  /** Milliseconds since 1970; by our clock as long as the vendor has not said what time it is. */
  now(): number
  /** By how much it is ahead of ours. */
  readonly aheadMs: number
  /** Told of the headers of an answer that is surely the vendor's. */
  see(headers: Headers): void
}

export function createVendorTime(clock: Pick<Clock, 'now'>): VendorTime {
  let aheadMs = 0
  return {
    now: () => clock.now() + aheadMs,
    get aheadMs() {
      return aheadMs
    },
    see(headers) {
      const at = Date.parse(headers.get('date') ?? '')
      if (!Number.isNaN(at)) aheadMs = at - clock.now()
    },
  }
}
