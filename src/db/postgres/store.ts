import pg from 'pg'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Change, Decide } from '../../jobs/store.ts'
import type { Claim, ClaimRequest, JobStore, Lease } from '../../jobs/work.ts'
import { createDueWork } from '../due-work.ts'
import { createReader } from '../reader.ts'
import { createReading } from '../rows.ts'
import { createStatements, type Statement } from '../statements.ts'
import { createSubmissionWrites } from '../submission-writes.ts'
import { createWorkStatements } from '../work-statements.ts'
import { createExecute, dialect, type Execute } from './execute.ts'
import { translateFaults } from './fault.ts'
import { migratePostgres } from './migrate.ts'
import { sessionSettings } from './session.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with what node-postgres knows as parameters. */
  readonly url: string
  /** Connections that statements share. */
  readonly connections?: number
  readonly onStatement?: (sql: string) => void
  /** Told if the tables were made or changed here, with the number of steps. */
  readonly onMigrated?: (steps: number) => void
  readonly onUnreadable?: (jobId: string, column: string) => void
}

export interface PostgresStore extends JobStore {
  /** The plain pool, for query plans and maintenance. */
  readonly pool: pg.Pool
  /** The server's clock, in milliseconds since 1970. */
  time(): Promise<number>
  close(): Promise<void>
}

/** A statement that waits longer than this for its answer is given up: its connection is dead, or the server is. */
const statementMs = 30_000 // 30 seconds
const connectMs = 5_000 // 5 seconds
/**
 * Opens (and migrates) the history in a PostgreSQL database that any number of gateways share.
 *
 * @throws HistoryUnavailableError if it does not answer
 */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const steps = await migratePostgres(options.url, connectMs)
  if (steps > 0) options.onMigrated?.(steps)
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
    keepAlive: true,
    ...sessionSettings,
    application_name: 'wavespeed-graphql',
  })
  // A connection that breaks while it is idle is replaced; the statement that needs one is told of any fault.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    ...createStore(pool, options),
    pool,
    async time() {
      const { rows } = await pool.query<{ ms: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
      )
      return rows[0]?.ms ?? Date.now()
    },
    close: () => pool.end(),
  }
}

const statements = { ...createStatements(dialect), ...createWorkStatements(dialect) }
const submissionWrites = createSubmissionWrites(statements)

/** Nobody else writes it until the transaction ends. */
const lockedJob: typeof statements.job = {
  ...statements.job,
  name: 'lockedJob',
  text: `${statements.job.text} FOR UPDATE`,
}

/** Held to the end of the transaction: one job starts at a time, so that all gateways count alike. */
const admissionLock: Statement<object, never> = {
  name: 'admissionLock',
  text: `SELECT pg_advisory_xact_lock(hashtext('wavespeed admission'))`,
  columns: {},
  values: {},
}

const spreadLock: typeof admissionLock = {
  ...admissionLock,
  name: 'spreadLock',
  text: `SELECT pg_advisory_xact_lock(hashtext('wavespeed spread'))`,
}

/** Makes the lease of a claim last, if nothing has become of the job since. */
const renewClaim: Statement<
  Lease & { readonly id: string; readonly version: number },
  { readonly id: string }
> = {
  name: 'renewClaim',
  text: `UPDATE due SET at = :until::bigint FROM jobs
    WHERE due.kind = 'poll' AND due.id = :id AND due.owner = :owner AND jobs.id = due.id AND jobs.version = :version
    RETURNING due.id`,
  columns: {},
  values: {},
}

