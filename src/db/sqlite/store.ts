import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { explainFileFault } from '../../file-fault.ts'
import type { Job, ListedJob, Transition } from '../../jobs/job.ts'
import type { Change, Decide, PageQuery } from '../../jobs/store.ts'
import type { JobStore } from '../../jobs/work.ts'
import { createReading, groupBy, inOrder, toEntry } from '../row.ts'
import { translateFaults } from './fault.ts'
import { type HistoryFile, holdFile, inMemory } from './file.ts'
import { migrateSqlite } from './migrate.ts'
import { jobValues, prepareStatements } from './statements.ts'

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
 * @throws Error with a sentence for people if another gateway has it open: a file has one gateway, whose queue and
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
    const db = drizzle({ client })
    const steps = migrateSqlite(client, options.file)
    if (steps > 0) options.onMigrated?.(steps)
    // Waiting in the driver holds up the process. Who writes may wait outside it; see `retryOnBusy`.
    client.pragma(`busy_timeout = ${busyMs}`)
    const store = createStore(client, prepareStatements(db), file, options.onUnreadable ?? (() => {}))
    file.opened()
    return store
  } catch (error) {
    client.close()
    throw error
  }
}

function createStore(
  client: Database.Database,
  run: ReturnType<typeof prepareStatements>,
  file: HistoryFile,
  onUnreadable: (jobId: string, column: string) => void,
): SqliteStore {
  const { isReadable, readable, unreadable } = createReading(onUnreadable)
  /** Whether a statement met a fault of the file, and none has shown since that it is over. */
  let faulty = false

  const read = (id: string): Job | null => readable(run.job.get({ id }))

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

  function save({ job, entry }: Transition): void {
    const { changes } = run.saveJob.run(jobValues(job))
    if (changes !== 1) throw new Error(`there is no row of the job ${job.id}`)
    run.insertEntry.run({ ...entry, jobId: job.id })
  }

  function decideAndSave(id: string, decide: Decide): Change | null {
    const before = read(id)
    if (!before) return null
    const transition = decide(before)
    if (transition) save(transition)
    return { before, after: transition?.job ?? null }
  }

  /** Broken rows at the head of the queue are stepped over, whatever their ids are. */
  function nextQueued(now: number, without: string, inTurn: boolean): Job | undefined {
    const next = inTurn ? run.nextInTurn : run.nextQueued
    for (let skip = 0; ; skip += 1) {
      const job = next.get({ now, without, skip })
      if (!job || isReadable(job)) return job
    }
  }

  /** Rows that cannot be read are left out; what is missing then is read on behind the last of them. */
  function readPage<T extends ListedJob>(read: (query: PageQuery) => T[], query: PageQuery): T[] {
    const rows = read(query)
    const jobs = rows.filter(isReadable)
    const last = query.fromEnd ? rows[0] : rows.at(-1)
    if (!last || jobs.length === rows.length || rows.length < query.limit) return jobs
    const place = { value: query.order === 'CREATED_AT' ? last.createdAt : last.updatedAt, id: last.id }
    const rest = readPage(read, {
      ...query,
      limit: query.limit - jobs.length,
      [query.fromEnd ? 'before' : 'after']: place,
    })
    return query.fromEnd ? [...rest, ...jobs] : [...jobs, ...rest]
  }

  const methods: Omit<SqliteStore, 'client' | 'close'> = {
    // The client is told that the job is recorded: from then on it has to be.
    insert: (job, entry) =>
      durably(() => {
        const { idempotencyKey } = job
        const holder = idempotencyKey === null ? undefined : run.jobOfKey.get({ idempotencyKey })
        if (holder) return readable(holder)
        run.insertJob.run(jobValues(job))
        run.insertEntry.run({ ...entry, jobId: job.id })
        return null
      }),

    // A client was told that a job is canceled, and the vendor that its callback was taken.
    change: (id, decide) => durably(() => decideAndSave(id, decide)),

    // SUBMITTING has to be on the disk before the POST leaves, or a power failure could send it a second time.
    claim: ({ now, limits, windowStart, lease, without = [], inTurn = false, decide }) =>
      durably(() => {
        const models = JSON.stringify(without)
        const job = nextQueued(now, models, inTurn)
        const others = { unreadable: JSON.stringify(unreadable()) }
        if (!job) {
          return { kind: 'wait', until: run.firstPauseEnd.get({ ...others, without: models })?.at ?? null }
        }
        if ((run.active.get(others)?.count ?? 0) >= limits.concurrency) return { kind: 'wait', until: null }
        const blocker = run.windowBlocker.get({ windowStart, now, room: limits.videosPerMinute - 1 })
        if (blocker) return { kind: 'wait', until: (blocker.submittedAt ?? now) + (now - windowStart) }
        const transition = decide(job)
        if (!transition) return { kind: 'wait', until: null }
        save(transition)
        run.lease.all({ id: job.id, now, owner: lease.owner, until: lease.until })
        return { kind: 'claimed', transition }
      }),

    lease: (id, lease, now) => readable(run.lease.get({ id, now, owner: lease.owner, until: lease.until })),

    renewLeases(ids, lease) {
      run.renew.run({ ids: JSON.stringify(ids), ...lease })
    },

    // What the vendor has answered is written wherever that still goes: the file may be put back.
    finishStep: client.transaction<JobStore['finishStep']>((id, owner, decide, nextRunAt) => {
      const change = decideAndSave(id, decide)
      if (!change) return null
      const job = change.after ?? change.before
      const runAt = job.state === 'QUEUED' ? job.runAt : nextRunAt(job)
      run.release.run({ id, owner, runAt })
      return { ...change, job: { ...job, runAt } }
    }).immediate,

    jobOfPrediction: (predictionId) => run.jobOfPrediction.get({ predictionId })?.id ?? null,
    // The time of a broken row may be anything; its step finds that out.
    stepsDue: (query) => run.stepsDue.all(query).map(({ id, runAt }) => ({ id, runAt: Number(runAt) || 0 })),
    jobsToKeep: (finishedAfter) => run.jobsToKeep.all({ finishedAfter }).map(({ id }) => id),
    recover(latest) {
      run.recover.run({ latest })
    },

    remove: (id, allowed) =>
      durably(() => {
        const job = read(id)
        if (!job || !allowed(job)) return null
        run.removeJob.run({ id })
        return job
      }),

    ping() {
      file.check()
      // What was full or locked shows only in a write.
      if (faulty) tryWrite()
      faulty = false
      run.ping.get()
    },
    checkWritable() {
      file.check()
      tryWrite()
      faulty = false
    },

    job: read,
    jobs: (ids) =>
      inOrder(ids, run.jobsOf.all({ ids: JSON.stringify(ids) }).filter(isReadable), (job) => job.id),
    listed: (ids) =>
      inOrder(ids, run.listedOf.all({ ids: JSON.stringify(ids) }).filter(isReadable), (job) => job.id),
    page: (query) => readPage(run.page, query),
    listing: (query) => readPage(run.listing, query),
    timelines(jobIds) {
      const entries = groupBy(run.timelines.all({ ids: JSON.stringify(jobIds) }), (entry) => entry.jobId)
      return jobIds.map((id) => (entries.get(id) ?? []).map(toEntry))
    },
    queuePositions(jobIds) {
      const rows = run.queuePositions.all({ ids: JSON.stringify(jobIds) })
      const positions = new Map(rows.map(({ id, position }) => [id, position]))
      return jobIds.map((id) => positions.get(id) ?? null)
    },
    retries(jobIds) {
      const rows = run.retries.all({ ids: JSON.stringify(jobIds) }).filter(isReadable)
      const made = groupBy(rows, (job) => job.retryOf)
      return jobIds.map((id) => made.get(id) ?? [])
    },
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
