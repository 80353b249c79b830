import type { Hold } from '../jobs/hold.ts'
import type { HoldScope, Pause } from '../jobs/vendor.ts'
import type { Logger } from '../log.ts'

/** What a person can do about submissions that are refused for more than their input. */
const remedies: Readonly<Record<HoldScope, string>> = {
  key: 'the vendor refuses the key, check WAVESPEED_API_KEY',
  account: 'the vendor refuses the account or has no credits left for it, see its dashboard',
  address:
    'they are refused without a word about their input, check WAVESPEED_BASE_URL and what stands before the vendor',
  model: 'the vendor does not know the model',
}

/** The lines of the log about submissions that stop: one as a pause begins, one when it is over. */
export function createPauseLines(log: Logger) {
  function pause({ reason, message }: Pause, ended: boolean): void {
    if (ended) log.info({ reason }, 'submissions go on')
    else log.warn({ reason, message }, 'submissions pause')
  }

  return {
    hold({ scope, place, message, since }: Hold, ended: boolean): void {
      const model = scope === 'model' ? place : null
      if (scope === 'rate') pause({ reason: scope, message, since }, ended)
      else if (ended) log.info({ scope, model }, 'submissions go on')
      else log.error({ scope, model, reason: message }, `submissions pause: ${remedies[scope]}`)
    },
    pause,
  }
}
