import { runMigrations } from 'bullmq'
import pg from 'pg'

/** The schema that BullMQ has to itself. */
export const queueSchema = 'wavespeed_queue'

/** Makes BullMQ's tables, or brings them up to date; safe while others do the same. */
export async function migrateQueue(url: string, schema = queueSchema): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'wavespeed-graphql migrate' })
  client.on('error', () => {}) // Told by the statement that met it.
  try {
    await client.connect()
    await runMigrations(client, schema)
  } finally {
    await client.end()
  }
}
