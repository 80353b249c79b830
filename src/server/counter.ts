import { LRUCache } from 'lru-cache'
import type { Clock } from '../jobs/clock.ts'

/** Counts what callers do, each for a minute from the first time on. */
export interface Counter {
  /** Answers how often it was in this minute. */
  add(caller: string): number
  /** In how many seconds a caller may go on who did it too often; null if that is now. */
  pauseOf(caller: string): number | null
}

const minuteMs = 60_000 // 1 minute
/** Those who were counted last; whoever has that many addresses is not bounded by them anyway. */
const mostCallers = 50_000

/**
 * rate-limiter-flexible keeps each key, with a timer, for as long as its time lasts: of those who change their address
 * with each try there may be millions. Here the number of callers is bounded.
 */
export function createCounter(clock: Pick<Clock, 'now'>, mostPerMinute: number): Counter {
  const callers = new LRUCache<string, { count: number; readonly until: number }>({ max: mostCallers })

  function find(caller: string) {
    const found = callers.get(caller)
    return found && found.until > clock.now() ? found : undefined
  }

  return {
    add(caller) {
      const found = find(caller) ?? { count: 0, until: clock.now() + minuteMs }
      found.count += 1
      callers.set(caller, found)
      return found.count
    },
    pauseOf(caller) {
      const found = find(caller)
      if (!found || found.count < mostPerMinute) return null
      return Math.ceil((found.until - clock.now()) / 1_000)
    },
  }
}
