import { existsSync } from 'node:fs'
import pg from 'pg'
import type { Submission } from '../jobs/submission.ts'
import {
  accessKeyColumns,
  auditColumns,
  type Columns,
  changeColumns,
  durationColumns,
  encoded,
  jobColumns,
  nameOf,
  type RowOf,
  secretColumns,
  submissionColumns,
  tenantColumns,
  uploadColumns,
} from './columns.ts'
import { codec, type Execute, createExecute as executeOnPostgres } from './postgres/execute.ts'
import { migratePostgres } from './postgres/migrate.ts'
import { createExecute, dialect, type Execute as SqliteExecute } from './sqlite/execute.ts'
import { openSqliteStore } from './sqlite/store.ts'
import { type Ids, type Statement, selected } from './statements.ts'

export interface CopyOptions {
  /** The SQLite file. No gateway may have it open; its tables are brought up to date first. */
  readonly file: string
  /** The PostgreSQL database. */
  readonly url: string
  /** Told after each batch how many jobs were read. */
  readonly onProgress?: (jobs: number) => void
}

export interface CopyResult {
  /** Jobs of the file that the database has now, and how many of them were written by this run. */
  readonly jobs: number
  readonly written: number
  readonly entries: number
  /** Jobs that the database has further than the file: they are left as they are. */
  readonly newer: number
}

const batchSize = 500

/**
 * Copies a history from a SQLite file to a PostgreSQL database: its tenants, how long jobs took, then job by job with its
 * timeline and what was sent for it, and counts in the database what arrived; then uploads, the gateway's keys, and what was
 * done with them. It may be broken off and run again: what is there already is brought up to date, never back.
 *
 * @throws Error in words if the counts differ, or if a gateway has the file open
 */
export async function copyHistory({ file, url, onProgress }: CopyOptions): Promise<CopyResult> {
  if (!existsSync(file)) throw new Error(`There is no history at ${file}.`)
  await migratePostgres(url)
  const from = openSqliteStore({ file })
  const client = new pg.Client({ connectionString: url, application_name: 'wavespeed-graphql copy' })
  client.on('error', () => {}) // Told by the statement that met it.
  try {
    await client.connect()
    return await copy(createExecute(from.client), client, onProgress)
  } finally {
    await client.end()
    from.close()
  }
}

type JobRow = RowOf<typeof jobColumns>
type ChangeRow = RowOf<typeof changeColumns>

/** Of the file. */
const statements = {
  jobsAfter: {
    name: 'jobsAfter',
    text: `SELECT ${selected(jobColumns)} FROM jobs WHERE id > :last ORDER BY id LIMIT :limit`,
    columns: jobColumns,
    values: {},
  } as Statement<{ readonly last: string; readonly limit: number }, JobRow>,
  changesOf: of<ChangeRow>('changes', changeColumns, dialect.isIn('job_id', 'ids')),
  submissionsOf: of<Submission>('submissions', submissionColumns, dialect.isIn('job_id', 'ids')),
  tenants: of<RowOf<typeof tenantColumns>>('tenants', tenantColumns),
  /** Of jobs that were deleted: the vendor may still be at work on their tasks. */
  submissionsLeft: of<Submission>('submissions', submissionColumns, 'job_id NOT IN (SELECT id FROM jobs)'),
  keys: of<object>('access_keys', accessKeyColumns),
  secrets: of<object>('secrets', secretColumns),
  uploads: of<object>('uploads', uploadColumns),
  durations: of<object>('durations', durationColumns),
  audit: of<object>('audit', auditColumns, 'true ORDER BY sequence'),
}

function of<R>(table: string, columns: Columns, where = 'true'): Statement<Ids | object, R> {
  return {
    name: table,
    text: `SELECT ${selected(columns)} FROM ${table} WHERE ${where}`,
    columns,
    values: {},
  }
}

async function copy(
  from: SqliteExecute,
  to: pg.Client,
  onProgress: CopyOptions['onProgress'] = () => {},
): Promise<CopyResult> {
  const tenants = { table: 'tenants', columns: tenantColumns, rows: from(statements.tenants, {}) }
  await insertAll(to, tenants, 'ON CONFLICT DO NOTHING')
  const durations = { table: 'durations', columns: durationColumns, rows: from(statements.durations, {}) }
  await insertAll(to, durations, 'ON CONFLICT DO NOTHING')
  const total = { jobs: 0, written: 0, entries: 0, newer: 0 }
  const submissions = { table: 'submissions', columns: submissionColumns }
  for (let last = ''; ; ) {
    const jobs = from(statements.jobsAfter, { last, limit: batchSize })
    last = jobs.at(-1)?.id ?? last
    if (jobs.length === 0) break
    const ids = jobs.map(({ id }) => id)
    const changes = from(statements.changesOf, { ids })
    total.written += await write(to, { jobs, changes, submissions: from(statements.submissionsOf, { ids }) })
    const arrived = await count(executeOnPostgres(to), ids, changes)
    total.jobs += arrived.jobs
    total.entries += arrived.entries
    total.newer += arrived.newer
    onProgress(total.jobs)
  }
  await insertAll(
    to,
    { ...submissions, rows: from(statements.submissionsLeft, {}) },
    'ON CONFLICT DO NOTHING',
  )
  await transaction(to, () => copyAccess(from, to))
  return total
}

