import type { Job, ListedJob } from '../jobs/job.ts'
import type { JobReader } from '../jobs/store.ts'
import type { TenantId } from '../jobs/tenant.ts'
import { createPages } from './pages.ts'
import { groupBy, inOrder, toEntry } from './rows.ts'
import { type Dialect, listedColumns, type Statement, type Statements } from './statements.ts'

/** Runs a statement, on either database. */
export type Run = <Parameters extends object, Row>(
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
) => Promise<Row[]>

/** Everything that a tenant may ask of a history, on either database. */
export function createReaders(options: {
  readonly dialect: Dialect
  readonly statements: Statements
  readonly run: Run
}): (tenant: TenantId) => JobReader {
  const { dialect, statements, run } = options
  const [pages, listings] = [createPages(dialect), createPages(dialect, listedColumns)]

  return (tenant) => {
    async function page(pagesOf: typeof pages, query: Parameters<typeof pages>[0]): Promise<ListedJob[]> {
      const { statement, values } = pagesOf(query)
      const rows = await run(statement, { ...values, tenant })
      return query.fromEnd ? rows.reverse() : rows
    }

    return {
      job: async (id) => (await run(statements.job, { tenant, id }))[0] ?? null,
      jobs: async (ids) => inOrder(ids, await run(statements.jobsOf, { tenant, ids }), ({ id }) => id),
      listed: async (ids) => inOrder(ids, await run(statements.listedOf, { tenant, ids }), ({ id }) => id),
      page: async (query) => (await page(pages, query)) as Job[], // with all columns of one
      listing: (query) => page(listings, query),
      async timelines(ids) {
        const entries = groupBy(await run(statements.timelines, { tenant, ids }), ({ jobId }) => jobId)
        return ids.map((id) => (entries.get(id) ?? []).map(toEntry))
      },
      async queuePositions(ids) {
        const rows = await run(statements.queuePositions, { tenant, ids })
        const positions = new Map(rows.map(({ id, position }) => [id, position]))
        return ids.map((id) => positions.get(id) ?? null)
      },
      async retries(ids) {
        const made = groupBy(await run(statements.retries, { tenant, ids }), ({ retryOf }) => retryOf)
        return ids.map((id) => made.get(id) ?? [])
      },
    }
  }
}
