import { existsSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase } from './databases.ts'
import { eventually } from './eventually.ts'
import { spawnProgram } from './gateway-process.ts'
import { chooseBackends } from './servers/backends.ts'
import { postgresVersion, startPostgres, withPostgres } from './servers/postgres.ts'
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

describe('the servers of a run', () => {
  it('are those that were named, and those go on after it', async () => {
    const backends = await chooseBackends({ TEST_DATABASE_URL: inject('postgresUrl') })
    await backends.stop()
    expect(await postgresVersion(inject('postgresUrl'))).toBe(backends.postgresVersion)
    const named = `PostgreSQL ${backends.postgresVersion} (TEST_DATABASE_URL)`
    expect(backends.line).toBe(`backends: SQLite, ${named}`)
  })

  it('are started where none was named, and end with the run', async () => {
    const { postgresUrl, stop } = await chooseBackends({})
    expect(await postgresVersion(postgresUrl)).toMatch(/^\d/)
    await stop()
    await expect(postgresVersion(postgresUrl)).rejects.toThrow('ECONNREFUSED')
  })

  it.each([
    [{ TEST_DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/jobs' }, /^TEST_DATABASE_URL: .*ECONNREFUSED/],
    [{ TEST_DATABASE_URL: 'me:secret@127.0.0.1:1' }, /^TEST_DATABASE_URL is no postgres/],
  ])(
    'have to answer where they were named, or it is said without the password: %o',
    async (env, expected) => {
      const message = await chooseBackends(env).then(String, (error: Error) => error.message)
      expect(message).toMatch(expected)
      expect(message).not.toContain('secret')
    },
  )

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'end with the program that started them, and leave no file, also after %s',
    async (signal) => {
      const program = spawnProgram('test/support/servers/main.ts', {})
      let output = ''
      program.stdout?.on('data', (chunk) => {
        output += chunk
      })
      const postgresUrl = await eventually(() => {
        expect(output).toMatch(/.+\n$/)
        return output.trim()
      })
      const [data] = await rows(postgresUrl, "SELECT current_setting('data_directory') AS folder")
      program.kill(signal)
      await eventually(async () => {
        await expect(postgresVersion(postgresUrl)).rejects.toThrow('ECONNREFUSED')
        expect(existsSync(`${data?.['folder']}`)).toBe(false)
      })
    },
  )
})

async function rows(url: string, statement: string): Promise<Record<string, unknown>[]> {
  return (await withPostgres(url, (client) => client.query(statement))).rows
}
