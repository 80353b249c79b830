import Database from 'better-sqlite3'
import pg from 'pg'

/**
 * Looks into a history while a gateway has it open. A test that waits asks hundreds of times, and to ask the gateway
 * costs it a hundred times as much.
 */
export interface Peek {
  /** The state of a job by its row; 'none' where there is no row. */
  state(id: string): string | Promise<string>
  close(): void | Promise<void>
}

export function createPeek(file: string): Peek {
  let open: { readonly client: Database.Database; readonly state: Database.Statement } | null = null
  function opened() {
    const client = new Database(file, { readonly: true })
    return { client, state: client.prepare('SELECT state FROM jobs WHERE id = ?').pluck() }
  }
  return {
    state(id) {
      open ??= opened()
      return (open.state.get(id) as string | undefined) ?? 'none'
    },
    close() {
      open?.client.close()
      open = null
    },
  }
}

export function createPostgresPeek(url: string): Peek {
  let pool: pg.Pool | null = null
  function opened(): pg.Pool {
    const made = new pg.Pool({ connectionString: url, max: 1 })
    // Its database may be emptied while it is idle, which ends its connections.
    made.on('error', () => {})
    return made
  }
  const text = 'SELECT state FROM jobs WHERE id = $1'
  return {
    async state(id) {
      pool ??= opened()
      const { rows } = await pool.query<{ state: string }>({ name: 'state', text, values: [id] })
      return rows[0]?.state ?? 'none'
    },
    async close() {
      await pool?.end()
      pool = null
    },
  }
}
