import type { Logger } from '../log.ts'
import type { Clock } from './ports.ts'

/** The clock of a running gateway. Tests pass their own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Beyond this the clock of a machine disturbs its queue, whose locks go by it. */
const bearableMs = 5_000 // 5 seconds

/**
 * The system's clock, set by the database's: gateways that share a history agree on the time, or one of them would
 * see the minute of the vendor's limit end before the others.
 *
 * @param timeOf the database's time, in milliseconds since 1970
 */
export async function createDatabaseClock(timeOf: () => Promise<number>, log: Logger): Promise<Clock> {
  const before = systemClock.now()
  const there = await timeOf()
  const after = systemClock.now()
  const offset = Math.round(there - (before + after) / 2)
  if (Math.abs(offset) > bearableMs) {
    log.warn({ offsetMs: offset }, "this machine's clock is not the database's: let both be set by NTP")
  }
  return { ...systemClock, now: () => systemClock.now() + offset }
}
