import { fileURLToPath } from 'node:url'
import type Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { refuseNewer } from '../newer.ts'

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))

/**
 * Brings the tables up to date; answers how many steps that took, and how many rows could not be read and were put aside.
 * Nothing is written where there are none to take.
 */
export function migrateSqlite(
  client: Database.Database,
  place: string,
): { readonly steps: number; readonly putAside: number } {
  const missing = missingSteps(client, place)
  if (missing === 0) return { steps: 0, putAside: 0 }
  const known = hasPutAside(client)
  migrate(drizzle({ client }), { migrationsFolder })
  return { steps: missing, putAside: known ? 0 : countPutAside(client) }
}

/**
 * How many steps its tables are behind.
 *
 * @throws NewerHistoryError
 */
export function missingSteps(client: Database.Database, place: string): number {
  const steps = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis)
  const before = newestOf(client)
  refuseNewer(before, steps.at(-1) ?? 0, place)
  return steps.filter((at) => at > before).length
}

const hasPutAside = (client: Database.Database): boolean =>
  client.prepare("SELECT 1 FROM sqlite_master WHERE name = 'unreadable_jobs'").get() !== undefined

/** Of a table that was just made. It stays only where it holds something. */
function countPutAside(client: Database.Database): number {
  if (!hasPutAside(client)) return 0
  const rows = client.prepare('SELECT count(*) FROM unreadable_jobs').pluck().get() as number
  if (rows === 0) client.exec('DROP TABLE unreadable_jobs')
  return rows
}

function newestOf(client: Database.Database): number {
  const table = client.prepare("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get()
  if (!table) return 0
  const row = client.prepare('SELECT max(created_at) AS newest FROM __drizzle_migrations').get()
  return Number((row as { newest: unknown }).newest ?? 0)
}
