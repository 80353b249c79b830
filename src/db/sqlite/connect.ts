import Database from 'better-sqlite3'

/**
 * The write-ahead log has an index of 32 KB beside it, which needs room though nothing is written. On a full disk the
 * index is kept in memory: this process can read the history, and other programs again after the next start.
 */
export function connect(path: string, onStatement?: (sql: string) => void): Database.Database {
  try {
    return begin(path, 'NORMAL', onStatement)
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !/^SQLITE_(FULL|IOERR)/.test(error.code)) throw error
    return begin(path, 'EXCLUSIVE', onStatement)
  }
}

function begin(path: string, locking: string, onStatement?: (sql: string) => void): Database.Database {
  const client = new Database(path, {
    ...(onStatement && { verbose: (sql: unknown) => onStatement(String(sql)) }),
  })
  try {
    client.pragma(`locking_mode = ${locking}`)
    client.pragma('journal_mode = WAL')
    client.pragma('schema_version') // the first to need the index
    return client
  } catch (error) {
    client.close()
    throw error
  }
}
