import pg from 'pg'

/** Words of a pooler that is told something it does not pass on. */
const notPassedOn = /unsupported startup parameter|transactions? not allowed in statement pooling/i

const silentMs = 10_000 // 10 seconds

/** What holds for every session of a gateway, and is told when it begins. */
export const sessionSettings = {
  // One gateway that falls silent in the middle of a transaction must not hold the others for longer than this.
  idle_in_transaction_session_timeout: silentMs,
  lock_timeout: silentMs,
  options: [
    'tcp_keepalives_idle=10',
    'tcp_keepalives_interval=5',
    'tcp_keepalives_count=3',
    // What is counted under the lock has to be what the others have written before it.
    'default_transaction_isolation=read\\ committed',
  ]
    .map((setting) => `-c ${setting}`)
    .join(' '),
} as const

/** A pooler stands before the server, and keeps from a gateway what it needs of a session. */
export class PoolerError extends Error {
  override name = 'PoolerError'
}

/**
 * Throws if a connection is not a session of its own with the settings that were asked for. Notifications, locks and time
 * limits belong to sessions: behind a pooler that shares them out, jobs would wait for ever.
 */
export async function checkSession(url: string, connectMs: number): Promise<void> {
  const [first, second] = [0, 1].map(() => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectMs,
      query_timeout: connectMs,
      application_name: 'wavespeed-graphql start',
      ...sessionSettings,
    })
    client.on('error', () => {}) // Told by the statement that met it.
    return client
  }) as [pg.Client, pg.Client]
  try {
    await first.connect()
    const before = await ask(first)
    if (before.limit !== `${silentMs / 1_000}s`)
      throw new PoolerError('settings of a session are not passed on')
    await second.connect()
    // While this transaction lasts nobody else gets its connection to the server.
    await second.query('BEGIN')
    const other = await ask(second)
    const shared = other.pid === before.pid || (await ask(first)).pid !== before.pid
    if (shared) throw new PoolerError('each transaction gets another session')
    await second.query('ROLLBACK')
  } catch (error) {
    if (error instanceof Error && notPassedOn.test(error.message))
      throw new PoolerError(error.message, { cause: error })
    throw error
  } finally {
    await Promise.allSettled([first.end(), second.end()])
  }
}

async function ask(client: pg.Client): Promise<{ pid: number; limit: string }> {
  const { rows } = await client.query<{ pid: number; limit: string }>(
    `SELECT pg_backend_pid() AS pid, current_setting('lock_timeout') AS limit`,
  )
  const [row] = rows
  if (!row) throw new Error('the server answered no row')
  return row
}

/** What the sessions in this database are called whose names begin so, each once; whoever asks may see that of all. */
export async function sessionNames(pool: Pick<pg.Pool, 'query'>, beginning: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, $1)`,
    [beginning],
  )
  return rows.map(({ name }) => name)
}
