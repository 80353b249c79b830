import type { Job, ListedJob, TimelineEntry } from '../jobs/job.ts'
import type { TenantId } from '../jobs/tenant.ts'
import {
  type Column,
  type Columns,
  changeColumns,
  jobColumns,
  nameOf,
  type RowOf,
  type usageColumns,
} from './columns.ts'

/** A statement with parameters `:name`. */
export interface Statement<Parameters, Row> {
  /** What servers call it in their logs. */
  readonly name: string
  readonly text: string
  /** Of the rows that it answers. */
  readonly columns: Columns
  /** Of the parameters that are kept as they are given; the others are compared. */
  readonly values: Columns
  /** Only for the compiler. */
  readonly types?: readonly [Parameters, Row]
}

/** The words in which the two databases differ. `list`, `time` and `text` are names of parameters. */
export interface Dialect {
  readonly isIn: (column: string, list: string) => string
  /** Hides the list from the planner, as `hidden` does. */
  readonly isNotIn: (column: string, list: string) => string
  readonly time: (time: string) => string
  /** A time that is hidden from the planner: it would plan anew for each, which takes longer than to run the statement. */
  readonly hidden: (time: string) => string
  /** A text that may be null. */
  readonly maybe: (text: string) => string
  /** Whether a column contains a text, whatever the case of ASCII letters. */
  readonly contains: (column: string, text: string) => string
  /** Two lists of the same length as a table with the columns `id` and `at`. */
  readonly pairs: (ids: string, times: string) => string
  /** The smaller of two expressions. */
  readonly least: (one: string, other: string) => string
  /** The names of the rows that a SELECT of `row` answers, as a condition; each database finds them by where they lie. */
  readonly isRowOf: (select: (row: string) => string) => string
  /** At the end of a SELECT: keeps others from the rows until the transaction ends, and leaves out those that others keep. */
  readonly lockFree: string
  /** Keeps the planner from the indexes that begin with a column. */
  readonly unindexed: (column: string) => string
  readonly from: (table: string, index: string) => string
  /** What follows FROM where the jobs are those that `matching` (of `jobs`, with a limit of 1) finds for each of some rows. */
  readonly oneForEach: (rows: string, matching: string) => string
  /** Each pair of the lists `states` and `models`, as a table `ranges` with the columns `of_state` and `of_model`. */
  readonly ranges: string
  /**
   * What follows FROM where the jobs are those that `matching` (of `jobs`, with a limit) finds for each pair of the lists
   * `states` and `models`, in it `ranges.of_state` and `ranges.of_model`.
   */
  readonly eachRange: (matching: string) => string
  /** Places in the order of changes, by the columns and the parameters `transaction` and `sequence`. */
  readonly changes: {
    readonly place: string
    /** Behind everything that can be read by now. */
    readonly latest: string
    /** Whether a row comes after a place, and no other can come before it any more. */
    readonly isAfter: string
    readonly order: string
    readonly newestFirst: string
  }
}

/** A statement whose name is said later. */
export type Unnamed<Parameters, Row> = Omit<Statement<Parameters, Row>, 'name'>

export const one = <Parameters, Row>(text: string, columns: Columns = {}): Unnamed<Parameters, Row> => ({
  text,
  columns,
  values: {},
})
export const writing = <Parameters, Row>(text: string, values: Columns): Unnamed<Parameters, Row> => ({
  text,
  columns: {},
  values,
})

/** Statements by their names. */
export function named<S extends Readonly<Record<string, { readonly text: string }>>>(statements: S) {
  const entries = Object.entries(statements).map(([name, statement]) => [name, { ...statement, name }])
  return Object.fromEntries(entries) as { readonly [K in keyof S]: S[K] & { readonly name: string } }
}

/** The columns as a SELECT names them. */
export const selected = (columns: Columns): string =>
  Object.keys(columns)
    .map((property) => `${nameOf(property)} AS "${property}"`)
    .join(', ')

const { input: _input, prompt: _prompt, ...listedFields } = jobColumns

/** The columns of a job without its texts. */
export const listedColumns: Columns = listedFields

export const insertInto = (table: string, columns: Columns) => {
  const properties = Object.keys(columns)
  return `INSERT INTO ${table} (${properties.map(nameOf)}) VALUES (${properties.map((name) => `:${name}`)})`
}

export const aNumber: Column = { kind: 'time', nullable: true }

export type Ids = { readonly ids: readonly string[] }
export type Id = { readonly id: string }
export type Of = { readonly tenant: TenantId }

