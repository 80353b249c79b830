import pg from 'pg'
import type { AccessStore } from '../../access/store.ts'
import type { TenantId } from '../../jobs/tenant.ts'
import type { History } from '../../jobs/work.ts'
import type { UploadStore } from '../../uploads/upload.ts'
import { createAccessStore, type Write } from '../access-statements.ts'
import { aroundEach } from '../around.ts'
import { createChangeLog } from '../change-log.ts'
import { createDueWork } from '../due-work.ts'
import { createReaders } from '../reader.ts'
import type { Statement } from '../statements.ts'
import { createUploadStore } from '../upload-statements.ts'
import { createClaim } from './claim.ts'
import { createCorrect } from './correct.ts'
import { createExecute, dialect } from './execute.ts'
import { translate, translateFaults, translating } from './fault.ts'
import { migratePostgres } from './migrate.ts'
import { findWall, tenantRole, type Wall } from './roles.ts'
import { createSearch } from './search.ts'
import { sessionSettings } from './session.ts'
import { type Connections, createTenantConnections } from './tenant-connections.ts'
import { createWrites, statements } from './writes.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with what node-postgres knows as parameters. */
  readonly url: string
  /** Connections that statements share. */
  readonly connections?: number
  /** Whether tables of an older version are left as they are: then it throws. */
  readonly onlyNew?: boolean
  readonly onStatement?: (sql: string) => void
  /** Told if the tables were made or changed here, with the number of steps. */
  readonly onMigrated?: (steps: number) => void
  /** Told if an upgrade put rows aside that could not be read, with their number. */
  readonly onPutAside?: (rows: number) => void
  /** Told if the database has no index of texts: searches read one job after another. */
  readonly onNoTextIndex?: () => void
  /** Told if the database does not keep tenants apart by itself, or its user could get around that: why, in a sentence. */
  readonly onWeakWall?: (why: string) => void
  /** After how long a page that no index answers is given up; 10 seconds by default. */
  readonly farReadMs?: number
  /** How many jobs of a list are read for it before the index of texts is asked; 2,000 by default. */
  readonly walkedFirst?: number
}

export interface PostgresHistory extends History {
  /** The plain pool, for query plans and maintenance. */
  readonly pool: pg.Pool
  /** The same of the sessions that see the rows of one tenant each. */
  readonly tenantPool: pg.Pool
  readonly access: AccessStore
  readonly uploads: UploadStore
  /** The server's clock, in milliseconds since 1970. */
  time(): Promise<number>
  close(): Promise<void>
}

/** A statement that waits longer than this for its answer is given up: its connection is dead, or the server is. */
const statementMs = 30_000 // 30 seconds
const connectMs = 5_000 // 5 seconds

/**
 * Opens (and migrates) the history in a PostgreSQL database that any number of gateways share.
 *
 * @throws HistoryUnavailableError if it does not answer
 */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresHistory> {
  const { steps, putAside } = await migratePostgres(options.url, {
    connectMs,
    ...(options.onlyNew && { onlyNew: true }),
  })
  if (steps > 0) options.onMigrated?.(steps)
  if (putAside > 0) options.onPutAside?.(putAside)
  const [pool, tenantPool] = [createPool(options), createPool(options)]
  const close = async () => void (await Promise.all([pool.end(), tenantPool.end()]))
  const found = await findOut(pool).catch(async (error: unknown) => {
    await close()
    throw translate(error)
  })
  if (!found.hasTextIndex) options.onNoTextIndex?.()
  const weakness = weaknessOf(found.wall)
  if (weakness) options.onWeakWall?.(weakness)
  const connectionsOf = found.wall.stands ? createTenantConnections(tenantPool) : () => pool
  return {
    ...createHistory({ pool, connectionsOf, ...found }, options),
    pool,
    tenantPool,
    async time() {
      const { rows } = await pool.query<{ ms: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
      )
      return rows[0]?.ms ?? Date.now()
    },
    close,
  }
}

