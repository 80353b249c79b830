import type { Job } from '../jobs/job.ts'
import type { ChangePlace, ListedChange } from '../jobs/store.ts'
import type { ChangeLog } from '../jobs/work.ts'
import { jobColumns } from './columns.ts'
import type { Run } from './reader.ts'
import { aNumber, type Dialect, type Ids, named, type Of, one, selected } from './statements.ts'

const place = { transaction: aNumber, sequence: aNumber }

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

/** The changes of a page, each job once; `jobs` are those that are still there. */
export function listChanges(rows: readonly LoggedChange[], jobs: readonly Job[]): ListedChange[] {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const last = new Map(rows.map((row) => [row.jobId, row]))
  return rows.flatMap((row) => {
    const { jobId, transaction, sequence, version, state } = row
    if (last.get(jobId) !== row) return []
    const job = byId.get(jobId) ?? null
    // What was changed or deleted since is told by a later row.
    if (state !== 'DELETED' && job?.version !== version) return []
    return [{ jobId, place: { transaction, sequence }, job: state === 'DELETED' ? null : job }]
  })
}

function createStatements({ isIn, changes }: Dialect) {
  return named({
    /** Behind all that can be read by now. */
    latestChange: one<object, ChangePlace>(`SELECT ${changes.latest}`, place),
    changesAfter: one<ChangePlace & { readonly limit: number }, ChangePlace & { readonly jobId: string }>(
      `SELECT ${changes.place}, job_id AS "jobId" FROM changes WHERE ${changes.isAfter} ORDER BY ${changes.order} LIMIT :limit`,
      place,
    ),
    changedJobs: one<Ids, Job>(
      `SELECT ${selected(jobColumns)} FROM jobs WHERE ${isIn('id', 'ids')}`,
      jobColumns,
    ),
  })
}

/** What was written of jobs, in order, on either database. */
export function createChangeLog(options: { readonly dialect: Dialect; readonly run: Run }): ChangeLog {
  const { dialect, run } = options
  const statements = createStatements(dialect)
  return {
    async latest() {
      const [latest] = await run(statements.latestChange, {})
      return latest ?? { transaction: 0, sequence: 0 }
    },
    async changesAfter(after, limit) {
      const rows = await run(statements.changesAfter, { ...after, limit })
      const ids = [...new Set(rows.map(({ jobId }) => jobId))]
      const { transaction, sequence } = rows.at(-1) ?? after
      return {
        jobs: ids.length > 0 ? await run(statements.changedJobs, { ids }) : [],
        place: { transaction, sequence },
        isLast: rows.length < limit,
      }
    },
  }
}
