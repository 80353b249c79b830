import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { HistoryUnavailableError } from '../../jobs/history-error.ts'
import { NewerHistoryError, OlderHistoryError, refuseNewer } from '../newer.ts'
import { translate } from './fault.ts'
import { makeRoles } from './roles.ts'
import { checkSession, PoolerError } from './session.ts'

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))

/** One at a time, of all gateways that start: Drizzle's migrator checks and applies without a lock. */
const lockKey = 0x77617665 // "wave"

/** A start waits so long for another one that makes the tables. */
const lockMs = 60_000 // 1 minute

const migrationsTable = 'wavespeed_migrations'

export interface MigrateOptions {
  readonly connectMs?: number
  /** Says anew what roles may do, also where no step is missing: somebody may have made them since. */
  readonly always?: boolean
  /** Makes tables where there are none, and throws an `OlderHistoryError` where older ones would be changed. */
  readonly onlyNew?: boolean
}

/**
 * Brings the history's tables up to date; safe while others do the same, and nothing to do where it was done. Answers how
 * many steps that took, and how many rows could not be read and were put aside.
 */
export async function migratePostgres(
  url: string,
  { connectMs = 5_000, always = false, onlyNew = false }: MigrateOptions = {},
): Promise<{ readonly steps: number; readonly putAside: number }> {
  await checkSession(url, connectMs).catch((error: unknown) => {
    throw inWords(error, url)
  })
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    lock_timeout: lockMs,
    application_name: 'wavespeed-graphql migrate',
  })
  client.on('error', () => {}) // Told by the statement that met it.
  try {
    await client.connect()
    const missing = await missingSteps(client, url)
    if (!always && missing === 0) return { steps: 0, putAside: 0 }
    if (onlyNew && missing < allSteps().length) throw new OlderHistoryError(`on ${placeOf(url)}`)
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    const steps = await missingSteps(client, url) // Another one may have taken them meanwhile.
    const known = await hasPutAside(client)
    await migrate(drizzle({ client }), {
      migrationsFolder,
      migrationsSchema: 'public',
      migrationsTable,
    })
    const putAside = known ? 0 : await countPutAside(client)
    await makeRoles(client)
    return { steps, putAside }
  } catch (error) {
    throw inWords(error, url)
  } finally {
    await client.end() // Lets go of the lock, too.
  }
}

async function hasPutAside(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass('public.unreadable_jobs') AS found")
  return rows[0]?.found !== null
}

/** Of a table that was just made. It stays only where it holds something. */
async function countPutAside(client: pg.Client): Promise<number> {
  if (!(await hasPutAside(client))) return 0
  const { rows } = await client.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM public.unreadable_jobs',
  )
  const [count] = rows
  if (count?.rows === 0) await client.query('DROP TABLE public.unreadable_jobs')
  return count?.rows ?? 0
}

const allSteps = () => readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis)

/** Where none is missing nothing has to be made: a gateway's user need not be allowed to. */
async function missingSteps(client: pg.Client, url: string): Promise<number> {
  const known = allSteps()
  const { rows: tables } = await client.query('SELECT to_regclass($1) AS found', [
    `public.${migrationsTable}`,
  ])
  if (tables[0]?.found === null) return known.length
  const { rows } = await client.query(`SELECT max(created_at) AS newest FROM public.${migrationsTable}`)
  const newest = Number(rows[0]?.newest ?? 0)
  refuseNewer(newest, known.at(-1) ?? 0, `on ${placeOf(url)}`)
  return known.filter((at) => at > newest).length
}

/** Without user, password and parameters. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `postgres://${host}${pathname}`
}

/** What whoever starts a gateway has to know: where the history should be (without user and password), and what is wrong. */
function inWords(error: unknown, url: string): Error {
  if (error instanceof NewerHistoryError || error instanceof OlderHistoryError) return error
  const place = placeOf(url)
  if (error instanceof PoolerError) {
    return new Error(
      `The history on ${place} is behind a connection pooler such as PgBouncer (${error.message}), which cannot carry ` +
        'the notifications, locks and time limits of a gateway: set DATABASE_URL to the PostgreSQL server itself.',
      { cause: error },
    )
  }
  const fault = translate(error)
  const cause = fault instanceof HistoryUnavailableError ? fault.cause : fault
  // A name with several addresses fails with an error for each, and without words.
  const { message, code } = cause as NodeJS.ErrnoException
  const options = { cause }
  return fault instanceof HistoryUnavailableError
    ? new HistoryUnavailableError(fault.fault, options, `${place}: ${message || code}.`)
    : new Error(`The history on ${place} cannot be opened: ${message || code}.`, options)
}
