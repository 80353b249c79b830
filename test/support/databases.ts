import { randomBytes } from 'node:crypto'
import { getTableName } from 'drizzle-orm'
import { inject } from 'vitest'
import { jobs, timeline } from '../../src/db/postgres/tables.ts'
import { withPostgres } from './servers/postgres.ts'
import { withRedis } from './servers/redis.ts'

export interface Database {
  readonly url: string
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>
}

/** A fresh database with a name of its own, on the server of this run or on another one. */
export async function createDatabase(server = inject('postgresUrl')): Promise<Database> {
  const name = uniqueName('_')
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
  TRUNCATE ${getTableName(jobs)}, ${getTableName(timeline)} RESTART IDENTITY;
`

/** The Redis of this run, or null where none was named. */
export function redisUrl(): string | null {
  return inject('redisUrl')
}

export interface RedisNamespace {
  readonly url: string
  /** What every key has to begin with. */
  readonly prefix: string
  /** Removes the keys that begin with it and no others: the server may not be ours. */
  clear(): Promise<void>
}

/** A part of the Redis of this run (or of another one) that nobody else uses. */
export function createRedisNamespace(url = redisUrl()): RedisNamespace {
  if (url === null) throw new Error('This run has no Redis: set TEST_REDIS_URL')
  const prefix = uniqueName('-')
  return {
    url,
    prefix,
    clear: () =>
      withRedis(url, async (redis) => {
        for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
          if (keys.length > 0) await redis.unlink(keys)
        }
      }),
  }
}

const uniqueName = (separator: string) =>
  ['wavespeed', 'test', inject('run'), randomBytes(4).toString('hex')].join(separator)

async function execute(server: string, statement: string): Promise<void> {
  await withPostgres(server, (client) => client.query(statement))
}
