import type { Range, Reader } from './reader.ts'
import type { gatewayVariables } from './variables.ts'

/** What each tenant may have and do, where nothing else is said of it. */
export const limitVariables = {
  requestsPerSecond: 'TENANT_REQUESTS_PER_SECOND',
  costPerMinute: 'TENANT_COST_PER_MINUTE',
  creationsPerMinute: 'TENANT_CREATIONS_PER_MINUTE',
  waitingJobs: 'TENANT_WAITING_JOBS',
  runningJobs: 'TENANT_RUNNING_JOBS',
  streams: 'TENANT_STREAMS',
  uploadsPerDay: 'TENANT_UPLOADS_PER_DAY',
} as const satisfies Readonly<Record<string, keyof typeof gatewayVariables>>

export type LimitConfig = { readonly [K in keyof typeof limitVariables]: number | null }

/** Nothing is a limit, too: it stops a tenant. */
export const limitRange: Range = { minimum: 0, maximum: 2_000_000_000, whole: true }

export function readLimits(read: Reader): LimitConfig {
  const entries = Object.entries(limitVariables).map(([name, variable]) => [
    name,
    read.text(variable) === '' ? null : read.number(variable, limitRange),
  ])
  return Object.fromEntries(entries) as LimitConfig // Its names are those of the variables.
}
