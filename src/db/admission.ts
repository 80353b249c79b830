import { submissionLife } from '../jobs/cadence.ts'
import { type Gate, gateOf, type Hold, placesOf } from '../jobs/hold.ts'
import type { Job } from '../jobs/job.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import type { CreationLimits } from '../jobs/store.ts'
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

/** That this job finds out whether what could hold it up still does; null where nothing could. */
export function tryOf({ id, model }: Job, holds: readonly Hold[], now: number) {
  return holds.length === 0 ? null : { triedBy: id, places: placesOf(model), until: now + longestTryMs }
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

/** Until when no job may start, by what the account allows; null if one may. */
export function noRoom(
  { open, blockedBy }: { readonly open: number; readonly blockedBy: number | null },
  { now, limits, windowStart }: ClaimRequest,
  { nextAt }: Gate,
): Claim | null {
  if (open >= limits.concurrency) return wait(nextAt)
  return blockedBy === null ? null : wait(blockedBy + (now - windowStart), nextAt)
}

type Turn = Pick<ClaimRequest, 'limits'> & Pick<Gate, 'inTurn'>

/** Whether it has to be counted what each tenant has, to know whose turn it is. */
export function countsHeld(waiting: readonly Waiting[], { inTurn, limits }: Turn): boolean {
  if (waiting.length > 1 && !inTurn) return true
  return waiting.some((one) => mostRunning(one, limits.perTenant) !== null)
}

/** Whose job starts; undefined if none may. */
export function nextTenant(waiting: readonly Waiting[], held: readonly Held[], { inTurn, limits }: Turn) {
  return (inTurn ? nextInTurn : next)(withHeld(waiting, held, limits.perTenant))
}

const mostRunning = ({ runningJobs }: Pick<Waiting, 'runningJobs'>, perTenant: number | null | undefined) =>
  runningJobs ?? perTenant ?? null

/** @param perTenant jobs that a tenant may have at the vendor where nothing else is said of it; null for no limit */
export function withHeld<W extends Omit<Waiting, 'id'>>(
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
