import { randomBytes } from 'node:crypto'
import { getTableName } from 'drizzle-orm'
import { inject } from 'vitest'
import * as tables from '../../src/db/postgres/tables.ts'
import { withPostgres } from './servers/postgres.ts'

export interface Database {
  readonly url: string
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>
}

/** A fresh database with a name of its own, on the server of this run or on another one. */
export async function createDatabase(server = inject('postgresUrl')): Promise<Database> {
  const name = uniqueName()
  const url = new URL(server)
  url.pathname = name
  // template0, since somebody may have added something to template1 of a server that is not ours
  await execute(server, `CREATE DATABASE ${name} TEMPLATE template0`)
  return { url: url.href, drop: () => execute(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

/** Histories of tests of this process that have ended: to make one costs more than most tests do. */
const spare: Database[] = []

/** A database for a history: fresh, or one whose tables are there and empty. */
export async function takeHistory(): Promise<Database> {
  const database = spare.pop() ?? (await createDatabase())
  return {
    url: database.url,
    async drop() {
      await withPostgres(database.url, (client) => client.query(emptying))
      spare.push(database)
    },
  }
}

/** Ends whoever is still connected first, since a transaction that hangs would keep its tables. */
const emptying = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
  SET session_replication_role = replica; -- The audit log refuses it else.
  TRUNCATE ${Object.values(tables).map(getTableName)} RESTART IDENTITY;
  SET session_replication_role = origin;
`

const uniqueName = () => ['wavespeed', 'test', inject('run'), randomBytes(4).toString('hex')].join('_')

async function execute(server: string, statement: string): Promise<void> {
  await withPostgres(server, (client) => client.query(statement))
}
