import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { patternOf } from '../../src/db/postgres/search.ts'
import type { PageQuery } from '../../src/jobs/store.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { withPostgres } from '../support/servers/postgres.ts'
import { ids, openPostgresStore, type PostgresStore, record } from '../support/stores.ts'

const page = (prompt: string): PageQuery => ({
  order: 'CREATED_AT',
  descending: true,
  fromEnd: false,
  limit: 20,
  filter: { prompt },
})
const idOf = (index: number) => `job_${String(index).padStart(26, '0')}`

async function fill(store: PostgresStore): Promise<void> {
  for (const [index, prompt] of ['a heron', 'a fox', 'a fox'].entries())
    await record(store, { id: idOf(index), prompt, createdAt: index })
}

describe('the index of texts on PostgreSQL', () => {
  let database: Database
  beforeEach(async () => {
    database = await createDatabase()
    return () => database.drop()
  })

  async function withStore(
    use: (store: PostgresStore) => Promise<unknown>,
    options: Partial<Parameters<typeof openPostgresStore>[0]> = {},
  ): Promise<void> {
    const store = await openPostgresStore({ url: database.url, walkedFirst: 1, ...options })
    await use(store).finally(() => store.close())
  }

  it('is there, begins with the tenant and is what a text is looked for in', async () => {
    const onNoTextIndex = vi.fn()
    await withStore(
      async (store) => {
        await fill(store)
        expect(ids(await store.page(page('HERON')))).toEqual([idOf(0)])
        await store.pool.query(
          `INSERT INTO jobs SELECT (json_populate_record(jobs, json_build_object('id', id || n))).*
           FROM jobs, generate_series(1, 5000) AS n WHERE id = $1`,
          [idOf(1)],
        )
        await store.pool.query('ANALYZE jobs')
        const client = await store.pool.connect()
        await client.query('SET enable_seqscan = off; SET enable_indexscan = off')
        const { rows } = await client.query(
          `EXPLAIN SELECT id FROM jobs WHERE tenant = 'local' AND lower(prompt) LIKE '%heron%'`,
        )
        client.release(true)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan).toMatch(/Bitmap Index Scan on jobs_by_text[\s\S]*tenant = 'local'[\s\S]*~~ '%heron%'/)
      },
      { onNoTextIndex },
    )
    expect(onNoTextIndex).not.toHaveBeenCalled()
  })

  it('is done without where the database has none, which is told at the start', async () => {
    await withStore(fill)
    await withPostgres(database.url, (client) => client.query('DROP INDEX jobs_by_text'))
    const onNoTextIndex = vi.fn()
    await withStore(
      async (store) => {
        expect(ids(await store.page(page('HERON')))).toEqual([idOf(0)])
        expect(ids(await store.page(page('lion')))).toEqual([])
      },
      { onNoTextIndex },
    )
    expect(onNoTextIndex).toHaveBeenCalledOnce()
  })

  it('is done without where the user may not add extensions', async () => {
    const user = `reader_${randomBytes(4).toString('hex')}`
    await withPostgres(database.url, async (client) => {
      await client.query(
        `CREATE ROLE ${user} LOGIN PASSWORD '${user}'; GRANT CREATE, USAGE ON SCHEMA public TO ${user}`,
      )
      // What Drizzle's migrator asks for in any case.
      const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name')
      await client.query(`GRANT CREATE ON DATABASE ${rows[0]?.name} TO ${user}`)
      // Who may create may also add extensions that are trusted: here somebody took the way to them.
      await client.query('CREATE SCHEMA elsewhere; CREATE EXTENSION pg_trgm SCHEMA elsewhere')
    })
    const url = new URL(database.url)
    url.username = user
    url.password = user
    const onNoTextIndex = vi.fn()
    try {
      await withStore(fill, { url: url.href, onNoTextIndex })
      expect(onNoTextIndex).toHaveBeenCalledOnce()
    } finally {
      await withPostgres(database.url, (client) => client.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`))
    }
  })

  it('a page that takes longer than the limit is given up, and its connection is used again', async () => {
    await withStore(
      async (store) => {
        await fill(store)
        await withPostgres(database.url, async (client) => {
          await client.query('BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE')
          await expect(store.page(page('heron'))).rejects.toMatchObject({ code: 'SEARCH_TOO_LONG' })
          await client.query('ROLLBACK')
        })
        expect(ids(await store.page(page('heron')))).toEqual([idOf(0)])
      },
      { farReadMs: 300, connections: 1 },
    )
  })

  it.each([
    ['ab', null],
    ['a b', null],
    ['%_\\', null],
    ['FOX', '%fox%'],
    ['a fox_50%', '%a%fox%50%%'],
    ['ΟΔΟΣ', null],
    ['猫犬猫', '%猫犬猫%'],
    ['É fox', '%%fox%'],
  ])('is asked for %j by its letters and digits whose case is the same everywhere', (text, pattern) => {
    expect(patternOf(text)).toBe(pattern)
  })
})
