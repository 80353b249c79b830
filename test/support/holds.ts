import type { JobError } from '../../src/jobs/job.ts'
import type { HoldScope } from '../../src/jobs/vendor.ts'
import { createHolds, type Hold } from '../../src/worker/holds.ts'
import { createFakeClock } from './fake-clock.ts'

/** What the vendor refuses with. */
export const refusal: JobError = { code: 'INSUFFICIENT_CREDITS', message: 'HTTP 402' }

/** Holds on a fake clock, and submissions that are refused or accepted. */
export function startHolds() {
  const clock = createFakeClock()
  const told: string[] = []
  const holds = createHolds(
    clock,
    ({ scope }: Hold, ended) => void told.push(`${scope} ${ended ? 'ends' : 'begins'}`),
  )
  const job = (id: string, model = 'm') => ({ id, model })
  return {
    clock,
    holds,
    told,
    refuse(id: string, scope: HoldScope = 'account', model = 'm') {
      const begun = holds.begin(job(id, model))
      return holds.refused(job(id, model), begun, scope, refusal)
    },
    accept(id: string, model = 'm') {
      const begun = holds.begin(job(id, model))
      holds.accepted(job(id, model), begun)
    },
  }
}