function createStore(pool: pg.Pool, { onStatement, onUnreadable = () => {} }: PostgresOptions): JobStore {
  const { isReadable, readable, unreadable } = createReading(onUnreadable)
  const execute = createExecute(pool, onStatement)
  /** Claims whose COMMIT was not answered: they may hold. */
  const unconfirmedClaims: Transition[] = []

  /** All of `work` or nothing. What it throws is thrown; a connection that broke is not used again. */
  async function transaction<T>(work: (on: Execute, client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken = true
    try {
      await client.query('BEGIN')
      const result = await work(createExecute(client, onStatement), client).catch(async (error: unknown) => {
        await client.query('ROLLBACK')
        broken = false
        throw error
      })
      await client.query('COMMIT')
      broken = false
      return result
    } finally {
      client.release(broken)
    }
  }

  const read = async (id: string): Promise<Job | null> => readable((await execute(statements.job, { id }))[0])

  /** What is known of the submission follows the job, in the same transaction. */
  async function keepSubmission(on: Execute, before: Job | null, after: Job): Promise<void> {
    const writes = submissionWrites(before, after)
    if (writes === null) return
    const [known = null] = await on(statements.submission, { id: after.id })
    for (const [statement, parameters] of writes(known)) await on(statement, parameters)
  }

  /** Writes row and entry if the row is still the one that was judged; answers whether it was. */
  async function save(on: Execute, { job, entry }: Transition): Promise<boolean> {
    const saved = await on(statements.saveJob, { ...job, before: job.version - 1 })
    if (saved.length === 1) await on(statements.insertEntry, { ...entry, jobId: job.id })
    return saved.length === 1
  }

  async function saveAll(on: Execute, before: Job, transition: Transition): Promise<boolean> {
    if (!(await save(on, transition))) return false
    await keepSubmission(on, before, transition.job)
    return true
  }

  /**
   * Judges the row as it stands and writes what follows, as one. If it was changed in between, it is judged again while
   * nobody else may write it.
   */
  async function decideAndSave(id: string, decide: Decide): Promise<Change | null> {
    const before = await read(id)
    if (!before) return null
    const transition = decide(before)
    if (!transition) return { before, after: null }
    if (await transaction((on) => saveAll(on, before, transition))) {
      return { before, after: transition.job }
    }
    return transaction(async (on) => {
      const locked = readable((await on(lockedJob, { id }))[0])
      if (!locked) return null
      const again = decide(locked)
      if (again) await saveAll(on, locked, again)
      return { before: locked, after: again?.job ?? null }
    })
  }

  /** Broken rows at the head of the queue are stepped over, whatever their ids are. */
  async function nextQueued(
    on: Execute,
    { now, without = [], inTurn = false }: ClaimRequest,
  ): Promise<Job | undefined> {
    const next = inTurn ? statements.nextInTurn : statements.nextQueued
    for (let skip = 0; ; skip += 1) {
      const [job] = await on(next, { now, without, skip })
      if (!job || isReadable(job)) return job
    }
  }

  async function claim(request: ClaimRequest): Promise<Claim> {
    const { now, limits, windowStart, lease, without = [], decide } = request
    const claimed = await resolveUncertainClaim(lease)
    if (claimed) return { kind: 'claimed', transition: claimed }
    // Most often nobody waits: that needs no lock.
    if (!(await nextQueued(execute, request))) {
      const [pause] = await execute(statements.firstPauseEnd, { unreadable: unreadable(), without })
      return { kind: 'wait', until: pause?.at ?? null }
    }
    let intended: Transition | null = null
    try {
      return await transaction(async (on): Promise<Claim> => {
        await on(admissionLock, {})
        const job = await nextQueued(on, request)
        const others = { unreadable: unreadable() }
        if (!job) return { kind: 'wait', until: now }
        const [open] = await on(statements.open, others)
        if ((open?.count ?? 0) >= limits.concurrency) return { kind: 'wait', until: null }
        const [blocker] = await on(statements.windowBlocker, {
          windowStart,
          room: limits.videosPerMinute - 1,
        })
        if (blocker) return { kind: 'wait', until: blocker.countedAt + (now - windowStart) }
        const transition = decide(job)
        // Cancelled in between: somebody else may be next.
        if (!transition || !(await saveAll(on, job, transition)))
          return { kind: 'wait', until: transition ? now : null }
        await on(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
        intended = transition
        return { kind: 'claimed', transition }
      })
    } catch (error) {
      if (!intended) throw error
      unconfirmedClaims.push(intended)
      const held = await resolveUncertainClaim(lease).catch(() => null)
      if (!held) throw error
      return { kind: 'claimed', transition: held }
    }
  }

  /**
   * A claim whose COMMIT was not answered and that holds after all: the caller never heard of it, so nothing was sent,
   * and the job need not be given up for lost. It is answered once, with a lease from now on.
   */
  async function resolveUncertainClaim({ owner, until }: Lease): Promise<Transition | null> {
    for (let asked = unconfirmedClaims.shift(); asked; asked = unconfirmedClaims.shift()) {
      const { id, version } = asked.job
      try {
        const held = await transaction(async (on) => {
          await on(admissionLock, {}) // The COMMIT may be under way: then this waits for its end.
          return on(renewClaim, { id, version, owner, until })
        })
        if (held.length === 1) return asked
      } catch (error) {
        unconfirmedClaims.unshift(asked)
        throw error
      }
    }
    return null
  }

  return translateFaults<JobStore>({
    insert: (job, entry) =>
      transaction(async (on) => {
        // A holder of the key that was removed since it was met leaves room for this job.
        while ((await on(statements.insertJob, job)).length === 0) {
          const [holder] = await on(statements.jobOfKey, { idempotencyKey: job.idempotencyKey })
          if (holder) return readable(holder)
        }
        await on(statements.insertEntry, { ...entry, jobId: job.id })
        await keepSubmission(on, null, job)
        return null
      }),
    change: (id, decide) => decideAndSave(id, decide),
    claim,
    advance: (id, decide) => decideAndSave(id, decide),
    ...createDueWork({ statements, execute, isReadable }),
    markSent: async (jobId, attempt, now) =>
      (await execute(statements.markSent, { id: jobId, attempt, now })).length === 1,
    settle: (id, now) =>
      transaction(async (on) => {
        await on(statements.settle, { id, now })
        await on(statements.noWork, { kind: 'poll', id })
      }),
    newestTime: async () => (await execute(statements.newestTime, {}))[0]?.at ?? null,
    // Two of them would wait for each other's rows.
    spread: (kind, now) =>
      transaction(async (on) => {
        await on(spreadLock, {})
        await on(statements.spread, { kind, now })
      }),
    async remove(id, allowed) {
      for (;;) {
        const job = await read(id)
        if (!job || !allowed(job)) return null
        const removed = await transaction(async (on) => {
          const rows = await on(statements.removeJob, { id, before: job.version })
          if (rows.length === 1) await on(statements.forget, { id })
          return rows.length === 1
        })
        if (removed) return job
      }
    },
    async ping() {
      await execute(statements.ping, {})
    },
    async checkWritable() {
      await transaction(async (_, client) => void (await client.query(probe)))
    },

    ...createReader({ dialect, statements, read: execute, job: read, isReadable }),
  })
}

/** A write of the catalogue that leaves nothing behind. */
const probe = 'CREATE TEMPORARY TABLE wavespeed_probe (content text) ON COMMIT DROP'