/** The keys, what gateways sign with, the uploads and the audit log: tickets are over in a minute. */
async function copyAccess(from: SqliteExecute, to: pg.Client): Promise<void> {
  const keys = { table: 'access_keys', columns: accessKeyColumns, rows: from(statements.keys, {}) }
  await insertAll(
    to,
    keys,
    'ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at WHERE access_keys.revoked_at IS NULL',
  )
  const secrets = { table: 'secrets', columns: secretColumns, rows: from(statements.secrets, {}) }
  await insertAll(to, secrets, 'ON CONFLICT DO NOTHING')
  const uploads = { table: 'uploads', columns: uploadColumns, rows: from(statements.uploads, {}) }
  await insertAll(to, uploads, 'ON CONFLICT DO NOTHING')
  // Its entries have no names of their own, and are only added: what has begun there is left as it is.
  const { rowCount } = await to.query('SELECT FROM audit LIMIT 1')
  const audit = { table: 'audit', columns: auditColumns, rows: from(statements.audit, {}) }
  if (rowCount === 0) await insertAll(to, audit, '')
}

const updated = (columns: Columns) =>
  Object.keys(columns).map((property) => `${nameOf(property)} = excluded.${nameOf(property)}`)

/** All of some jobs in one transaction; answers how many were new or further than what was there. */
async function write(
  to: pg.Client,
  rows: {
    readonly jobs: readonly JobRow[]
    readonly changes: readonly ChangeRow[]
    readonly submissions: readonly Submission[]
  },
): Promise<number> {
  return transaction(to, async () => {
    const written = await insertAll(
      to,
      { table: 'jobs', columns: jobColumns, rows: rows.jobs },
      `ON CONFLICT (id) DO UPDATE SET ${updated(jobColumns)} WHERE jobs.version < excluded.version`,
    )
    await insertAll(
      to,
      { table: 'changes', columns: changeColumns, rows: rows.changes },
      'ON CONFLICT DO NOTHING',
    )
    await insertAll(
      to,
      { table: 'submissions', columns: submissionColumns, rows: rows.submissions },
      `ON CONFLICT (job_id) DO UPDATE SET ${updated(submissionColumns)} WHERE submissions.attempt <= excluded.attempt`,
    )
    return written
  })
}

async function transaction<T>(to: pg.Client, run: () => Promise<T>): Promise<T> {
  await to.query('BEGIN')
  try {
    const result = await run()
    await to.query('COMMIT')
    return result
  } catch (error) {
    await to.query('ROLLBACK').catch(() => {}) // What broke is the first error.
    throw error
  }
}

/** Inserts rows, many with each statement; answers how many were written. */
async function insertAll(
  to: pg.Client,
  what: { readonly table: string; readonly columns: Columns; readonly rows: readonly object[] },
  onConflict: string,
): Promise<number> {
  const { table, columns, rows } = what
  const properties = Object.keys(columns)
  let written = 0
  for (let at = 0; at < rows.length; at += batchSize) {
    const values: unknown[] = []
    const tuples = rows.slice(at, at + batchSize).map((row) => {
      const bound = encoded(columns, codec, row)
      return `(${properties.map((property) => `$${values.push(bound[property])}`)})`
    })
    const { rowCount } = await to.query(
      `INSERT INTO ${table} (${properties.map(nameOf)}) VALUES ${tuples} ${onConflict}`,
      values,
    )
    written += rowCount ?? 0
  }
  return written
}

const arrivals: Statement<
  { readonly ids: readonly string[] },
  { readonly id: string; readonly entries: number }
> = {
  name: 'arrivals',
  text: `SELECT jobs.id, count(changes.version)::int AS entries
    FROM jobs LEFT JOIN changes ON changes.job_id = jobs.id
    WHERE jobs.id = ANY(:ids::text[]) GROUP BY jobs.id`,
  columns: {},
  values: {},
}

/** What the database has of these jobs. */
async function count(
  to: Execute,
  ids: readonly string[],
  entries: readonly ChangeRow[],
): Promise<{ jobs: number; entries: number; newer: number }> {
  const wanted = new Map<string, number>()
  for (const { jobId } of entries) wanted.set(jobId, (wanted.get(jobId) ?? 0) + 1)
  const arrived = await to(arrivals, { ids })
  const missing = ids.length - arrived.length
  const short = arrived.filter(({ id, entries: found }) => found < (wanted.get(id) ?? 0))
  if (missing > 0 || short.length > 0) {
    throw new Error(
      `The copy is not whole: ${missing} jobs are missing and ${short.length} lack entries of their timeline. Run it again.`,
    )
  }
  return {
    jobs: arrived.length,
    entries: entries.length,
    newer: arrived.filter(({ id, entries: found }) => found > (wanted.get(id) ?? 0)).length,
  }
}
