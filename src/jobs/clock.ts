import type { Logger } from '../log.ts'

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once, `ms` from now; answers a function that calls it off. */
  after(ms: number, run: () => void): () => void
}

/** The clock of a running gateway. Tests pass their own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Beyond this somebody should see to the clock of a machine: the times in its log go by it. */
const bearableMs = 5_000 // 5 seconds

/** How often the clocks are compared: either may be set. */
const compareMs = 60_000 // 1 minute
/** Of so many answers the quickest counts: the others had to wait for something. */
const samples = 3

/**
 * The system's clock, set by the database's: gateways that share a history agree on the time, or one of them would
 * see the minute of the vendor's limit end before the others.
 *
 * @param timeOf the database's time, in milliseconds since 1970
 * @param here this machine's clock
 */
export async function openDatabaseClock(
  timeOf: () => Promise<number>,
  log: Logger,
  here: Clock = systemClock,
): Promise<{ readonly clock: Clock; close(): void }> {
  let offset = 0
  let closed = false
  let cancel: () => void = () => {}

  async function compare(): Promise<void> {
    let quickest = Number.POSITIVE_INFINITY
    let found = offset
    for (let sample = 0; sample < samples; sample += 1) {
      const before = here.now()
      const there = await timeOf()
      const after = here.now()
      if (after - before >= quickest) continue
      quickest = after - before
      found = Math.round(there - (before + after) / 2)
    }
    if (Math.abs(found) > bearableMs && Math.abs(offset) <= bearableMs) {
      log.warn({ offsetMs: found }, "this machine's clock is not the database's: let both be set by NTP")
    }
    offset = found
  }

  function compareLater(): void {
    cancel = here.after(compareMs, () => {
      // A database that does not answer leaves the clock as it is.
      void compare()
        .catch(() => {})
        .then(() => closed || compareLater())
    })
  }

  await compare()
  compareLater()
  return {
    clock: { now: () => here.now() + offset, after: here.after },
    close() {
      closed = true
      cancel()
    },
  }
}
