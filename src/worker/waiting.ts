import type { Hold, HoldReason } from '../jobs/hold.ts'
import type { Job } from '../jobs/job.ts'
import type { Pause, VendorStatus } from '../jobs/vendor.ts'

/** Why a job that is QUEUED is not sent yet. */
export const waitingReasons = ['PLACE', 'PAUSE', 'KEY', 'ACCOUNT', 'MODEL', 'VENDOR'] as const
export type WaitingFor = (typeof waitingReasons)[number]

const stateOf: Readonly<Record<Exclude<HoldReason, 'model'>, VendorStatus['state']>> = {
  key: 'KEY_REFUSED',
  account: 'ACCOUNT_REFUSED',
  address: 'SUBMISSIONS_REFUSED',
  rate: 'RATE_LIMITED',
}

/** How the vendor is, by what its answers say of it and by what holds submissions up. */
export function vendorStatus(known: {
  readonly status: VendorStatus
  /** The hold of all submissions. */
  readonly hold: Hold | null
  readonly pause: Pause | null
}): VendorStatus {
  const { status, hold, pause } = known
  if (status.state === 'KEY_REFUSED' || status.state === 'NOT_THE_VENDOR') return status
  if (hold && hold.scope !== 'model') {
    return { state: stateOf[hold.scope], message: hold.message, since: hold.since }
  }
  if (status.state === 'UNREACHABLE' || pause === null) return status
  const { reason, message, since } = pause
  return { state: reason === 'rate' ? 'RATE_LIMITED' : 'UNREACHABLE', message, since }
}

const stopped: readonly VendorStatus['state'][] = [
  'KEY_REFUSED',
  'NOT_THE_VENDOR',
  'ACCOUNT_REFUSED',
  'SUBMISSIONS_REFUSED',
]

/** Whether nothing is sent before a person has done something about it. */
export function needsPerson({ state }: VendorStatus): boolean {
  return stopped.includes(state)
}

const reasonOf: Readonly<Record<VendorStatus['state'], WaitingFor | null>> = {
  OK: null,
  UNKNOWN: 'VENDOR',
  UNREACHABLE: 'VENDOR',
  NOT_THE_VENDOR: 'VENDOR',
  SUBMISSIONS_REFUSED: 'VENDOR',
  KEY_REFUSED: 'KEY',
  ACCOUNT_REFUSED: 'ACCOUNT',
  RATE_LIMITED: 'PAUSE',
}

/** Why this job is not sent yet; null unless it is QUEUED. `hold` is that of its model. */
export function waitingFor(
  job: Pick<Job, 'state' | 'runAt'>,
  known: { readonly status: VendorStatus; readonly hold: Hold | null; readonly now: number },
): WaitingFor | null {
  if (job.state !== 'QUEUED') return null
  const { status, hold, now } = known
  return reasonOf[status.state] ?? (hold?.scope === 'model' ? 'MODEL' : job.runAt > now ? 'PAUSE' : 'PLACE')
}
