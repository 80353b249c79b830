import type { Claim, ClaimRequest } from '../jobs/work.ts'
import { type Contender, next, nextInTurn } from '../spending/fairness.ts'
import type { Waiting } from './queue-statements.ts'

/** What of a claim is the same on both databases. */

interface Held {
  readonly tenant: string
  readonly held: number
}

/** Until when no job may start, by what the account allows; null if one may. */
export function noRoom(
  { open, blockedBy }: { readonly open: number; readonly blockedBy: number | null },
  { now, limits, windowStart }: ClaimRequest,
): Claim | null {
  if (open >= limits.concurrency) return { kind: 'wait', until: null }
  return blockedBy === null ? null : { kind: 'wait', until: blockedBy + (now - windowStart) }
}

/** Whether it has to be counted what each tenant has, to know whose turn it is. */
export function countsHeld(waiting: readonly Waiting[], inTurn: boolean): boolean {
  return waiting.length > 1 && !inTurn
}

/** Whose job starts; undefined if none may. */
export function nextTenant(waiting: readonly Waiting[], held: readonly Held[], inTurn: boolean) {
  return (inTurn ? nextInTurn : next)(withHeld(waiting, held))
}

export function withHeld<W extends Omit<Contender, 'held'>>(
  waiting: readonly W[],
  held: readonly Held[],
): (W & Contender)[] {
  const counts = new Map(held.map((one) => [one.tenant, one.held]))
  return waiting.map((one) => ({ ...one, held: counts.get(one.tenant) ?? 0 }))
}
