import { submissionLife } from '../jobs/cadence.ts'
import { type Gate, gateOf, type Hold, placesOf } from '../jobs/hold.ts'
import type { Job, Transition } from '../jobs/job.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import type { CreationLimits } from '../jobs/store.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { Claim, ClaimRequest } from '../jobs/work.ts'
import { type Contender, next, nextInTurn } from '../spending/fairness.ts'
import type { Waiting } from './queue-statements.ts'
import type { Use, UseWindow } from './statements.ts'

/** What of the recording of a job, and of its claim, is the same on both databases. */

const creationWindowMs = 60_000 // 1 minute

/** Of what is counted at this time. */
export const useWindow = (now: number, lengthMs: number): UseWindow => ({
  now,
  start: now - lengthMs,
  end: now + lengthMs,
})

export const creationWindow = (now: number) => useWindow(now, creationWindowMs)

/** When there may be room in a full queue, nobody can say: the account lets some jobs in a minute. */
const fullQueueMs = 30_000 // 30 seconds

/**
 * Refuses a job that was just counted.
 *
 * @param used what its tenant has recorded in its minute, with it
 * @param isFull whether more jobs of it wait than may
 * @throws RateLimitedError
 */
export function refuseBeyond(
  { creationsPerMinute, waitingJobs }: CreationLimits,
  used: Use | undefined,
  isFull: boolean,
  now: number,
): void {
  if (creationsPerMinute !== null && used && used.times > creationsPerMinute)
    throw new RateLimitedError('creationsPerMinute', creationsPerMinute, used.since + creationWindowMs - now)
  if (waitingJobs !== null && isFull) throw new RateLimitedError('waitingJobs', waitingJobs, fullQueueMs)
}

interface Held {
  readonly tenant: string
  /** What is open, and what counts in the account's minute; each once. */
  readonly held: number
  /** What is at the vendor. */
  readonly open: number
}

/** A try is over by then, whatever became of it. */
const longestTryMs = 2 * submissionLife

/** That this job finds out whether what holds it up still does; null where nothing does. */
export function tryOf({ id, model }: Job, holds: readonly Hold[], now: number) {
  const places = placesOf(model)
  if (!holds.some(({ place }) => places.includes(place))) return null
  return { triedBy: id, places, until: now + longestTryMs }
}

/** What the holds that a claim has found leave to it; whoever asked is told of them. */
export function gateFor({ now, heed = () => {} }: ClaimRequest, holds: readonly Hold[]): Gate {
  heed(holds)
  return gateOf(holds, now)
}

export const wait = (...times: readonly (number | null)[]): Claim => {
  const known = times.filter((time) => time !== null)
  return { kind: 'wait', until: known.length === 0 ? null : Math.min(...known) }
}

/** How many jobs may start, by what the account allows and whoever asks; and whether it is only the minute that is full. */
export function roomOf(
  { open, counted }: { readonly open: number; readonly counted: number },
  { limits, atMost = 1 }: ClaimRequest,
): { readonly room: number; readonly timeHelps: boolean } {
  const places = limits.concurrency - open
  const room = Math.min(places, limits.videosPerMinute - counted, atMost)
  return { room, timeHelps: room <= 0 && places > 0 }
}

/** When what counts in the full window leaves it. */
export const leavesAt = (counted: { readonly at: number } | undefined, { now, windowStart }: ClaimRequest) =>
  counted ? counted.at + (now - windowStart) : null

/** What a claim of some jobs comes to. */
export function claimOf([first, ...others]: readonly Transition[], otherwise: Claim): Claim {
  return first ? { kind: 'claimed', transitions: [first, ...others] } : otherwise
}

type Turn = Pick<ClaimRequest, 'limits'> & Pick<Gate, 'inTurn'>

/** Whether it has to be counted what each tenant has, to know whose turn it is. */
export function countsHeld(waiting: readonly Waiting[], { inTurn, limits }: Turn): boolean {
  if (waiting.length > 1 && !inTurn) return true
  return waiting.some((one) => mostRunning(one, limits.perTenant) !== null)
}

/** Who waits, while jobs are claimed one after the other in one transaction. */
export interface Line {
  /** Whose job starts; undefined if none may. */
  next(): TenantId | undefined
  /** A job of a tenant was claimed. */
  serve(tenant: TenantId, servedAt: number): void
  /** A tenant has no job that may start any more. */
  leave(tenant: TenantId): void
}

export function createLine(
  waiting: readonly Waiting[],
  held: readonly Held[],
  { inTurn, limits }: Turn,
): Line {
  const contenders = new Map(withHeld(waiting, held, limits.perTenant).map((one) => [one.tenant, one]))
  return {
    next: () => (inTurn ? nextInTurn : next)(contenders.values())?.tenant,
    serve(tenant, servedAt) {
      const one = contenders.get(tenant)
      // How old its next job is decides nothing: it was served.
      if (one) contenders.set(tenant, { ...one, held: one.held + 1, room: one.room - 1, servedAt })
    },
    leave: (tenant) => void contenders.delete(tenant),
  }
}

const mostRunning = ({ runningJobs }: Pick<Waiting, 'runningJobs'>, perTenant: number | null | undefined) =>
  runningJobs ?? perTenant ?? null

/** @param perTenant jobs that a tenant may have at the vendor where nothing else is said of it; null for no limit */
export function withHeld<W extends Waiting>(
  waiting: readonly W[],
  held: readonly Held[],
  perTenant?: number | null | undefined,
): (W & Contender)[] {
  const counts = new Map(held.map((one) => [one.tenant, one]))
  return waiting.map((one) => {
    const { held: has, open } = counts.get(one.tenant) ?? { held: 0, open: 0 }
    return { ...one, held: has, room: (mostRunning(one, perTenant) ?? Number.POSITIVE_INFINITY) - open }
  })
}
