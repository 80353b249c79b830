import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, createRedisNamespace } from './databases.ts'
import { startPostgres } from './servers/postgres.ts'
import { hasRedisServer, redisVersion, startRedis, withRedis } from './servers/redis.ts'
import type { Server } from './servers/server.ts'

describe('a fresh database', () => {
  it('is empty, and is gone after drop', async () => {
    const database = await createDatabase()
    const tables =
      "SELECT count(*)::int FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    expect(await rows(database.url, tables)).toEqual([{ count: 0 }])
    await database.drop()
    await expect(rows(database.url, 'SELECT 1')).rejects.toThrow('does not exist')
  })

  it('knows nothing of the others', async () => {
    const [one, other] = await Promise.all([createDatabase(), createDatabase()])
    await rows(one.url, 'CREATE TABLE notes (text text)')
    await expect(rows(other.url, 'SELECT * FROM notes')).rejects.toThrow('does not exist')
    await Promise.all([one.drop(), other.drop()])
  })

  it('can be dropped while somebody is connected', async () => {
    const database = await createDatabase()
    const client = new Client({ connectionString: database.url })
    const lost = new Promise<Error>((resolve) => client.on('error', resolve))
    await client.connect()
    await database.drop()
    expect((await lost).message).toMatch(/terminat/)
  })
})

describe('a PostgreSQL of its own', () => {
  let server: Server
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  it('syncs what it commits', async () => {
    expect(await rows(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
    expect(await rows(server.url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }])
  })

  it('sorts texts as a language does, unlike SQLite', async () => {
    const sorted = await rows(
      server.url,
      "SELECT text FROM (VALUES ('B'), ('a')) AS texts (text) ORDER BY text",
    )
    expect(sorted).toEqual([{ text: 'a' }, { text: 'B' }])
  })

  it('keeps committed rows over a restart', async () => {
    const database = await createDatabase(server.url)
    await rows(database.url, "CREATE TABLE notes AS SELECT 'kept' AS text")
    await server.restart()
    expect(await rows(database.url, 'SELECT text FROM notes')).toEqual([{ text: 'kept' }])
  })

  it('keeps committed rows, and no others, when it is killed', async () => {
    const database = await createDatabase(server.url)
    await rows(database.url, "CREATE TABLE notes AS SELECT 'committed' AS text")
    const client = new Client({ connectionString: database.url })
    client.on('error', () => {}) // the connection is lost, as it has to be
    await client.connect()
    await client.query('BEGIN')
    await client.query("INSERT INTO notes VALUES ('not committed')")
    await server.kill()
    await expect(rows(database.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    await server.start()
    expect(await rows(database.url, 'SELECT text FROM notes')).toEqual([{ text: 'committed' }])
  })
})

describe('a Redis of its own', () => {
  it.runIf(hasRedisServer())('forgets everything when it is restarted or killed', async () => {
    const server = await startRedis()
    for (const end of [server.restart, () => server.kill().then(server.start)]) {
      await withRedis(server.url, (redis) => redis.set('note', 'soon forgotten'))
      await end()
      expect(await withRedis(server.url, (redis) => redis.dbsize())).toBe(0)
    }
    await server.stop()
    await expect(redisVersion(server.url)).rejects.toThrow('ECONNREFUSED')
  })

  it.runIf(hasRedisServer())('is cleared of the keys of one namespace alone', async () => {
    const server = await startRedis()
    const [mine, other] = [createRedisNamespace(server.url), createRedisNamespace(server.url)]
    const left = await withRedis(server.url, async (redis) => {
      const keys = Array.from({ length: 3000 }, (_, index) => [`${mine.prefix}:${index}`, 'x'])
      await redis.mset(Object.fromEntries([...keys, [`${other.prefix}:0`, 'x']]))
      await mine.clear()
      return redis.keys('*')
    })
    expect(left).toEqual([`${other.prefix}:0`])
    await server.stop()
  })
})

async function rows(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
