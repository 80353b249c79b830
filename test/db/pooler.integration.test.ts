import { beforeAll, describe, expect, it } from 'vitest'
import { migratePostgres } from '../../src/db/postgres/migrate.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { startPgBouncer } from '../support/servers/pgbouncer.ts'
import { withPostgres } from '../support/servers/postgres.ts'
import { openPostgresStore } from '../support/stores.ts'

/** What people set so that a program's startup parameters are let in; they are dropped then. */
const lenient =
  'ignore_startup_parameters = options,lock_timeout,idle_in_transaction_session_timeout,statement_timeout'

describe('a start behind PgBouncer', () => {
  let database: Database
  beforeAll(async () => {
    database = await createDatabase()
    return () => database.drop()
  })

  it.each([
    ['as it comes', []],
    ['in session mode', ['pool_mode = session', lenient]],
    ['in transaction mode', ['pool_mode = transaction', lenient]],
    [
      'in transaction mode with one connection',
      ['pool_mode = transaction', lenient, 'default_pool_size = 1'],
    ],
    [
      'in transaction mode, with the settings made by it',
      ['pool_mode = transaction', lenient],
      "connect_query='SET lock_timeout = 10000'",
    ],
    ['in statement mode', ['pool_mode = statement', lenient]],
  ])('is refused by name: %s', async (_name, settings: string[], ofDatabase = '') => {
    const bouncer = await startPgBouncer(database.url, settings, ofDatabase)
    try {
      for (const start of [
        () => openPostgresStore({ url: bouncer.url }),
        () => migratePostgres(bouncer.url),
      ]) {
        const error = await start().then(
          () => null,
          (fault: Error) => fault,
        )
        expect(error?.message).toMatch(
          /^The history on postgres:\/\/127\.0\.0\.1:\d+\/\w+ is behind a connection pooler/,
        )
        expect(error?.message).toMatch(/PgBouncer .*set DATABASE_URL to the PostgreSQL server itself/)
        expect(error?.message).not.toContain(new URL(database.url).password)
      }
    } finally {
      await bouncer.stop()
    }
    const { rows } = await withPostgres(database.url, (client) =>
      client.query("SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'public'"),
    )
    expect(rows).toEqual([{ count: 0 }])
  })
})
