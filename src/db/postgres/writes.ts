import type pg from 'pg'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Change, CreationLimits, Decide, JobWriter } from '../../jobs/store.ts'
import type { TenantId } from '../../jobs/tenant.ts'
import type { Attempt } from '../../jobs/work.ts'
import { creationWindow, refuseBeyond } from '../admission.ts'
import { createFollowingWrites } from '../following-writes.ts'
import { createStatements } from '../statements.ts'
import { createWorkStatements } from '../work-statements.ts'
import { createExecute, dialect, type Execute } from './execute.ts'
import type { Connections } from './tenant-connections.ts'

export const statements = { ...createStatements(dialect), ...createWorkStatements(dialect) }
const { submissionWrites, removalWrites } = createFollowingWrites(statements)

/** Nobody else writes it until the transaction ends. */
export const lockedJob: typeof statements.anyJob = {
  ...statements.anyJob,
  name: 'lockedJob',
  text: `${statements.anyJob.text} FOR UPDATE`,
}

/** It is neither sent nor claimed again until then. */
const lockedAttempt: typeof statements.attempt = {
  ...statements.attempt,
  name: 'lockedAttempt',
  text: `${statements.attempt.text} FOR UPDATE`,
}

export interface Writes {
  /** All of `work` or nothing. What it throws is thrown; a connection that broke is not used again. */
  transaction<T>(work: (on: Execute, client: pg.PoolClient) => Promise<T>): Promise<T>
  /** Writes row, change and what follows if the row is still the one that was judged; answers whether it was. */
  save(on: Execute, before: Job, transition: Transition): Promise<boolean>
  decideAndSave(id: string, decide: Decide): Promise<Change | null>
  withdraw(id: string, attempt: Attempt, decide: Decide): Promise<Change | null>
  of(tenant: TenantId): JobWriter
}

/** Everything that changes jobs; one transaction each. */
export function createWrites(pool: Connections, onStatement?: (sql: string) => void): Writes {
  const execute = createExecute(pool, onStatement)

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

  /** What is known of the submission follows the job, in the same transaction. */
  async function keepSubmission(
    on: Execute,
    before: Job | null,
    after: Job,
    guessed?: boolean,
  ): Promise<void> {
    const writes = submissionWrites(before, after, guessed)
    if (writes === null) return
    const [known = null] = await on(statements.submission, { id: after.id })
    for (const [statement, parameters] of writes(known)) await on(statement, parameters)
  }

  async function save(on: Execute, before: Job, { job, entry, guessed }: Transition): Promise<boolean> {
    const saved = await on(statements.saveJob, { ...job, before: job.version - 1 })
    if (saved.length !== 1) return false
    await on(statements.insertChange, { ...entry, jobId: job.id, tenant: job.tenant })
    await keepSubmission(on, before, job, guessed)
    return true
  }

  async function countCreation(
    on: Execute,
    { tenant, createdAt: now }: Job,
    limits: CreationLimits,
  ): Promise<void> {
    const [used] = await on(statements.countUse, { tenant, kind: 'creation', ...creationWindow(now) })
    const { waitingJobs: others } = limits
    const isFull = others !== null && (await on(statements.waitingAt, { tenant, others })).length > 0
    refuseBeyond(limits, used, isFull, now)
  }

  /**
   * Judges the row as it stands and writes what follows, as one. If it was changed in between, it is judged again while
   * nobody else may write it.
   */
  async function judge(before: Job | undefined, decide: Decide): Promise<Change | null> {
    if (!before) return null
    const transition = decide(before)
    if (!transition) return { before, after: null }
    if (await transaction((on) => save(on, before, transition))) return { before, after: transition.job }
    return transaction((on) => judgeLocked(on, before.id, async () => decide))
  }

  async function judgeLocked(
    on: Execute,
    id: string,
    decision: () => Promise<Decide>,
  ): Promise<Change | null> {
    const [before] = await on(lockedJob, { id })
    if (!before) return null
    const transition = (await decision())(before)
    if (transition) await save(on, before, transition)
    return { before, after: transition?.job ?? null }
  }

  return {
    transaction,
    save,
    withdraw: (id, { attempt, mayBeSent }, decide) =>
      transaction((on) =>
        judgeLocked(on, id, async () => {
          const [current] = await on(lockedAttempt, { id, attempt, mayBeSent: Number(mayBeSent) })
          return current ? decide : () => null
        }),
      ),
    decideAndSave: async (id, decide) => judge((await execute(statements.anyJob, { id }))[0], decide),
    of: (tenant) => ({
      insert: (job, entry, limits) =>
        transaction(async (on) => {
          // A holder of the key that was removed since it was met leaves room for this job.
          while ((await on(statements.insertJob, job)).length === 0) {
            const [holder] = await on(statements.jobOfKey, { tenant, idempotencyKey: job.idempotencyKey })
            if (holder) return holder
          }
          if (limits) await countCreation(on, job, limits)
          await on(statements.insertChange, { ...entry, jobId: job.id, tenant })
          await keepSubmission(on, null, job)
          return null
        }),
      change: async (id, decide) => judge((await execute(statements.job, { tenant, id }))[0], decide),
      async remove(id, allowed, now) {
        for (;;) {
          const [job] = await execute(statements.job, { tenant, id })
          if (!job || !allowed(job)) return null
          const removed = await transaction(async (on) => {
            const rows = await on(statements.removeJob, { id, before: job.version })
            if (rows.length === 0) return false
            for (const [statement, parameters] of removalWrites(job, now)) await on(statement, parameters)
            return true
          })
          if (removed) return job
        }
      },
    }),
  }
}
