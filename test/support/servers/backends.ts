import { postgresVersion, startPostgres } from './postgres.ts'

export interface Backends {
  readonly postgresUrl: string
  readonly postgresVersion: string
  /** Which they are, in one line. */
  readonly line: string
  /** Ends what was started here, not what was named. */
  stop(): Promise<void>
}

interface Environment {
  readonly TEST_DATABASE_URL?: string
}

/** The server that somebody named, or one that is started. */
export async function chooseBackends(env: Environment): Promise<Backends> {
  const { url, version, from, stop } = await choosePostgres(env.TEST_DATABASE_URL)
  return {
    postgresUrl: url,
    postgresVersion: version,
    line: `backends: SQLite, PostgreSQL ${version} (${from})`,
    stop,
  }
}

async function choosePostgres(url: string | undefined) {
  if (url) {
    return {
      url,
      version: await reach('TEST_DATABASE_URL', url),
      from: 'TEST_DATABASE_URL',
      stop: async () => {},
    }
  }
  const server = await startPostgres()
  return { url: server.url, version: await postgresVersion(server.url), from: 'embedded', stop: server.stop }
}

/** The version of a server that was named. What is wrong is said without the URL's password. */
async function reach(variable: string, url: string): Promise<string> {
  if (!url.startsWith('postgres') || !URL.canParse(url)) throw new Error(`${variable} is no postgres:// URL`)
  try {
    return await postgresVersion(url)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const { protocol, host, pathname } = new URL(url)
    throw new Error(`${variable}: no answer from ${protocol}//${host}${pathname} (${message || code})`)
  }
}
