import type { Clock } from '../jobs/ports.ts'
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

/** A pause the vendor asks for is kept up to here; a longer one is left to whoever schedules the next look. */
const longestPauseMs = 10_000 // 10 seconds

/**
 * Sends a GET again after network errors, 429 and 5xx, with growing, jittered pauses, honouring `Retry-After`. Any
 * other method passes through untouched: a POST is never sent twice.
 */
export function withRetries(fetch: VendorFetch, options: RetryOptions): VendorFetch {
  const { clock, random, tries = 3, firstPauseMs = 500, stop } = options

  return async (request) => {
    if (request.method !== 'GET') return fetch(request)
    for (let attempt = 1; ; attempt += 1) {
      let answer: Response | null = null
      let failure: unknown
      try {
        answer = await fetch(request)
      } catch (error) {
        failure = error
      }
      const final = attempt >= tries || request.signal.aborted || stop?.aborted === true
      if (answer && (final || !isPassing(answer.status))) return answer
      if (!answer && final) throw failure
      const asked = answer && retryAfterMs(answer.headers.get('retry-after'), clock.now())
      if (answer && asked !== null && asked > longestPauseMs) return answer
      await pause(clock, Math.max(asked ?? 0, firstPauseMs * 2 ** (attempt - 1) * (0.5 + random())), stop)
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
  const at = httpDate.test(text) ? Date.parse(text) : Number.NaN
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
