import { existsSync } from 'node:fs'
import pg from 'pg'
import { type Columns, encoded, jobColumns, nameOf, type RowOf, timelineColumns } from './columns.ts'
import { codec, type Execute, createExecute as executeOnPostgres } from './postgres/execute.ts'
import { migratePostgres } from './postgres/migrate.ts'
import { faultyColumn } from './rows.ts'
import { createExecute, dialect, type Execute as SqliteExecute } from './sqlite/execute.ts'
import { openSqliteStore } from './sqlite/store.ts'
import { createStatements, type Statement, selected } from './statements.ts'

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
  /** Jobs whose rows are broken: they stay in the file. */
  readonly broken: readonly string[]
  /** Jobs that the database has further than the file: they are left as they are. */
  readonly newer: number
}

const batchSize = 500

/**
 * Copies a history from a SQLite file to a PostgreSQL database, job by job with its timeline, and counts in the
 * database what arrived. It may be broken off and run again: what is there already is brought up to date, never back.
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
type EntryRow = RowOf<typeof timelineColumns>

const jobsAfter: Statement<{ readonly last: string; readonly limit: number }, JobRow> = {
  name: 'jobsAfter',
  text: `SELECT ${selected(jobColumns)} FROM jobs WHERE id > :last ORDER BY id LIMIT :limit`,
  columns: jobColumns,
  values: {},
}
const { timelines } = createStatements(dialect)

async function copy(
  from: SqliteExecute,
  to: pg.Client,
  onProgress: CopyOptions['onProgress'] = () => {},
): Promise<CopyResult> {
  const broken: string[] = []
  const total = { jobs: 0, written: 0, entries: 0, newer: 0 }
  for (let last = ''; ; ) {
    const rows = from(jobsAfter, { last, limit: batchSize })
    last = rows.at(-1)?.id ?? last
    if (rows.length === 0) return { ...total, broken }
    const sound = rows.filter((row) => faultyColumn(row) === null)
    broken.push(...rows.filter((row) => faultyColumn(row) !== null).map(({ id }) => id))
    const ids = sound.map(({ id }) => id)
    const entries = from(timelines, { ids })
    if (ids.length > 0) {
      total.written += await write(to, sound, entries)
      const arrived = await count(executeOnPostgres(to), ids, entries)
      total.jobs += arrived.jobs
      total.entries += arrived.entries
      total.newer += arrived.newer
    }
    onProgress(total.jobs)
  }
}

/** Both tables in one transaction; answers how many jobs were new or further than what was there. */
async function write(to: pg.Client, rows: readonly JobRow[], entries: readonly EntryRow[]): Promise<number> {
  // No process of the file holds a step any more.
  const jobs = rows.map((row) => ({ ...row, leaseOwner: null, leaseUntil: null }))
  const updated = Object.keys(jobColumns).map(
    (property) => `${nameOf(property)} = excluded.${nameOf(property)}`,
  )
  await to.query('BEGIN')
  try {
    const written = await insertAll(
      to,
      { table: 'jobs', columns: jobColumns, rows: jobs },
      `ON CONFLICT (id) DO UPDATE SET ${updated} WHERE jobs.version < excluded.version`,
    )
    for (let at = 0; at < entries.length; at += batchSize) {
      const some = entries.slice(at, at + batchSize)
      await insertAll(
        to,
        { table: 'timeline', columns: timelineColumns, rows: some },
        'ON CONFLICT DO NOTHING',
      )
    }
    await to.query('COMMIT')
    return written
  } catch (error) {
    await to.query('ROLLBACK').catch(() => {}) // What broke is the first error.
    throw error
  }
}

/** Inserts many rows with one statement; answers how many were written. */
async function insertAll(
  to: pg.Client,
  what: { readonly table: string; readonly columns: Columns; readonly rows: readonly object[] },
  onConflict: string,
): Promise<number> {
  const properties = Object.keys(what.columns)
  const values: unknown[] = []
  const tuples = what.rows.map((row) => {
    const bound = encoded(what.columns, codec, row)
    return `(${properties.map((property) => `$${values.push(bound[property])}`)})`
  })
  const { rowCount } = await to.query(
    `INSERT INTO ${what.table} (${properties.map(nameOf)}) VALUES ${tuples} ${onConflict}`,
    values,
  )
  return rowCount ?? 0
}

const arrivals: Statement<
  { readonly ids: readonly string[] },
  { readonly id: string; readonly entries: number }
> = {
  name: 'arrivals',
  text: `SELECT jobs.id, count(timeline.version)::int AS entries
    FROM jobs LEFT JOIN timeline ON timeline.job_id = jobs.id
    WHERE jobs.id = ANY(:ids::text[]) GROUP BY jobs.id`,
  columns: {},
  values: {},
}

/** What the database has of these jobs. */
async function count(
  to: Execute,
  ids: readonly string[],
  entries: readonly EntryRow[],
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
