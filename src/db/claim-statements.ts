import type { Job } from '../jobs/job.ts'
import type { TenantId } from '../jobs/tenant.ts'
import { jobColumns } from './columns.ts'
import { type Waiting, waitingColumns, waitingTenants } from './queue-statements.ts'
import { aNumber, type Dialect, type Id, named, one, selected } from './statements.ts'

type Without = { readonly without: readonly string[] }
type Start = Without & { readonly now: number }

/** Which waiting job may start, in both databases. */
export function createClaimStatements(dialect: Dialect) {
  const { isNotIn, time, hidden } = dialect
  const all = selected(jobColumns)
  const otherModel = isNotIn('model', 'without')
  /** Of waiting jobs whose pause is over. */
  const mayStart = `${otherModel} AND run_at <= ${hidden('now')}`

  return named({
    /** Some waiting job that may start. */
    anyQueued: one<Start, Id>(
      `SELECT id FROM jobs WHERE state = 'QUEUED' AND ${mayStart} ORDER BY tenant, created_at, id LIMIT 1`,
    ),
    /** Who has a job that may start. */
    contenders: one<Start, Waiting>(waitingTenants(dialect, mayStart), waitingColumns),
    /** Of a tenant, the oldest job. */
    oldest: one<Start & { readonly tenant: TenantId }, Job>(
      `SELECT ${all} FROM jobs WHERE state = 'QUEUED' AND tenant = :tenant AND ${mayStart}
      ORDER BY tenant, created_at, id LIMIT 1`,
      jobColumns,
    ),
    /** Of a tenant, the job that was put off longest ago, or never. */
    longestTried: one<Start & { readonly tenant: TenantId }, Job>(
      `SELECT ${all} FROM jobs WHERE id = (
        SELECT id FROM jobs WHERE state = 'QUEUED' AND tenant = :tenant AND ${mayStart}
        ORDER BY run_at, created_at, id LIMIT 1
      )`,
      jobColumns,
    ),
    /** The time moves on by a millisecond where another claim was made in this one. */
    takeTurn: one<{ readonly tenant: TenantId; readonly now: number }, { readonly servedAt: number }>(
      `INSERT INTO turns (tenant, served_at)
      SELECT :tenant, CASE WHEN max(served_at) >= ${time('now')} THEN max(served_at) + 1 ELSE ${time('now')} END
      FROM turns WHERE true
      ON CONFLICT (tenant) DO UPDATE SET served_at = excluded.served_at RETURNING served_at AS "servedAt"`,
      { servedAt: aNumber },
    ),
    /** When the first pause of a waiting job ends; and how many holds there are, which would be a question of its own. */
    firstPauseEnd: one<Without, { readonly at: number | null; readonly holds: number }>(
      `SELECT min(run_at) AS at, (SELECT count(*) FROM holds) AS holds
      FROM jobs WHERE state = 'QUEUED' AND ${otherModel}`,
      { at: aNumber, holds: aNumber },
    ),
  })
}
