import type { Clock } from '../jobs/clock.ts'
import { type Progress, progressOf } from '../jobs/estimate.ts'
import type { ListedJob } from '../jobs/job.ts'
import type { VendorHealth, VendorStatus } from '../jobs/vendor.ts'
import type { Holds } from '../worker/holds.ts'
import { vendorStatus, type WaitingFor, waitingFor } from '../worker/waiting.ts'

/** What is no row, but told of now. */
export interface Told {
  /** How the vendor is, by its answers and by what holds submissions up. */
  readonly vendor: () => VendorStatus
  readonly waitingFor: (job: ListedJob) => WaitingFor | null
  /** How far a job is likely to be, as it is now. */
  readonly progressOf: (job: ListedJob) => Progress | null
}

/** What is told of the vendor, and of jobs by the clock. */
export function tellerOf(health: VendorHealth, holds: Holds, clock: Pick<Clock, 'now'>): Told {
  const vendor = () =>
    vendorStatus({ status: health.status, hold: holds.current(), pause: health.pause ?? holds.pause })
  return {
    vendor,
    waitingFor: (job) =>
      waitingFor(job, { status: vendor(), hold: holds.current(job.model), now: clock.now() }),
    progressOf: (job) => progressOf(job, clock.now()),
  }
}
