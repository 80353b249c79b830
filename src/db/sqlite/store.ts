import Database from 'better-sqlite3'
import { explainFileFault } from '../../file-fault.ts'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Change, Decide } from '../../jobs/store.ts'
import type { JobStore, WorkKind } from '../../jobs/work.ts'
import { createDueWork } from '../due-work.ts'
import { createReader } from '../reader.ts'
import { createReading } from '../rows.ts'
import { createStatements, type Statement } from '../statements.ts'
import { createSubmissionWrites } from '../submission-writes.ts'
import { createWorkStatements } from '../work-statements.ts'
import { createExecute, dialect } from './execute.ts'
import { translateFaults } from './fault.ts'
import { type HistoryFile, holdFile, inMemory } from './file.ts'
import { migrateSqlite } from './migrate.ts'

export interface SqliteOptions {
  /** Path of the database file; its folder is made if need be. `:memory:` for one that is forgotten. */
  readonly file: string
  /** Told every statement as it runs, for tests that count them. */
  readonly onStatement?: (sql: string) => void
  /** Told if the tables were made or changed, with the number of steps. */
  readonly onMigrated?: (steps: number) => void
  /** Told once of each job whose row cannot be read, with the column that is broken. */
  readonly onUnreadable?: (jobId: string, column: string) => void
}

export interface SqliteStore extends JobStore {
  /** The plain handle, for query plans and maintenance. */
  readonly client: Database.Database
  close(): void
}

/**
 * Opens (and migrates) the history in one SQLite file.
 *
 * @throws Error with a sentence for people if another gateway has it open: a file has one gateway, whose work and
 * subscribers know of every change
 */
export function openSqliteStore(options: SqliteOptions): SqliteStore {
  let file = inMemory
  try {
    if (options.file !== ':memory:') file = holdFile(options.file)
    return openFile(options, file)
  } catch (error) {
    file.release()
    throw explainFileFault(error, 'DATABASE_URL', 'the history', options.file)
  }
}

/**
 * The write-ahead log has an index of 32 KB beside it, which needs room though nothing is written. On a full disk the
 * index is kept in memory: this process can read the history, and other programs again after the next start.
 */
function connect(options: SqliteOptions, file: HistoryFile): Database.Database {
  try {
    return begin(options, file, 'NORMAL')
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !/^SQLITE_(FULL|IOERR)/.test(error.code)) throw error
    return begin(options, file, 'EXCLUSIVE')
  }
}

