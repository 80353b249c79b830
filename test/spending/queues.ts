import type { TenantId } from '../../src/jobs/tenant.ts'
import { type Contender, next, type Queue } from '../../src/spending/fairness.ts'

/** A tenant that has one of everything and nothing yet, but for `change`. */
export const contender = (tenant: string, change: Partial<Omit<Contender, 'tenant'>> = {}): Contender => ({
  tenant: tenant as TenantId, // No history is opened for it.
  held: 0,
  room: Number.POSITIVE_INFINITY,
  weight: 1,
  servedAt: null,
  oldest: 0,
  ...change,
})

export const queue = (
  tenant: string,
  waiting: number,
  change: Partial<Omit<Queue, 'tenant' | 'waiting'>> = {},
): Queue => ({ ...contender(tenant, change), waiting })

/**
 * Whose jobs start one after the other if nothing ends meanwhile, by asking the rule again and again: `claims` of them, or
 * as many as wait.
 */
export function served(queues: readonly Queue[], claims = Number.POSITIVE_INFINITY): TenantId[] {
  const order: TenantId[] = []
  let left = queues.filter(({ waiting }) => waiting > 0)
  const start = Math.max(0, ...queues.map(({ servedAt }) => servedAt ?? 0))
  while (order.length < claims) {
    const first = next(left)
    if (!first) break
    order.push(first.tenant)
    const after = {
      ...first,
      held: first.held + 1,
      room: first.room - 1,
      waiting: first.waiting - 1,
      servedAt: start + order.length,
      oldest: first.oldest + 1,
    }
    left = left.flatMap((one) => (one === first ? (after.waiting > 0 ? [after] : []) : [one]))
  }
  return order
}
