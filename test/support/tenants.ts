import type { Job } from '../../src/jobs/job.ts'
import type { TenantId } from '../../src/jobs/tenant.ts'
import { sampleJob } from './job.ts'
import type { JobStore, PostgresStore, SqliteStore } from './stores.ts'

/** Tenants of tests, where each history has one so far. */
export const tenantOf = (name: string) => name as TenantId

/** Records a waiting job of a tenant, but for `change`; its id begins with the tenant's. */
export async function recordOf(
  store: JobStore,
  name: string,
  place: number,
  change: Partial<Job> = {},
): Promise<Job> {
  const tenant = tenantOf(name)
  const job = sampleJob({ id: `${name}${place}`, tenant, createdAt: place, runAt: 0, ...change })
  const { version, updatedAt: at, state } = job
  await store.for(tenant).insert(job, { version, at, state, message: 'Recorded.' })
  return job
}

/** Some SQL on whichever database it is. */
export async function runSql(store: JobStore, sql: string): Promise<void> {
  if ('client' in store) (store as SqliteStore).client.exec(sql)
  else await (store as PostgresStore).pool.query(sql)
}

export const setWeight = (store: JobStore, name: string, weight: number | string) =>
  runSql(store, `INSERT INTO tenants (id, weight, created_at) VALUES ('${name}', ${weight}, 0)`)
