import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { translate } from './fault.ts'

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))

/** One at a time, of all gateways that start: Drizzle's migrator checks and applies without a lock. */
const lockKey = 0x77617665 // "wave"

/** Brings the history's tables up to date; safe while others do the same, and nothing to do where it was done. */
export async function migratePostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'wavespeed-graphql migrate' })
  client.on('error', () => {}) // Told by the statement that met it.
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    await migrate(drizzle({ client }), {
      migrationsFolder,
      migrationsSchema: 'public',
      migrationsTable: 'wavespeed_migrations',
    })
  } catch (error) {
    throw translate(error)
  } finally {
    await client.end() // Lets go of the lock, too.
  }
}
