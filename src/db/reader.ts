import type { Job, ListedJob } from '../jobs/job.ts'
import type { JobReader, PageQuery, Shares } from '../jobs/store.ts'
import type { TenantId } from '../jobs/tenant.ts'
import { positionOf } from '../spending/fairness.ts'
import { withHeld } from './admission.ts'
import { createCounts, createPages, walksFar } from './pages.ts'
import type { QueueStatements } from './queue-statements.ts'
import { groupBy, inOrder, toEntry } from './rows.ts'
import { type Dialect, listedColumns, type Statement, type Statements } from './statements.ts'
import { createTenantChanges, listChanges } from './tenant-changes.ts'

/** Runs a statement, on either database. */
export type Run = <Parameters extends object, Row>(
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
) => Promise<Row[]>

/** Answers a page that no index answers, in the order in which it is walked. */
export type ReadFar = (tenant: TenantId, query: PageQuery, listed: boolean) => Promise<ListedJob[]>

/** Everything that a tenant may ask of a history, on either database. */
export function createReaders(options: {
  readonly dialect: Dialect
  readonly statements: Statements & QueueStatements
  readonly run: Run
  /** Runs what is about the rows of one tenant. */
  readonly runFor: (tenant: TenantId) => Run
  readonly readFar: ReadFar
}): (tenant: TenantId) => JobReader {
  const { dialect, statements, runFor, readFar } = options
  const countsOf = createCounts(dialect)
  const logged = createTenantChanges(dialect)
  const [pages, listings] = [createPages(dialect), createPages(dialect, listedColumns)]

  /** What the places of a tenant's waiting jobs are among those of all. */
  async function placesOf(
    tenant: TenantId,
    { windowStart, perTenant }: Shares,
  ): Promise<(rank: number) => number> {
    const { run } = options // Others' rows are counted, too.
    if ((await run(statements.othersWait, { tenant })).length === 0) return (rank) => rank
    const [waiting, held] = await Promise.all([
      run(statements.queues, {}),
      run(statements.held, { windowStart }),
    ])
    const queues = withHeld(waiting, held, perTenant)
    const own = queues.find((one) => one.tenant === tenant)
    // Its last job may have started since its place was read.
    return (rank) => (own ? positionOf(own, rank, queues) : rank)
  }

  return (tenant) => {
    const run = runFor(tenant)

    async function near(query: PageQuery, listed: boolean): Promise<ListedJob[]> {
      const { statement, values } = (listed ? listings : pages)(query)
      return run(statement, { ...values, tenant })
    }
    async function page(query: PageQuery, listed: boolean): Promise<ListedJob[]> {
      const rows = await (walksFar(query) ? readFar(tenant, query, listed) : near(query, listed))
      return query.fromEnd ? rows.reverse() : rows
    }

    return {
      job: async (id) => (await run(statements.job, { tenant, id }))[0] ?? null,
      jobs: async (ids) => inOrder(ids, await run(statements.jobsOf, { tenant, ids }), ({ id }) => id),
      listed: async (ids) => inOrder(ids, await run(statements.listedOf, { tenant, ids }), ({ id }) => id),
      page: async (query) => (await page(query, false)) as Job[], // with all columns of one
      listing: (query) => page(query, true),
      async counts(filter, most) {
        const { statement, values } = countsOf(filter, most)
        const byState = groupBy(await run(statement, { ...values, tenant }), ({ state }) => state)
        return [...byState].map(([state, rows]) => {
          const count = rows.reduce((sum, row) => sum + row.count, 0)
          return { state, count: Math.min(count, most) }
        })
      },
      latestChange: async () => (await run(logged.latestChange, {}))[0] ?? { transaction: 0, sequence: 0 },
      async changesAfter(after, limit) {
        const rows = await run(logged.tenantChanges, { ...after, tenant, limit })
        const ids = [...new Set(rows.map(({ jobId }) => jobId))]
        const jobs = ids.length === 0 ? [] : await run(statements.jobsOf, { tenant, ids })
        const { transaction, sequence } = rows.at(-1) ?? after
        return {
          changes: listChanges(rows, jobs),
          place: { transaction, sequence },
          isLast: rows.length < limit,
        }
      },
      async timelines(ids) {
        const entries = groupBy(await run(statements.timelines, { tenant, ids }), ({ jobId }) => jobId)
        return ids.map((id) => (entries.get(id) ?? []).map(toEntry))
      },
      async queuePositions(ids, shares) {
        const ranks = new Map(
          (await run(statements.queueRanks, { tenant, ids })).map(({ id, rank }) => [id, rank]),
        )
        const place = ranks.size > 0 ? await placesOf(tenant, shares) : Number
        return ids.map((id) => {
          const rank = ranks.get(id)
          return rank === undefined ? null : place(rank)
        })
      },
      async retries(ids) {
        const made = groupBy(await run(statements.retries, { tenant, ids }), ({ retryOf }) => retryOf)
        return ids.map((id) => made.get(id) ?? [])
      },
    }
  }
}
