import { existsSync } from 'node:fs'
import { eq, gt, inArray, sql } from 'drizzle-orm'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzlePostgres, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { migratePostgres } from './postgres/migrate.ts'
import * as postgres from './postgres/tables.ts'
import { faultyColumn } from './row.ts'
import { openSqliteStore } from './sqlite/store.ts'
import * as sqlite from './sqlite/tables.ts'

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
    return await copy(drizzleSqlite({ client: from.client }), drizzlePostgres({ client }), onProgress)
  } finally {
    await client.end()
    from.close()
  }
}

async function copy(
  from: ReturnType<typeof drizzleSqlite>,
  to: NodePgDatabase,
  onProgress: CopyOptions['onProgress'] = () => {},
): Promise<CopyResult> {
  const broken: string[] = []
  const total = { jobs: 0, written: 0, entries: 0, newer: 0 }
  for (let last = ''; ; ) {
    const rows = from
      .select()
      .from(sqlite.jobs)
      .where(gt(sqlite.jobs.id, last))
      .orderBy(sqlite.jobs.id)
      .limit(batchSize)
      .all()
    last = rows.at(-1)?.id ?? last
    if (rows.length === 0) return { ...total, broken }
    const sound = rows.filter((row) => faultyColumn(row) === null)
    broken.push(...rows.filter((row) => faultyColumn(row) !== null).map(({ id }) => id))
    const ids = sound.map(({ id }) => id)
    const entries = from.select().from(sqlite.timeline).where(inArray(sqlite.timeline.jobId, ids)).all()
    if (ids.length > 0) {
      total.written += await write(to, sound, entries)
      const arrived = await count(to, ids, entries)
      total.jobs += arrived.jobs
      total.entries += arrived.entries
      total.newer += arrived.newer
    }
    onProgress(total.jobs)
  }
}

type JobRow = typeof sqlite.jobs.$inferSelect
type EntryRow = typeof sqlite.timeline.$inferSelect

/** Both tables in one transaction; answers how many jobs were new or further than what was there. */
async function write(
  to: NodePgDatabase,
  rows: readonly JobRow[],
  entries: readonly EntryRow[],
): Promise<number> {
  // No process of the file holds a step any more.
  const values = rows.map((row) => ({ ...row, leaseOwner: null, leaseUntil: null }))
  const { id: _, ...updated } = Object.fromEntries(
    Object.entries(postgres.jobs).map(([key, { name }]) => [key, sql.raw(`excluded."${name}"`)]),
  )
  return to.transaction(async (transaction) => {
    const written = await transaction
      .insert(postgres.jobs)
      .values(values)
      .onConflictDoUpdate({
        target: postgres.jobs.id,
        set: updated,
        setWhere: sql`${postgres.jobs.version} < excluded.version`,
      })
      .returning({ id: postgres.jobs.id })
    for (let at = 0; at < entries.length; at += batchSize) {
      await transaction
        .insert(postgres.timeline)
        .values(entries.slice(at, at + batchSize))
        .onConflictDoNothing()
    }
    return written.length
  })
}

/** What the database has of these jobs. */
async function count(
  to: NodePgDatabase,
  ids: readonly string[],
  entries: readonly EntryRow[],
): Promise<{ jobs: number; entries: number; newer: number }> {
  const wanted = new Map<string, number>()
  for (const { jobId } of entries) wanted.set(jobId, (wanted.get(jobId) ?? 0) + 1)
  const arrived = await to
    .select({ id: postgres.jobs.id, entries: sql<number>`count(${postgres.timeline.version})::int` })
    .from(postgres.jobs)
    .leftJoin(postgres.timeline, eq(postgres.timeline.jobId, postgres.jobs.id))
    .where(inArray(postgres.jobs.id, [...ids]))
    .groupBy(postgres.jobs.id)
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
