import Database from 'better-sqlite3'

export interface Peek {
  /** The state of a job by its row; 'none' where there is no row. */
  state(id: string): string
  close(): void
}

/**
 * Looks into a file of SQLite while a gateway has it open. A test that waits asks hundreds of times, and to ask the
 * gateway costs it a hundred times as much.
 */
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
