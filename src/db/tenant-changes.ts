import type { Job } from '../jobs/job.ts'
import type { ChangePlace, ListedChange } from '../jobs/store.ts'
import { aNumber, type Dialect, named, type Of, one } from './statements.ts'

/** The columns of a place in the order of changes. */
export const place = { transaction: aNumber, sequence: aNumber }

/** A row of the log: of a job as it is, or of one that was deleted. */
interface LoggedChange extends ChangePlace {
  readonly jobId: string
  readonly version: number
  readonly state: string
}

/** What is asked of the changes of one tenant. */
export function createTenantChanges({ changes }: Dialect) {
  return named({
    latestChange: one<object, ChangePlace>(`SELECT ${changes.latest}`, place),
    tenantChanges: one<ChangePlace & Of & { readonly limit: number }, LoggedChange>(
      `SELECT ${changes.place}, job_id AS "jobId", version, state FROM changes
      WHERE tenant = :tenant AND ${changes.isAfter} ORDER BY ${changes.order} LIMIT :limit`,
      place,
    ),
  })
}

/** The changes of a page, each job at the row of its newest version; `jobs` are those that are still there. */
export function listChanges(rows: readonly LoggedChange[], jobs: readonly Job[]): ListedChange[] {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  return rows.flatMap(({ jobId, transaction, sequence, version, state }) => {
    const job = byId.get(jobId) ?? null
    // What was changed or deleted since is told by a later row.
    if (state !== 'DELETED' && job?.version !== version) return []
    return [{ jobId, place: { transaction, sequence }, job: state === 'DELETED' ? null : job }]
  })
}
