import { accessSync, closeSync, constants, mkdirSync, openSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { HistoryUnavailableError } from '../../jobs/history-error.ts'

/** The file of a history while it is open: held against other gateways, and known again. */
export interface HistoryFile {
  /** The path of the file itself, whatever links lead to it: SQLite names the files beside it after that. */
  readonly path: string
  /** Remembers what now lies at its paths: what SQLite has opened. */
  opened(): void
  /**
   * Throws if something else lies there, or nothing. What SQLite writes then is lost with the process, since it goes on
   * with the files that it has open; a job accepted or sent meanwhile would be paid for and forgotten.
   */
  check(): void
  release(): void
}

/** Another gateway has the file. */
export class HeldError extends Error {
  override name = 'HeldError'
}

/** One that is forgotten with the process has no name to lose. */
export const inMemory: HistoryFile = { path: ':memory:', opened() {}, check() {}, release() {} }

/**
 * Makes the file if need be, and holds it.
 *
 * @throws Error with a sentence for people if another gateway has it, by whatever name
 */
export function holdFile(given: string): HistoryFile {
  mkdirSync(dirname(given), { recursive: true })
  make(given)
  const path = realpathSync(given)
  if (statSync(path).isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
  // SQLite would open it all the same, and then accept nothing.
  accessSync(path, constants.R_OK | constants.W_OK)
  const release = lock(path, given)
  // The path as it was given comes first: a link in it may be turned elsewhere.
  const names = [given, `${path}-wal`, `${path}-shm`, `${path}.lock`]
  let known: readonly string[] = []
  return {
    path,
    opened() {
      known = names.map(identityOf)
    },
    check() {
      if (known.every((identity, index) => identity === identityOf(names[index] ?? ''))) return
      throw new HistoryUnavailableError('replaced', undefined, remedy)
    },
    release,
  }
}

const remedy = 'Nothing was changed; put the file back, or start the gateway again.'

/** Nobody but the gateway's user reads it; SQLite gives the files beside it the same mode. */
const ownerOnly = 0o600

function make(path: string): void {
  // A file that is there must not be opened here: closing it again would drop SQLite's locks of this process.
  if (statSync(path, { throwIfNoEntry: false })) return
  closeSync(openSync(path, 'a', ownerOnly))
}

/** A transaction held on a file beside it: the system lets go of it when the process ends, however that happens. */
function lock(path: string, given: string): () => void {
  // A second name of the file itself would have a lock and a write-ahead log of its own.
  if (statSync(path).nlink > 1) {
    throw new Error(
      `The history ${given} has another name (a hard link), and SQLite keeps what it has not merged yet by name: ` +
        'remove one of them, or copy the file instead.',
    )
  }
  make(`${path}.lock`)
  const held = new Database(`${path}.lock`, { timeout: 0 })
  try {
    held.pragma('journal_mode = MEMORY') // a full disk has no room for another file
    held.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    held.close()
    // It holds nothing: whatever else is wrong with it is said as such.
    if (!(cause instanceof Database.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause
    throw new HeldError(
      `Another gateway has the history ${given} open: stop it, or set DATABASE_URL to another file.`,
      { cause },
    )
  }
  return () => held.close()
}

/** Device and inode; the same for every name of one file, and another for any other file that exists meanwhile. */
function identityOf(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found ? `${found.dev}:${found.ino}` : 'none'
  } catch {
    return 'unreachable'
  }
}
