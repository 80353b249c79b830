import { postgresVersion, startPostgres } from './postgres.ts'
import { hasRedisServer, redisVersion, startRedis } from './redis.ts'

export interface Backends {
  readonly postgresUrl: string
  readonly postgresVersion: string
  readonly redisUrl: string | null
  readonly redisVersion: string | null
  /** Which they are, in one line. */
  readonly line: string
  /** Ends what was started here, not what was named. */
  stop(): Promise<void>
}

interface Environment {
  readonly TEST_DATABASE_URL?: string
  readonly TEST_REDIS_URL?: string
}

/** The servers somebody named; those without a name are started, Redis only where it is installed. */
export async function chooseBackends(env: Environment): Promise<Backends> {
  const redis = await chooseRedis(env.TEST_REDIS_URL)
  const postgres = await choosePostgres(env.TEST_DATABASE_URL).catch(async (error: unknown) => {
    await redis.stop()
    throw error
  })
  return {
    postgresUrl: postgres.url,
    postgresVersion: postgres.version,
    redisUrl: redis.url,
    redisVersion: redis.version,
    line: `backends: SQLite, PostgreSQL ${postgres.version} (${postgres.from}), ${
      redis.url === null ? 'Redis: not run (no redis-server)' : `Redis ${redis.version} (${redis.from})`
    }`,
    stop: async () => void (await Promise.all([postgres.stop(), redis.stop()])),
  }
}

async function chooseRedis(url: string | undefined) {
  if (url) {
    const version = await reach('TEST_REDIS_URL', url, 'redis', redisVersion)
    return { url, version, from: 'TEST_REDIS_URL', stop: async () => {} }
  }
  if (!hasRedisServer()) return { url: null, version: null, stop: async () => {} }
  const server = await startRedis()
  return { url: server.url, version: await redisVersion(server.url), from: 'of its own', stop: server.stop }
}

async function choosePostgres(url: string | undefined) {
  if (url) {
    const version = await reach('TEST_DATABASE_URL', url, 'postgres', postgresVersion)
    return { url, version, from: 'TEST_DATABASE_URL', stop: async () => {} }
  }
  const server = await startPostgres()
  return { url: server.url, version: await postgresVersion(server.url), from: 'embedded', stop: server.stop }
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
