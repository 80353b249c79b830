import Database from 'better-sqlite3'
import { type HistoryFault, HistoryUnavailableError } from '../../jobs/history-error.ts'

/** The primary result codes (sqlite.org/rescode.html) that speak of the file and not of the statement. */
const faults: Readonly<Record<string, HistoryFault>> = {
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  SQLITE_READONLY: 'read-only',
  SQLITE_FULL: 'full',
  SQLITE_IOERR: 'broken',
  SQLITE_CANTOPEN: 'broken',
  SQLITE_CORRUPT: 'broken',
  SQLITE_NOTADB: 'broken',
}

/** A fault of the database file as the domain's own error; any other error as it is. */
function translate(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  // Extended codes carry a suffix: SQLITE_IOERR_WRITE, SQLITE_READONLY_DBMOVED.
  const [primary = ''] = /^SQLITE_[A-Z]+/.exec(error.code) ?? []
  const fault = faults[primary]
  return fault ? new HistoryUnavailableError(fault, { cause: error }) : error
}

/** The same methods; a fault of the file is thrown as a `HistoryUnavailableError`, and `onFault` is told. */
export function translateFaults<T extends object>(methods: T, onFault: () => void): T {
  const guarded = Object.entries(methods).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member]
    const failed = (error: unknown): never => {
      const translated = translate(error)
      if (translated instanceof HistoryUnavailableError) onFault()
      throw translated
    }
    const method = (...args: unknown[]): unknown => {
      try {
        const answer: unknown = member(...args)
        return answer instanceof Promise ? answer.catch(failed) : answer
      } catch (error) {
        return failed(error)
      }
    }
    return [name, method]
  })
  return Object.fromEntries(guarded) as T // Each member is the one of that name, or wraps it.
}
