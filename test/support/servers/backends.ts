import { postgresVersion, startPostgres } from './postgres.ts'
import { redisVersion } from './redis.ts'

export interface Backends {
  readonly postgresUrl: string
  readonly redisUrl: string | null
  /** Which they are, in one line. */
  readonly line: string
  /** Ends what was started here, not what was named. */
  stop(): Promise<void>
}

interface Environment {
  readonly TEST_DATABASE_URL?: string
  readonly TEST_REDIS_URL?: string
}

/** The servers somebody named; without a name, PostgreSQL is started and Redis is left out. */
export async function chooseBackends(env: Environment): Promise<Backends> {
  const redis = await chooseRedis(env.TEST_REDIS_URL)
  const postgres = await choosePostgres(env.TEST_DATABASE_URL)
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    line: `backends: SQLite, ${postgres.name}, ${redis.name}`,
    stop: postgres.stop,
  }
}

async function chooseRedis(url: string | undefined) {
  if (!url) return { url: null, name: 'Redis: not run (set TEST_REDIS_URL)' }
  const version = await reach('TEST_REDIS_URL', url, 'redis', redisVersion)
  return { url, name: `Redis ${version} (TEST_REDIS_URL)` }
}

async function choosePostgres(url: string | undefined) {
  if (url) {
    const version = await reach('TEST_DATABASE_URL', url, 'postgres', postgresVersion)
    return { url, name: `PostgreSQL ${version} (TEST_DATABASE_URL)`, stop: async () => {} }
  }
  const server = await startPostgres()
  const name = `PostgreSQL ${await postgresVersion(server.url)} (embedded)`
  return { url: server.url, name, stop: server.stop }
}

/** The version of a server that was named. What is wrong is said without the URL's password. */
async function reach(
  variable: string,
  url: string,
  scheme: 'postgres' | 'redis',
  version: (url: string) => Promise<string>,
): Promise<string> {
  if (!url.startsWith(scheme) || !URL.canParse(url)) throw new Error(`${variable} is no ${scheme}:// URL`)
  try {
    return await version(url)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const { protocol, host, pathname } = new URL(url)
    throw new Error(`${variable}: no answer from ${protocol}//${host}${pathname} (${message || code})`)
  }
}