function createPool({ url, connections = 10 }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
    keepAlive: true,
    ...sessionSettings,
    application_name: 'wavespeed-graphql',
  })
  // A connection that breaks while it is idle is replaced; the statement that needs one is told of any fault.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** What of the database is not the same everywhere. */
async function findOut(pool: pg.Pool) {
  const client = await pool.connect()
  try {
    const { rows } = await client.query(`SELECT FROM pg_class WHERE oid = to_regclass('jobs_by_text')`)
    return { hasTextIndex: rows.length > 0, wall: await findWall(client) }
  } finally {
    client.release()
  }
}

function weaknessOf({ stands, around }: Wall): string | null {
  if (!stands) return `its user cannot take on the role ${tenantRole}, so the code alone keeps tenants apart`
  return around.length > 0 ? `its user ${around.join(' and ')}` : null
}

const spreadLock: Statement<object, never> = {
  name: 'spreadLock',
  text: `SELECT pg_advisory_xact_lock(hashtext('wavespeed spread'))`,
  columns: {},
  values: {},
}

interface Opened {
  readonly pool: pg.Pool
  readonly connectionsOf: (tenant: TenantId) => Connections
  readonly hasTextIndex: boolean
  readonly wall: Wall
}

function createHistory(
  { pool, connectionsOf, hasTextIndex, wall }: Opened,
  { onStatement, farReadMs, walkedFirst }: PostgresOptions,
): History & { readonly access: AccessStore; readonly uploads: UploadStore } {
  const run = createExecute(pool, onStatement)
  const runFor = (tenant: TenantId) => createExecute(connectionsOf(tenant), onStatement)
  const writesOf = (tenant: TenantId) => createWrites(connectionsOf(tenant), onStatement)
  const writes = createWrites(pool, onStatement)
  const { transaction } = writes
  const readFar = createSearch({
    transactionOf: (tenant) => writesOf(tenant).transaction,
    hasTextIndex,
    hasWall: wall.stands,
    limitMs: farReadMs,
    walkedFirst,
  })
  const readerOf = createReaders({ dialect, statements, run, runFor, readFar })
  const together = (all: readonly Write[]) =>
    transaction(async (on) => {
      for (const [statement, parameters] of all) await on(statement, parameters as never) // its own: see `Write`
    })
  const history: History = {
    for: (tenant) => ({ ...readerOf(tenant), ...writesOf(tenant).of(tenant) }),
    work: {
      ...createDueWork({ statements, run }),
      claim: createClaim({ run, ...writes }),
      change: writes.decideAndSave,
      advance: writes.decideAndSave,
      withdraw: writes.withdraw,
      correct: createCorrect(writes),
      markSent: async (id, attempt, now) =>
        (await run(statements.markSent, { id, attempt, now })).length === 1,
      settle: (id, now) =>
        transaction(async (on) => {
          await on(statements.settle, { id, now })
          await on(statements.noWork, { kind: 'poll', id })
        }),
      // Two of them would wait for each other's rows.
      spread: (kind, now) =>
        transaction(async (on) => {
          await on(spreadLock, {})
          await on(statements.spread, { kind, now })
        }),
    },
    changes: createChangeLog({ dialect, run }),
    async ping() {
      await run(statements.ping, {})
    },
    async checkWritable() {
      await transaction(async (_, client) => void (await client.query(probe)))
    },
  }
  const uploadsFor = createUploadStore({ dialect, shared: statements, runFor, lastingFor: runFor })
  return {
    ...translateFaults(history),
    access: aroundEach(createAccessStore({ dialect, run, together }), translating),
    uploads: { for: (tenant) => aroundEach(uploadsFor(tenant), translating) },
  }
}

/** A write of the catalogue that leaves nothing behind. */
const probe = 'CREATE TEMPORARY TABLE wavespeed_probe (content text) ON COMMIT DROP'
