import { assertSchemaCompatibility, runMigrations } from 'bullmq'
import pg from 'pg'

/** The schema that BullMQ has to itself. */
export const queueSchema = 'wavespeed_queue'

/** Also while another one makes them. */
const migrationMs = 60_000 // 1 minute
const notAllowed = '42501' // insufficient_privilege

/** Makes BullMQ's tables, or brings them up to date; safe while others do the same. */
export async function migrateQueue(url: string, schema = queueSchema, connectMs = 5_000): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    query_timeout: migrationMs,
    application_name: 'wavespeed-graphql migrate',
  })
  client.on('error', () => {}) // Told by the statement that met it.
  try {
    await client.connect()
    await runMigrations(client, schema).catch(async (error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== notAllowed) throw error
      // Somebody else may have made them: a gateway's user need not be allowed to.
      await assertSchemaCompatibility(client, schema)
    })
  } finally {
    await client.end()
  }
}
