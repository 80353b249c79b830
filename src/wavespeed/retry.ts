import type { Clock } from '../jobs/clock.ts'
import type { VendorFetch } from './fetch.ts'

export interface RetryOptions {
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Tries in all, the first included. */
  readonly tries?: number
  /** The pause before the second try; it doubles with each further one. */
  readonly firstPauseMs?: number
  /** Once aborted, nothing is sent again and no pause is waited for. */
  readonly stop?: AbortSignal
}

/** A pause the vendor asks for is kept up to here; a longer one is left to whoever schedules the next poll. */
const longestPauseMs = 10_000 // 10 seconds

/**
 * Sends a GET again after network errors, 429 and 5xx, with growing, jittered pauses, honouring `Retry-After`. Any
 * other method passes through untouched: a POST is never sent twice.
 */
export function withRetries(fetch: VendorFetch, retry: RetryOptions): VendorFetch {
  const { clock, random, tries = 3, firstPauseMs = 500, stop } = retry

  /** How long to wait before the next try; null if there is none. */
  function pauseAfter(attempt: number, answer: Response | null): number | null {
    if (attempt >= tries || (answer && !isPassing(answer.status))) return null
    const asked = (answer && retryAfterMs(answer.headers.get('retry-after'), clock.now())) ?? 0
    if (asked > longestPauseMs) return null
    return Math.max(asked, firstPauseMs * 2 ** (attempt - 1) * (0.5 + random()))
  }

  return async (request, options) => {
    if (request.method !== 'GET') return fetch(request, options)
    const isOver = () => request.signal.aborted || stop?.aborted === true
    for (let attempt = 1; ; attempt += 1) {
      let answer: Response | null = null
      let failure: unknown
      try {
        answer = await fetch(request)
      } catch (error) {
        failure = error
      }
      const ms = pauseAfter(attempt, answer)
      if (ms !== null && !isOver()) await pause(clock, ms, stop)
      // A stop ends the pause, and then there is no other try.
      if (ms !== null && !isOver()) continue
      if (answer === null) throw failure
      return answer
    }
  }
}

/** A status that another try may not meet again. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500
}

/** The three forms of a date in HTTP, which all begin with the day of the week. */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/i

/** `Retry-After` in milliseconds from `now`: seconds or an HTTP date; null if it is absent or makes no sense. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null
  const text = header.trim()
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000)
  // Date.parse takes almost anything for a date: "2.5" is one of 2001.
  if (!httpDate.test(text)) return null
  // The third form names no zone, and would be taken for the time of this machine's.
  const at = Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`)
  return Number.isNaN(at) ? null : Math.max(at - now, 0)
}

function pause(clock: Clock, ms: number, stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      stop?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    stop?.addEventListener('abort', done)
  })
}