function begin({ onStatement }: SqliteOptions, file: HistoryFile, locking: string): Database.Database {
  const client = new Database(file.path, {
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

/** Long enough for another program's single statement. */
const busyMs = 5

function openFile(options: SqliteOptions, file: HistoryFile): SqliteStore {
  const client = connect(options, file)
  try {
    client.pragma('synchronous = NORMAL')
    client.pragma('foreign_keys = ON')
    const steps = migrateSqlite(client, options.file)
    if (steps > 0) options.onMigrated?.(steps)
    // Waiting in the driver holds up the process. Who writes may wait outside it; see `retryOnBusy`.
    client.pragma(`busy_timeout = ${busyMs}`)
    const store = createStore(client, file, options.onUnreadable ?? (() => {}))
    file.opened()
    return store
  } catch (error) {
    client.close()
    throw error
  }
}

const statements = { ...createStatements(dialect), ...createWorkStatements(dialect) }
const submissionWrites = createSubmissionWrites(statements)

/** Gives back the leases of the process before this one. */
const release: Statement<{ readonly kind: WorkKind; readonly now: number }, never> = {
  name: 'release',
  text: 'UPDATE due SET at = :now, owner = NULL WHERE kind = :kind AND owner IS NOT NULL',
  columns: {},
  values: {},
}

function createStore(
  client: Database.Database,
  file: HistoryFile,
  onUnreadable: (jobId: string, column: string) => void,
): SqliteStore {
  const { isReadable, readable, unreadable } = createReading(onUnreadable)
  const execute = createExecute(client)
  /** Whether a statement met a fault of the file, and none has shown since that it is over. */
  let faulty = false

  const read = (id: string): Job | null => readable(execute(statements.job, { id })[0])

  const tryWrite = client.transaction(() => void client.exec(probe)).immediate

  /** A write that has to outlive a power failure: WAL with NORMAL would only outlive the process. */
  function durably<T>(write: () => T): T {
    file.check()
    client.pragma('synchronous = FULL')
    try {
      return client.transaction(write).immediate()
    } finally {
      client.pragma('synchronous = NORMAL')
    }
  }

  /** What is known of the submission follows the job, in the same transaction. */
  function keepSubmission(before: Job | null, after: Job): void {
    const writes = submissionWrites(before, after)
    if (writes === null) return
    const [known = null] = execute(statements.submission, { id: after.id })
    for (const [statement, parameters] of writes(known)) execute(statement, parameters)
  }

  function save({ job, entry }: Transition): void {
    const saved = execute(statements.saveJob, { ...job, before: job.version - 1 })
    if (saved.length !== 1)
      throw new Error(`there is no row of the job ${job.id} before version ${job.version}`)
    execute(statements.insertEntry, { ...entry, jobId: job.id })
  }

  function decideAndSave(id: string, decide: Decide): Change | null {
    const before = read(id)
    if (!before) return null
    const transition = decide(before)
    if (transition) {
      save(transition)
      keepSubmission(before, transition.job)
    }
    return { before, after: transition?.job ?? null }
  }

  /** Broken rows at the head of the queue are stepped over, whatever their ids are. */
  function nextQueued(now: number, without: readonly string[], inTurn: boolean): Job | undefined {
    const next = inTurn ? statements.nextInTurn : statements.nextQueued
    for (let skip = 0; ; skip += 1) {
      const [job] = execute(next, { now, without, skip })
      if (!job || isReadable(job)) return job
    }
  }

  const methods: Omit<SqliteStore, 'client' | 'close'> = {
    // The client is told that the job is recorded: from then on it has to be.
    insert: (job, entry) =>
      durably(() => {
        if (execute(statements.insertJob, job).length === 0) {
          const [holder] = execute(statements.jobOfKey, { idempotencyKey: job.idempotencyKey })
          return readable(holder)
        }
        execute(statements.insertEntry, { ...entry, jobId: job.id })
        keepSubmission(null, job)
        return null
      }),

    // A client was told that a job is canceled, and the vendor that its callback was taken.
    change: (id, decide) => durably(() => decideAndSave(id, decide)),

    // SUBMITTING has to be on the disk before the POST leaves, or a power failure could send it a second time.
    claim: ({ now, limits, windowStart, lease, without = [], inTurn = false, decide }) =>
      durably(() => {
        const job = nextQueued(now, without, inTurn)
        const others = { unreadable: unreadable() }
        if (!job) {
          const [pause] = execute(statements.firstPauseEnd, { ...others, without })
          return { kind: 'wait', until: pause?.at ?? null }
        }
        const [open] = execute(statements.open, others)
        if ((open?.count ?? 0) >= limits.concurrency) return { kind: 'wait', until: null }
        const room = limits.videosPerMinute - 1
        const [blocker] = execute(statements.windowBlocker, { windowStart, room })
        if (blocker) return { kind: 'wait', until: blocker.countedAt + (now - windowStart) }
        const transition = decide(job)
        if (!transition) return { kind: 'wait', until: null }
        save(transition)
        keepSubmission(job, transition.job)
        execute(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
        return { kind: 'claimed', transition }
      }),

    // What the vendor has answered is written wherever that still goes: the file may be put back.
    advance: client.transaction(decideAndSave).immediate,

    ...createDueWork({ statements, execute, isReadable }),
    // It has to be on the disk before a byte leaves.
    markSent: (jobId, attempt, now) =>
      durably(() => execute(statements.markSent, { id: jobId, attempt, now }).length === 1),
    settle: client.transaction((id: string, now: number) => {
      execute(statements.settle, { id, now })
      execute(statements.noWork, { kind: 'poll', id })
    }).immediate,
    newestTime: () => execute(statements.newestTime, {})[0]?.at ?? null,
    async release(kind, now) {
      execute(release, { kind, now })
    },

    remove: (id, allowed) =>
      durably(() => {
        const job = read(id)
        if (!job || !allowed(job)) return null
        execute(statements.removeJob, { id, before: job.version })
        execute(statements.forget, { id })
        return job
      }),

    ping() {
      file.check()
      // What was full or locked shows only in a write.
      if (faulty) tryWrite()
      faulty = false
      execute(statements.ping, {})
    },
    checkWritable() {
      file.check()
      tryWrite()
      faulty = false
    },

    ...createReader({ dialect, statements, read: execute, job: read, isReadable }),
  }

  return {
    ...translateFaults(methods, () => {
      faulty = true
    }),
    client,
    close() {
      client.close()
      file.release()
    },
  }
}

/** A write that needs room and leaves nothing behind. */
const probe = 'CREATE TABLE probe (content); INSERT INTO probe VALUES (zeroblob(65536)); DROP TABLE probe;'
