import { ExpectedError } from '../expected-error.ts'

/** What each tenant has limits of, with the words for it. */
export const limitWords = {
  requestsPerSecond: 'requests a second',
  costPerMinute: 'points of cost a minute',
  creationsPerMinute: 'new jobs a minute',
  waitingJobs: 'jobs that wait',
  runningJobs: 'jobs at the vendor',
  streams: 'open streams',
  uploadsPerDay: 'uploads a day',
} as const

export type LimitName = keyof typeof limitWords

/** A limit of the tenant is reached. Nothing was done of what was asked for. */
export class RateLimitedError extends ExpectedError {
  readonly code = 'RATE_LIMITED'
  readonly limit: LimitName
  readonly most: number
  /** Whole seconds after which it makes sense to try again. */
  readonly retryAfter: number
  constructor(limit: LimitName, most: number, retryAfterMs: number) {
    const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1_000))
    super(
      `Your tenant may have ${most.toLocaleString('en')} ${limitWords[limit]}: try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}.`,
    )
    this.limit = limit
    this.most = most
    this.retryAfter = retryAfter
  }
}
