import { LRUCache } from 'lru-cache'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Clock } from '../jobs/clock.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { TenantStore } from './store.ts'
import { limitsOf, newTenant, noLimits, type TenantLimits } from './tenants.ts'

import type { Viewer } from './viewer.ts'

/** What a tenant may do here: counted in this process, but for the limits that it hands on. */
export interface Limiter {
  /**
   * The limits of a viewer's tenant; those of whoever needs no key are none.
   *
   * @throws HistoryUnavailableError
   */
  limitsOf(viewer: Viewer): Promise<TenantLimits>
  /**
   * Counts a request.
   *
   * @throws RateLimitedError if its tenant had as many as it may in this second
   */
  request(viewer: Viewer): Promise<void>
  /**
   * Charges what an operation may cost at the most.
   *
   * @returns what its tenant has left in this minute; null if that has no limit
   * @throws RateLimitedError if that is less than the operation costs, which is not charged then
   */
  charge(viewer: Viewer, cost: number): Promise<number | null>
  /**
   * Takes a place for a stream, and answers how to give it back.
   *
   * @throws RateLimitedError
   */
  openStream(viewer: Viewer): Promise<() => void>
}

export interface LimiterOptions {
  readonly tenants: Pick<TenantStore, 'tenant' | 'addTenant'>
  readonly forAll: TenantLimits
  readonly clock: Pick<Clock, 'now'>
}

/** What was read of a tenant is believed for so long. */
const believedMs = 10_000 // 10 seconds
const mostBelieved = 10_000
/** A stream may end at any time: nobody can say when. */
const streamRetryMs = 5_000 // 5 seconds

/** Counts alone, whatever the limit: that is another one for each tenant. */
const unlimited = Number.MAX_SAFE_INTEGER

export function createLimiter({ tenants, forAll, clock }: LimiterOptions): Limiter {
  const believed = new LRUCache<TenantId, { readonly limits: TenantLimits; readonly until: number }>({
    max: mostBelieved,
  })
  const requests = new RateLimiterMemory({ points: unlimited, duration: 1 })
  const costs = new RateLimiterMemory({ points: unlimited, duration: 60 })
  const streams = new Map<TenantId, number>()

  async function limitsOfViewer({ kind, tenant }: Viewer): Promise<TenantLimits> {
    if (kind === 'local') return noLimits
    const known = believed.get(tenant)
    if (known && known.until > clock.now()) return known.limits
    const row = await tenants.tenant(tenant)
    // One that the identity provider names appears when it comes first.
    if (row === null) await tenants.addTenant(newTenant(tenant, clock.now()))
    const limits = limitsOf(row, forAll)
    believed.set(tenant, { limits, until: clock.now() + believedMs })
    return limits
  }

  return {
    limitsOf: limitsOfViewer,
    async request(viewer) {
      const { requestsPerSecond: most } = await limitsOfViewer(viewer)
      if (most === null) return
      const { consumedPoints, msBeforeNext } = await requests.consume(viewer.tenant)
      if (consumedPoints > most) throw new RateLimitedError('requestsPerSecond', most, msBeforeNext)
    },
    async charge(viewer, cost) {
      const { costPerMinute: most } = await limitsOfViewer(viewer)
      if (most === null) return null
      const { consumedPoints, msBeforeNext } = await costs.consume(viewer.tenant, cost)
      if (consumedPoints <= most) return most - consumedPoints
      await costs.reward(viewer.tenant, cost)
      throw new RateLimitedError('costPerMinute', most, msBeforeNext)
    },
    async openStream(viewer) {
      const { streams: most } = await limitsOfViewer(viewer)
      const { tenant } = viewer
      const open = streams.get(tenant) ?? 0
      if (most !== null && open >= most) throw new RateLimitedError('streams', most, streamRetryMs)
      streams.set(tenant, open + 1)
      let closed = false
      return () => {
        if (closed) return
        closed = true
        const rest = (streams.get(tenant) ?? 0) - 1
        if (rest > 0) streams.set(tenant, rest)
        else streams.delete(tenant)
      }
    },
  }
}
