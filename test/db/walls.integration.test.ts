import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { migratePostgres } from '../../src/db/postgres/migrate.ts'
import { gatewayRole, tenantRole } from '../../src/db/postgres/roles.ts'
import { createTenantConnections } from '../../src/db/postgres/tenant-connections.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { makeKey } from '../support/keys.ts'
import { decide, openPostgresStore, type PostgresStore } from '../support/stores.ts'
import { recordOf, tenantOf } from '../support/tenants.ts'

let database: Database
beforeEach(async () => {
  database = await createDatabase()
  await migratePostgres(database.url)
})
const ends: (() => Promise<unknown>)[] = []
/** Before the database goes, the last first. */
const atEnd = (end: () => Promise<unknown>) => void ends.push(end)
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await database.drop()
})

async function open(
  url = database.url,
  onWeakWall: (why: string) => void = () => {},
): Promise<PostgresStore> {
  const store = await openPostgresStore({ url, connections: 2, onWeakWall })
  atEnd(() => store.close())
  return store
}
async function connect(url = database.url): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  atEnd(() => client.end())
  return client
}

let made = 0
/** Somebody who may log in, but for `rights`; gone with the test. */
async function user(rights: string): Promise<string> {
  made += 1
  const name = `wavespeed_test_${process.pid}_${made}`
  const admin = await connect()
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret' ${rights}`)
  atEnd(async () => {
    const last = new pg.Client({ connectionString: database.url })
    await last.connect()
    await last.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`).finally(() => last.end())
  })
  const url = new URL(database.url)
  url.username = name
  url.password = 'secret'
  return url.href
}

describe('in a session of a tenant', () => {
  const idsIn = async (client: Pick<pg.Client, 'query'>, table = 'jobs', id = 'id') => {
    const { rows } = await client.query<{ id: string }>(`SELECT ${id} AS id FROM ${table} ORDER BY 1`)
    return rows.map((row) => row.id)
  }
  async function become(tenant: string | null): Promise<pg.Client> {
    const client = await connect()
    await client.query(`SET ROLE ${tenantRole}`)
    if (tenant !== null) await client.query(`SELECT set_config('wavespeed.tenant', $1, false)`, [tenant])
    return client
  }
  beforeEach(async () => {
    const store = await open()
    for (const name of ['a', 'b']) await recordOf(store, name, 1)
  })

  it('there are its own rows, and no others', async () => {
    const own = await become('a')
    expect(await idsIn(own)).toEqual(['a1'])
    expect(await idsIn(own, 'changes', 'job_id')).toEqual(['a1'])
    expect((await own.query(`UPDATE jobs SET prompt = 'x' WHERE id = 'b1' RETURNING id`)).rows).toEqual([])
    expect((await own.query(`DELETE FROM jobs WHERE id = 'b1' RETURNING id`)).rows).toEqual([])
  })

  it.each([null, '', '*', 'c'])(
    'that names %j there is nothing, and nothing can be added',
    async (tenant) => {
      const client = await become(tenant)
      for (const table of ['jobs', 'changes', 'submissions', 'usage'])
        expect((await client.query(`SELECT FROM ${table}`)).rows).toEqual([])
      const copy = `INSERT INTO usage (tenant, kind, since, times) VALUES ('a', 'creation', 0, 1)`
      await expect(client.query(copy)).rejects.toThrow(/row-level security/)
    },
  )

  it('no row can be handed to another tenant', async () => {
    const own = await become('a')
    await expect(own.query(`UPDATE jobs SET tenant = 'b'`)).rejects.toThrow(/row-level security/)
  })

  it.each(['access_keys', 'audit', 'secrets', 'tickets', 'tenants', 'turns'])(
    'the table %s is closed',
    async (table) => {
      await expect((await become('a')).query(`SELECT FROM ${table}`)).rejects.toThrow(/permission denied/)
    },
  )

  it('a statement that forgets the tenant meets no other’s rows, whoever had the connection before', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    atEnd(() => pool.end())
    const of = createTenantConnections(pool)
    const [a, b] = [of(tenantOf('a')), of(tenantOf('b'))]
    for (const [connections, ids] of [
      [a, ['a1']],
      [b, ['b1']],
      [a, ['a1']],
    ] as const) {
      expect((await connections.query({ text: 'SELECT id FROM jobs' })).rows).toEqual(
        ids.map((id) => ({ id })),
      )
    }
    // An error in a transaction, that takes back what was set in it.
    const client = await b.connect()
    await client.query('BEGIN')
    await client.query('SELECT FROM nothing').catch(() => {})
    await client.query('ROLLBACK')
    client.release()
    expect((await b.query({ text: 'SELECT id FROM jobs' })).rows).toEqual([{ id: 'b1' }])
    expect((await a.query({ text: 'SELECT id FROM jobs' })).rows).toEqual([{ id: 'a1' }])
    await expect(a.query({ text: 'SELECT nothing' })).rejects.toThrow()
    expect((await b.query({ text: 'SELECT id FROM jobs' })).rows).toEqual([{ id: 'b1' }])
  })

  it('a tenant whose name is SQL is a name', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    atEnd(() => pool.end())
    const odd = createTenantConnections(pool)(tenantOf(`a', false); RESET ROLE; SELECT ('`))
    expect((await odd.query({ text: 'SELECT FROM jobs' })).rows).toEqual([])
    expect((await odd.query({ text: 'SELECT current_user::text AS who' })).rows).toEqual([
      { who: tenantRole },
    ])
  })
})

describe('a gateway whose user', () => {
  it('owns nothing does all of its work, and cannot rewrite the audit log', async () => {
    const told: string[] = []
    const url = await user(`IN ROLE ${gatewayRole}, ${tenantRole}`)
    const store = await open(url, (why) => told.push(why))
    expect(told).toEqual([])
    const job = await recordOf(store, 'a', 1, { prompt: 'a red fox runs' })
    const limits = { concurrency: 5, videosPerMinute: 5 }
    const claim = await store.claim({
      now: 5_000,
      limits,
      windowStart: 0,
      lease: { owner: 'me', until: 9_000 },
      decide: decide({ type: 'claimed' }, 5_000),
    })
    expect(claim.kind).toBe('claimed')
    expect(await store.work.markSent(job.id, 2, 5_001)).toBe(true)
    await store.work.settle(job.id, 6_000)
    const reader = store.for(tenantOf('a'))
    expect((await reader.timelines([job.id]))[0]).toHaveLength(2)
    const search = {
      order: 'CREATED_AT',
      descending: true,
      filter: { prompt: 'red fox' },
      fromEnd: false,
      limit: 5,
    } as const
    expect(await reader.page(search)).toMatchObject([{ id: job.id }])
    await reader.remove(job.id, () => true, 7_000)
    expect(await reader.job(job.id)).toBeNull()
    await store.checkWritable()
    await makeKey(store.access, { name: 'a key' })
    expect(await store.access.audit(tenantOf('acme'), null, 5)).toHaveLength(1)

    const client = await connect(url)
    for (const sql of [
      `UPDATE audit SET actor = 'nobody'`,
      'DELETE FROM audit',
      'TRUNCATE audit',
      'DROP TABLE jobs',
      'ALTER TABLE jobs DISABLE ROW LEVEL SECURITY',
    ])
      await expect(client.query(sql), sql).rejects.toThrow(/permission denied|must be owner/)
  })

  it('may do more is started, and it is said', async () => {
    const told: string[] = []
    await open(database.url, (why) => told.push(why))
    expect(told).toEqual(['its user is a superuser'])
  })

  it('may not take the role of tenants on works by the code alone, and it is said', async () => {
    const told: string[] = []
    const store = await open(await user(`IN ROLE ${gatewayRole}`), (why) => told.push(why))
    expect(told).toEqual([expect.stringContaining(`cannot take on the role ${tenantRole}`)])
    const job = await recordOf(store, 'a', 1)
    expect(await store.for(tenantOf('a')).job(job.id)).toMatchObject({ id: job.id })
    expect(await store.for(tenantOf('b')).job(job.id)).toBeNull()
  })
})

it('compose.yaml makes such a user, also where it is there already', async () => {
  const { configs } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true })
  const admin = await connect()
  const sql = configs.roles.content.replaceAll('$$', '$')
  for (const _ of [1, 2]) await admin.query(sql)
  atEnd(() => admin.query('DROP ROLE wavespeed_app'))
  const { rows } = await admin.query(
    `SELECT rolcanlogin AS login, rolsuper OR rolbypassrls OR rolcreaterole AS more,
      pg_has_role('wavespeed_app', '${gatewayRole}', 'MEMBER') AND pg_has_role('wavespeed_app', '${tenantRole}', 'MEMBER') AS member
    FROM pg_roles WHERE rolname = 'wavespeed_app'`,
  )
  expect(rows).toEqual([{ login: true, more: false, member: true }])
})

it('what makes the tables again says anew what roles may do', async () => {
  const admin = await connect()
  await admin.query(`REVOKE ALL ON jobs FROM ${gatewayRole}; DROP POLICY of_tenant ON jobs`)
  await migratePostgres(database.url, { always: true })
  const { rows } = await admin.query(
    `SELECT policyname AS name FROM pg_policies WHERE tablename = 'jobs' ORDER BY 1`,
  )
  expect(rows).toEqual([{ name: 'of_gateway' }, { name: 'of_tenant' }])
  const store = await open(await user(`IN ROLE ${gatewayRole}, ${tenantRole}`))
  await recordOf(store, 'a', 1)
})

it('a search for a text reads its index, behind the wall as well', async () => {
  const store = await openPostgresStore({ url: database.url, connections: 1, walkedFirst: 2 })
  atEnd(() => store.close())
  const asked: string[] = []
  const [client] = [await store.tenantPool.connect()]
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  Object.assign(client, {
    query(config: { text?: string } | string, ...rest: unknown[]) {
      asked.push(typeof config === 'string' ? config : (config.text ?? ''))
      return query(config, ...rest)
    },
  })
  client.release()
  for (let place = 1; place <= 30; place += 1)
    await recordOf(store, 'a', place, { prompt: place === 1 ? 'a red fox runs' : 'nothing' })
  await recordOf(store, 'b', 1, { prompt: 'a red fox of another' })
  const page = await store.for(tenantOf('a')).page({
    order: 'CREATED_AT',
    descending: true,
    filter: { prompt: 'red fox' },
    fromEnd: false,
    limit: 5,
  })
  expect(page.map(({ id }) => id)).toEqual(['a1'])
  const beyond = asked.findIndex((text) => text.includes('SET LOCAL ROLE NONE'))
  const behind = asked.findIndex((text) => text.includes(`SET LOCAL ROLE ${tenantRole}`))
  expect(beyond).toBeGreaterThan(-1)
  // Only ids are read there, of this tenant.
  for (const text of asked.slice(beyond + 1, behind)) expect(text).toMatch(/^SELECT (id|count)\b.*tenant = /s)
  expect(asked.slice(behind + 1).some((text) => text.includes('FROM jobs'))).toBe(true)
})
