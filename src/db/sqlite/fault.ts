import Database from 'better-sqlite3'
import { type HistoryFault, HistoryUnavailableError } from '../../jobs/history-error.ts'
import type { History } from '../../jobs/work.ts'
import { type Around, aroundHistory } from '../around.ts'

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

/** The same history; a fault of the file is thrown as a `HistoryUnavailableError`, and `onFault` is told. */
export function translateFaults(history: History, onFault: () => void): History {
  return aroundHistory(history, translating(onFault))
}

/** What is around each call: it throws faults of the file as `HistoryUnavailableError`s, and tells of them. */
export function translating(onFault: () => void = () => {}): Around {
  return (_, call) =>
    async (...args) => {
      try {
        return await call(...args)
      } catch (error) {
        const translated = translate(error)
        if (translated instanceof HistoryUnavailableError) onFault()
        throw translated
      }
    }
}
