import { type LimitName, limitWords } from '../jobs/rate-limited.ts'
import type { TenantId } from '../jobs/tenant.ts'

/** The most that a tenant may have or do of each; null is no limit of its own. */
export type TenantLimits = { readonly [K in LimitName]: number | null }

/** What is known of a tenant besides its jobs. A limit that is null is the one that the configuration says for all. */
export interface Tenant extends TenantLimits {
  readonly id: TenantId
  /** How large its share is of what the account allows, beside the others'. */
  readonly weight: number
  readonly createdAt: number
}

/** What may be said of a tenant; what is left out stays as it is. */
export type TenantChange = Partial<Omit<Tenant, 'id' | 'createdAt'>>

export const limitNames = Object.keys(limitWords) as LimitName[]

/** A tenant of which nothing was said yet. */
export function newTenant(id: TenantId, createdAt: number): Tenant {
  return { id, weight: 1, createdAt, ...noLimits }
}

export const noLimits: TenantLimits = {
  requestsPerSecond: null,
  costPerMinute: null,
  creationsPerMinute: null,
  waitingJobs: null,
  runningJobs: null,
  streams: null,
  uploadsPerDay: null,
}

/** The limits of a tenant: its own over those for all. */
export function limitsOf(tenant: TenantLimits | null, forAll: TenantLimits): TenantLimits {
  const entries = limitNames.map((name) => [name, tenant?.[name] ?? forAll[name]])
  return Object.fromEntries(entries) as TenantLimits
}
