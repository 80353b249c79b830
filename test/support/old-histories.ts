import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { migrate as migrateSqlite } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { createDatabase } from './databases.ts'
import { type JobStore, openPostgresStore, openSqliteStore } from './stores.ts'

/** Rows as an older version wrote them, by the names of their columns. */
export type OldRows = readonly { readonly table: string; readonly row: Readonly<Record<string, unknown>> }[]

export interface OldHistory {
  readonly store: JobStore
  /** How many rows the upgrade put aside. */
  readonly putAside: number
}

/** The migrations before one, as they were released. */
function migrationsBefore(name: string, database: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join('src/db', database, 'migrations'), folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] }
  const until = journal.entries.findIndex(({ tag }) => tag.endsWith(name))
  if (until < 1) throw new Error(`there is no migration ${name}`)
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, until) }))
  return folder
}

/** The file of a history that a version made which knew no migration from `before` on; it goes with the test. */
export function writeOldFile(before: string, rows: OldRows): string {
  const folder = mkdtempSync(join(tmpdir(), 'old-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'jobs.db')
  const client = new Database(file)
  migrateSqlite(drizzleSqlite({ client }), { migrationsFolder: migrationsBefore(before, 'sqlite') })
  for (const { table, row } of rows) {
    const names = Object.keys(row)
    client
      .prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => '?')})`)
      .run(Object.values(row).map((value) => (typeof value === 'boolean' ? Number(value) : value)))
  }
  client.close()
  return file
}

async function openSqlite(before: string, rows: OldRows): Promise<OldHistory> {
  let putAside = 0
  const store = openSqliteStore({
    file: writeOldFile(before, rows),
    onPutAside(count) {
      putAside = count
    },
  })
  onTestFinished(() => store.close())
  return { store, putAside }
}

async function openPostgres(before: string, rows: OldRows): Promise<OldHistory> {
  const database = await createDatabase()
  onTestFinished(() => database.drop())
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await migratePostgres(drizzlePostgres({ client }), {
    migrationsFolder: migrationsBefore(before, 'postgres'),
    migrationsSchema: 'public',
    migrationsTable: 'wavespeed_migrations',
  })
  for (const { table, row } of rows) {
    const names = Object.keys(row)
    const places = names.map((_, index) => `$${index + 1}`)
    await client.query(`INSERT INTO ${table} (${names}) VALUES (${places})`, Object.values(row))
  }
  await client.end()
  let putAside = 0
  const store = await openPostgresStore({
    url: database.url,
    onPutAside(count) {
      putAside = count
    },
  })
  onTestFinished(() => store.close())
  return { store, putAside }
}

/** Opens a history that a version made which knew no migration from `before` on, by where it lies. */
export const oldHistories = [
  ['SQLite', openSqlite],
  ['PostgreSQL', openPostgres],
] as const
