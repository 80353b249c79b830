import type Database from 'better-sqlite3'
import type { AccessStore } from '../../access/store.ts'
import { explainFileFault } from '../../file-fault.ts'
import type { Job, ListedJob, Transition } from '../../jobs/job.ts'
import type { Change, CreationLimits, Decide, JobWriter } from '../../jobs/store.ts'
import type { TenantId } from '../../jobs/tenant.ts'
import type { Attempt, ClaimRequest, History, WorkKind } from '../../jobs/work.ts'
import type { UploadStore } from '../../uploads/upload.ts'
import { createAccessStore, type Write } from '../access-statements.ts'
import { creationWindow, refuseBeyond } from '../admission.ts'
import { aroundEach } from '../around.ts'
import { createChangeLog } from '../change-log.ts'
import { decoded, jobColumns } from '../columns.ts'
import { createDueWork } from '../due-work.ts'
import { createFollowingWrites } from '../following-writes.ts'
import { createReaders, type ReadFar, type Run } from '../reader.ts'
import { listedColumns, type Statement } from '../statements.ts'
import { createUploadStore } from '../upload-statements.ts'
import { createClaim } from './claim.ts'
import { connect } from './connect.ts'
import { createCorrect } from './correct.ts'
import { codec, createExecute, dialect, type Execute } from './execute.ts'
import { createFarReads, createNearReads, type FarReads } from './far-reads.ts'
import { translateFaults, translating } from './fault.ts'
import { type HistoryFile, holdFile, inMemory } from './file.ts'
import { migrateSqlite } from './migrate.ts'
import { createSearch } from './search.ts'
import { statements } from './statements.ts'

export interface SqliteOptions {
  /** Path of the database file; its folder is made if need be. `:memory:` for one that is forgotten. */
  readonly file: string
  /** Told every statement as it runs, for tests that count them. */
  readonly onStatement?: (sql: string) => void
  /** Told if the tables were made or changed, with the number of steps. */
  readonly onMigrated?: (steps: number) => void
  /** Told if an upgrade put rows aside that it could not read, with their number. */
  readonly onPutAside?: (rows: number) => void
  /** After how long a page that no index answers is given up; 10 seconds by default. */
  readonly farReadMs?: number
  /** How many jobs of a list are read for it before another index is asked; 2,000 by default. */
  readonly walkedFirst?: number
}

export interface SqliteHistory extends History {
  /** The plain handle, for query plans and maintenance. */
  readonly client: Database.Database
  readonly access: AccessStore
  readonly uploads: UploadStore
  close(): void
}

/**
 * Opens (and migrates) the history in one SQLite file.
 *
 * @throws Error with a sentence for people if another gateway has it open: a file has one gateway, whose work and
 * subscribers know of every change
 */
export function openSqliteStore(options: SqliteOptions): SqliteHistory {
  let file = inMemory
  try {
    if (options.file !== ':memory:') file = holdFile(options.file)
    return openFile(options, file)
  } catch (error) {
    file.release()
    throw explainFileFault(error, 'DATABASE_URL', 'the history', options.file)
  }
}

/** Long enough for another program's single statement. */
const busyMs = 5

function openFile(options: SqliteOptions, file: HistoryFile): SqliteHistory {
  const client = connect(file.path, options.onStatement)
  try {
    client.pragma('synchronous = NORMAL')
    client.pragma('foreign_keys = ON')
    const { steps, putAside } = migrateSqlite(client, options.file)
    if (steps > 0) options.onMigrated?.(steps)
    if (putAside > 0) options.onPutAside?.(putAside)
    // Waiting in the driver holds up the process. Who writes may wait outside it; see `retryOnBusy`.
    client.pragma(`busy_timeout = ${busyMs}`)
    const store = createHistory(client, file, options)
    file.opened()
    return store
  } catch (error) {
    client.close()
    throw error
  }
}

const { submissionWrites, removalWrites } = createFollowingWrites(statements)

/** Gives back the leases of the process before this one. */
const release: Statement<{ readonly kind: WorkKind; readonly now: number }, never> = {
  name: 'release',
  text: 'UPDATE due SET at = :now, owner = NULL WHERE kind = :kind AND owner IS NOT NULL',
  columns: {},
  values: {},
}

function createHistory(client: Database.Database, file: HistoryFile, options: SqliteOptions): SqliteHistory {
  const execute = createExecute(client)
  const run: Run = async (statement, parameters) => execute(statement, parameters)
  const writes = createWrites(client, file, execute)
  const far = readsOf(client, file, options)
  const readFar: ReadFar = async (tenant, query, listed) => {
    file.check() // The thread would open what lies there now.
    const rows = await far.read({ tenant, query, listed })
    return decoded(listed ? listedColumns : jobColumns, codec, rows) as ListedJob[]
  }
  const readerOf = createReaders({ dialect, statements, run, runFor: () => run, readFar })
  /** Whether a statement met a fault of the file, and none has shown since that it is over. */
  let faulty = false
  const tryWrite = client.transaction(() => void client.exec(probe)).immediate

  const history: History = {
    for: (tenant) => ({ ...readerOf(tenant), ...writes.of(tenant) }),
    work: {
      ...createDueWork({ statements, run }),
      ...writes.work,
      async release(kind, now) {
        execute(release, { kind, now })
      },
      async retryHolds(now) {
        execute(statements.retryHolds, { now })
        // Whoever tried them is gone.
        execute(statements.abandonHolds, {})
      },
    },
    changes: createChangeLog({ dialect, run }),
    async ping() {
      file.check()
      // What was full or locked shows only in a write.
      if (faulty) tryWrite()
      faulty = false
      execute(statements.ping, {})
    },
    async checkWritable() {
      file.check()
      tryWrite()
      faulty = false
    },
  }
  const onFault = () => {
    faulty = true
  }
  const uploadsFor = createUploadStore({
    dialect,
    shared: statements,
    runFor: () => run,
    lastingFor: () => writes.lasting,
  })
  return {
    ...translateFaults(history, onFault),
    access: aroundEach(createAccessStore({ dialect, run, together: writes.together }), translating(onFault)),
    uploads: { for: (tenant) => aroundEach(uploadsFor(tenant), translating(onFault)) },
    client,
    close() {
      far.close()
      client.close()
      file.release()
    },
  }
}

