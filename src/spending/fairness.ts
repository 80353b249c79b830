import type { TenantId } from '../jobs/tenant.ts'

// Whose job goes first, and how many go before a job: one rule, of figures alone.

/** A tenant that has jobs waiting, as the rule sees it. Times are milliseconds since 1970. */
export interface Contender {
  readonly tenant: TenantId
  /** Its submissions that the vendor has not finished or that count in its minute, each once. */
  readonly held: number
  /** How many more of its jobs may be at the vendor; infinite where it has no limit of its own. */
  readonly room: number
  /** How large its share is beside the others'; more than 0. */
  readonly weight: number
  /** When a job of it was claimed last; null if none ever was. */
  readonly servedAt: number | null
  /** When its oldest waiting job was made. */
  readonly oldest: number
}

/** A tenant with the number of its waiting jobs. */
export interface Queue extends Contender {
  readonly waiting: number
}

/** What a tenant has of what the account allows, for its weight: the least goes first. */
function shareOf({ held, weight }: Contender, served: number): number {
  return (held + served) / weight
}

/** Whether one was served longer ago, or never; of those that never were, whether its job is the older one. */
function byTurn(one: Contender, other: Contender): boolean {
  if (one.servedAt !== other.servedAt)
    return (one.servedAt ?? Number.NEGATIVE_INFINITY) < (other.servedAt ?? Number.NEGATIVE_INFINITY)
  return one.oldest === other.oldest ? one.tenant < other.tenant : one.oldest < other.oldest
}

/**
 * The rule: whether a tenant of which `served` jobs have started since it was counted gets its next one before another does.
 * Who has less goes first; of equal shares, who was served longer ago.
 */
function goesBefore(one: Contender, served: number, other: Contender, otherServed: number): boolean {
  const difference = shareOf(one, served) - shareOf(other, otherServed)
  if (difference !== 0) return difference < 0
  // With equal weights the shares were the same before, too, as far as both go back.
  if (served === 0 || otherServed === 0 || one.weight === other.weight)
    return served === otherServed ? byTurn(one, other) : served < otherServed
  // Whoever got its last one earlier was served longer ago.
  return goesBefore(one, served - 1, other, otherServed - 1)
}

/**
 * The tenant whose oldest waiting job starts next: the one with the least share, so that nobody is passed over for long, and
 * who was idle has no claim to more. Undefined if there is none that may have another job at the vendor.
 */
export function next<C extends Contender>(contenders: Iterable<C>): C | undefined {
  return first(contenders, (one, other) => goesBefore(one, 0, other, 0))
}

/**
 * The same while it is being found out what the vendor accepts: then tenants take turns, whatever they have. What is refused
 * uses nothing up, so by shares the jobs of one tenant would be tried again and again.
 */
export function nextInTurn<C extends Contender>(contenders: Iterable<C>): C | undefined {
  return first(contenders, byTurn)
}

/** Of those that have room. One pass, since it is asked for each of the jobs that start together. */
function first<C extends Contender>(
  contenders: Iterable<C>,
  isBefore: (one: C, other: C) => boolean,
): C | undefined {
  let best: C | undefined
  for (const one of contenders) if (one.room > 0 && (!best || isBefore(one, best))) best = one
  return best
}

/**
 * How many jobs start before the `rank`-th waiting job of a tenant, and that one, if nothing ends meanwhile and the account
 * has room for all. It takes hardly longer for a thousand jobs that wait than for one.
 */
export function positionOf(own: Contender, rank: number, queues: readonly Queue[]): number {
  return queues.reduce(
    (sum, queue) => (queue.tenant === own.tenant ? sum : sum + claimsBefore(own, rank - 1, queue)),
    rank,
  )
}

/** How many jobs of a queue start before a tenant of which `served` have started gets another one: by halves. */
function claimsBefore(own: Contender, served: number, queue: Queue): number {
  let [least, most] = [0, Math.min(queue.waiting, Math.max(0, queue.room))]
  // What has to wait for the end of another job of its own tenant lets all others go first.
  if (served >= own.room) return most
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    if (goesBefore(queue, middle, own, served)) least = middle + 1
    else most = middle
  }
  return least
}