type UseKind = RowOf<typeof usageColumns>['kind']
/** How often since when. */
export type Use = Pick<RowOf<typeof usageColumns>, 'since' | 'times'>

/** When something is counted, when a window would have begun that ends now, and when one ends that begins now. */
export interface UseWindow {
  readonly now: number
  readonly start: number
  readonly end: number
}

/** What is asked and written of jobs, in both databases. Pages depend on what is asked for: see `createPages`. */
export function createStatements({ isIn, unindexed, time }: Dialect) {
  const all = selected(jobColumns)
  const isOver = `(usage.since <= ${time('start')} OR usage.since > ${time('end')})`

  return named({
    /** Answers nothing if another job holds the idempotency key. */
    insertJob: writing<Job, Id>(
      `${insertInto('jobs', jobColumns)}
      ON CONFLICT (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING id`,
      jobColumns,
    ),
    /**
     * Counts what a tenant did once more in its window, which begins with the first one after the one before. What began far
     * in the future did so by a clock that was set back since. Keeps others from counting the same of the tenant until the
     * transaction ends, so that what they count holds.
     */
    countUse: one<UseWindow & Of & { readonly kind: UseKind }, Use>(
      `INSERT INTO usage (tenant, kind, since, times) VALUES (:tenant, :kind, ${time('now')}, 1)
      ON CONFLICT (tenant, kind) DO UPDATE SET
        times = CASE WHEN ${isOver} THEN 1 ELSE usage.times + 1 END,
        since = CASE WHEN ${isOver} THEN ${time('now')} ELSE usage.since END
      RETURNING since, times`,
      { since: aNumber },
    ),
    /** The waiting job of a tenant before which this many others wait; walks along the index as far as that. */
    waitingAt: one<Of & { readonly others: number }, Id>(
      `SELECT id FROM jobs WHERE tenant = :tenant AND state = 'QUEUED'
      ORDER BY created_at, id LIMIT 1 OFFSET :others`,
    ),
    /** Rewrites the row as it was at `before`. */
    saveJob: writing<Job & { readonly before: number }, Id>(
      `UPDATE jobs SET ${Object.keys(jobColumns).map((name) => `${nameOf(name)} = :${name}`)}
      WHERE id = :id AND version = :before RETURNING id`,
      jobColumns,
    ),
    insertChange: writing<RowOf<typeof changeColumns>, never>(
      insertInto('changes', changeColumns),
      changeColumns,
    ),

    job: one<Of & Id, Job>(`SELECT ${all} FROM jobs WHERE id = :id AND tenant = :tenant`, jobColumns),
    jobsOf: one<Of & Ids, Job>(
      `SELECT ${all} FROM jobs WHERE ${isIn('id', 'ids')} AND ${unindexed('tenant')} = :tenant`,
      jobColumns,
    ),
    listedOf: one<Of & Ids, ListedJob>(
      `SELECT ${selected(listedFields)} FROM jobs WHERE ${isIn('id', 'ids')} AND ${unindexed('tenant')} = :tenant`,
      listedFields,
    ),
    jobOfKey: one<Of & { readonly idempotencyKey: string | null }, Job>(
      `SELECT ${all} FROM jobs WHERE tenant = :tenant AND idempotency_key = :idempotencyKey`,
      jobColumns,
    ),
    timelines: one<Of & Ids, TimelineEntry & { readonly jobId: string }>(
      `SELECT ${selected(changeColumns)} FROM changes WHERE ${isIn('job_id', 'ids')} AND tenant = :tenant
        AND state <> 'DELETED' ORDER BY job_id, version`,
      changeColumns,
    ),
    retries: one<Of & Ids, Job>(
      `SELECT ${all} FROM jobs WHERE ${isIn('retry_of', 'ids')} AND ${unindexed('tenant')} = :tenant
      ORDER BY created_at, id`,
      jobColumns,
    ),

    removeJob: one<Id & { readonly before: number }, Id>(
      'DELETE FROM jobs WHERE id = :id AND version = :before RETURNING id',
    ),
    removeChanges: one<Id, never>('DELETE FROM changes WHERE job_id = :id'),
    /** But for the first, which tells of its recording. */
    removeChangesUpTo: one<Id & { readonly version: number }, never>(
      'DELETE FROM changes WHERE job_id = :id AND version > 1 AND version <= :version',
    ),
    ping: one<object, object>('SELECT 1 AS one FROM jobs LIMIT 1'),
  })
}

export type Statements = ReturnType<typeof createStatements>
