import type { Job } from '../jobs/job.ts'
import type { ChangePlace } from '../jobs/store.ts'
import type { ChangeLog } from '../jobs/work.ts'
import { jobColumns } from './columns.ts'
import type { Run } from './reader.ts'
import { type Dialect, type Ids, named, one, selected } from './statements.ts'
import { place } from './tenant-changes.ts'

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
