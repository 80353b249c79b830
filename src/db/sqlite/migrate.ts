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
  const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis)
  const before = newestOf(client)
  refuseNewer(before, known.at(-1) ?? 0, place)
  const missing = known.filter((at) => at > before).length
  if (missing === 0) return { steps: 0, putAside: 0 }
  migrate(drizzle({ client }), { migrationsFolder })
  const row = client.prepare('SELECT count(*) AS rows FROM unreadable_jobs').get()
  return { steps: missing, putAside: (row as { rows: number }).rows }
}

function newestOf(client: Database.Database): number {
  const table = client.prepare("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get()
  if (!table) return 0
  const row = client.prepare('SELECT max(created_at) AS newest FROM __drizzle_migrations').get()
  return Number((row as { newest: unknown }).newest ?? 0)
}
