import type { TenantId } from '../jobs/tenant.ts'
import type { Columns } from './columns.ts'
import { aNumber, type Dialect, type Id, type Ids, named, type Of, one } from './statements.ts'

/** A tenant that has jobs waiting, as the rows know it. */
export interface Waiting {
  readonly tenant: TenantId
  /** When its oldest job of those that were asked for was made. */
  readonly oldest: number
  readonly weight: number
  /** Its own limit of jobs at the vendor; null where nothing is said. */
  readonly runningJobs: number | null
  readonly servedAt: number | null
}

export const waitingColumns: Columns = { oldest: aNumber, servedAt: aNumber }

const weightAndTurn = `LEFT JOIN tenants ON tenants.id = waiting.tenant LEFT JOIN turns ON turns.tenant = waiting.tenant`
const known = `coalesce(tenants.weight, 1) AS weight, tenants.running_jobs AS "runningJobs", turns.served_at AS "servedAt"`

/**
 * Who has a job that may start, and what decides whose turn it is, besides what was sent. The first job of each is found by
 * jumping along the index from one to the next, however many wait.
 */
export function waitingTenants({ oneForEach }: Dialect, condition: string): string {
  const columns = 'tenant, created_at'
  const oldest = (after = '') =>
    `jobs WHERE state = 'QUEUED' AND ${condition}${after} ORDER BY ${columns}, id LIMIT 1`
  return `WITH RECURSIVE waiting (${columns}) AS (
      SELECT * FROM (SELECT ${columns} FROM ${oldest()}) AS oldest
      UNION ALL SELECT jobs.tenant, jobs.created_at
      FROM ${oneForEach('waiting', oldest(' AND tenant > waiting.tenant'))}
    )
    SELECT waiting.tenant AS tenant, waiting.created_at AS oldest, ${known}
    FROM waiting ${weightAndTurn}`
}

/** How far waiting jobs are from their turn, in both databases. */
export function createQueueStatements(dialect: Dialect) {
  const { isIn, unindexed, time } = dialect

  return named({
    /**
     * The places of waiting jobs among those of their tenant. Counts along the index from one asked job to the next and sums
     * up: the queue is read once, however many are asked for, and only as far as the last of them.
     */
    queueRanks: one<Of & Ids, Id & { readonly rank: number }>(
      `WITH asked AS MATERIALIZED (
        SELECT id, created_at,
          lag(created_at, 1, CAST(-1 AS bigint)) OVER places AS before_at,
          lag(id, 1, '') OVER places AS before_id
        FROM jobs
        WHERE ${isIn('id', 'ids')} AND ${unindexed('tenant')} = :tenant AND ${unindexed('state')} = 'QUEUED'
        WINDOW places AS (ORDER BY created_at, id)
      ),
      steps AS MATERIALIZED (
        SELECT id, created_at, (
          SELECT count(*) FROM jobs AS queue
          WHERE queue.state = 'QUEUED' AND queue.tenant = :tenant
            AND (queue.created_at, queue.id) > (asked.before_at, asked.before_id)
            AND (queue.created_at, queue.id) <= (asked.created_at, asked.id)
        ) AS step
        FROM asked
      )
      SELECT id, sum(step) OVER (ORDER BY created_at, id) AS rank FROM steps`,
      { rank: aNumber },
    ),

    /** A row if another tenant has a job waiting. */
    othersWait: one<Of, object>(
      `SELECT 1 AS one WHERE (SELECT min(tenant) FROM jobs WHERE state = 'QUEUED') <> :tenant
        OR (SELECT max(tenant) FROM jobs WHERE state = 'QUEUED') <> :tenant`,
    ),
    /** Of all tenants: how far one's jobs are from their turn depends on the others'. */
    queues: one<object, Waiting & { readonly waiting: number }>(
      `SELECT waiting.tenant AS tenant, waiting.oldest AS oldest, waiting.jobs AS waiting, ${known}
      FROM (
        SELECT tenant, min(created_at) AS oldest, count(*) AS jobs FROM jobs WHERE state = 'QUEUED' GROUP BY tenant
      ) AS waiting ${weightAndTurn}`,
      { ...waitingColumns, waiting: aNumber },
    ),

    /** Submissions of each tenant that are open or count in the window, each once; and the open ones alone. */
    held: one<
      { readonly windowStart: number },
      { readonly tenant: TenantId; readonly held: number; readonly open: number }
    >(
      `SELECT tenant, sum(held) AS held, sum(open) AS open FROM (
        SELECT tenant, count(*) AS held, count(*) AS open FROM submissions WHERE ended_at IS NULL GROUP BY tenant
        UNION ALL SELECT tenant, count(*), 0 FROM submissions
        WHERE counted_at > ${time('windowStart')} AND ${unindexed('ended_at')} IS NOT NULL GROUP BY tenant
      ) AS counts GROUP BY tenant`,
      { held: aNumber, open: aNumber },
    ),
  })
}

export type QueueStatements = ReturnType<typeof createQueueStatements>