/** In a thread of their own, unless no other connection can read what this one does: in memory, and on a full disk. */
function readsOf(
  client: Database.Database,
  file: HistoryFile,
  { farReadMs, walkedFirst }: SqliteOptions,
): FarReads {
  const isAlone = file === inMemory || client.pragma('locking_mode', { simple: true }) === 'exclusive'
  if (isAlone) return createNearReads(createSearch(client, walkedFirst))
  return createFarReads({ file: file.path, limitMs: farReadMs, walkedFirst })
}

/** Everything that changes jobs; one transaction each. */
function createWrites(client: Database.Database, file: HistoryFile, execute: Execute) {
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
  function keepSubmission(before: Job | null, after: Job, guessed?: boolean): void {
    const writes = submissionWrites(before, after, guessed)
    if (writes === null) return
    const [known = null] = execute(statements.submission, { id: after.id })
    for (const [statement, parameters] of writes(known)) execute(statement, parameters)
  }

  function save(before: Job, { job, entry, guessed }: Transition): void {
    const saved = execute(statements.saveJob, { ...job, before: job.version - 1 })
    if (saved.length !== 1)
      throw new Error(`there is no row of the job ${job.id} before version ${job.version}`)
    execute(statements.insertChange, { ...entry, jobId: job.id, tenant: job.tenant })
    keepSubmission(before, job, guessed)
  }

  function decideAndSave(before: Job | undefined, decide: Decide): Change | null {
    if (!before) return null
    const transition = decide(before)
    if (transition) save(before, transition)
    return { before, after: transition?.job ?? null }
  }
  const anyJob = (id: string) => execute(statements.anyJob, { id })[0]

  // What the vendor has answered is written wherever that still goes: the file may be put back.
  const advance = client.transaction((id: string, decide: Decide) =>
    decideAndSave(anyJob(id), decide),
  ).immediate
  const withdraw = client.transaction((id: string, { attempt, mayBeSent }: Attempt, decide: Decide) => {
    const [current] = execute(statements.attempt, { id, attempt, mayBeSent: Number(mayBeSent) })
    return decideAndSave(anyJob(id), current ? decide : () => null)
  }).immediate
  const settle = client.transaction((id: string, now: number) => {
    execute(statements.settle, { id, now })
    execute(statements.noWork, { kind: 'poll', id })
  }).immediate

  function countCreation({ tenant, createdAt: now }: Job, limits: CreationLimits): void {
    const [used] = execute(statements.countUse, { tenant, kind: 'creation', ...creationWindow(now) })
    const { waitingJobs: others } = limits
    const isFull = others !== null && execute(statements.waitingAt, { tenant, others }).length > 0
    refuseBeyond(limits, used, isFull, now)
  }

  const claim = createClaim({ execute, save })
  const correct = createCorrect({ execute, save })

  const lasting: Run = async (statement, parameters) => durably(() => execute(statement, parameters))

  return {
    lasting,
    together: async (all: readonly Write[]) =>
      durably(() => {
        for (const [statement, parameters] of all) execute(statement, parameters as never) // its own: see `Write`
      }),
    of: (tenant: TenantId): JobWriter => ({
      // The client is told that the job is recorded: from then on it has to be.
      insert: async (job, entry, limits) =>
        durably(() => {
          if (execute(statements.insertJob, job).length === 0) {
            const { idempotencyKey } = job
            return execute(statements.jobOfKey, { tenant, idempotencyKey })[0] ?? null
          }
          if (limits) countCreation(job, limits)
          execute(statements.insertChange, { ...entry, jobId: job.id, tenant })
          keepSubmission(null, job)
          return null
        }),
      // A client was told that a job is canceled.
      change: async (id, decide) =>
        durably(() => decideAndSave(execute(statements.job, { tenant, id })[0], decide)),
      remove: async (id, allowed, now) =>
        durably(() => {
          const [job] = execute(statements.job, { tenant, id })
          if (!job || !allowed(job)) return null
          execute(statements.removeJob, { id, before: job.version })
          for (const [statement, parameters] of removalWrites(job, now)) execute(statement, parameters)
          return job
        }),
    }),
    work: {
      // The vendor was told that its callback was taken.
      change: async (id: string, decide: Decide) => durably(() => decideAndSave(anyJob(id), decide)),
      // The vendor was told that its callback was taken.
      correct: async (...what: Parameters<typeof correct>) => durably(() => correct(...what)),
      // SUBMITTING has to be on the disk before the POST leaves, or a power failure could send it a second time.
      claim: async (request: ClaimRequest) => durably(() => claim(request)),
      advance: async (id: string, decide: Decide) => advance(id, decide),
      withdraw: async (id: string, attempt: Attempt, decide: Decide) => withdraw(id, attempt, decide),
      // It has to be on the disk before a byte leaves.
      markSent: async (id: string, attempt: number, now: number) =>
        durably(() => execute(statements.markSent, { id, attempt, now }).length === 1),
      settle: async (id: string, now: number) => settle(id, now),
    },
  }
}

/** A write that needs room and leaves nothing behind. */
const probe = 'CREATE TABLE probe (content); INSERT INTO probe VALUES (zeroblob(65536)); DROP TABLE probe;'
