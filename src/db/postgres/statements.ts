import { and, asc, desc, eq, inArray, notInArray, type SQL, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Job, ListedJob } from '../../jobs/job.ts'
import { activeStates, terminalStates } from '../../jobs/state.ts'
import type { PageQuery } from '../../jobs/store.ts'
import { jobs, timeline } from './tables.ts'

type Database = NodePgDatabase<Record<string, never>>

const value = sql.placeholder

/** A list as one bound array, so that a prepared statement serves lists of any length. */
const anyOf = (name: string) => sql`ANY(${value(name)}::text[])`
/** PostgreSQL has to be told the type of a bound value that no column explains. */
const number = (name: string) => sql`${value(name)}::bigint`

/** An id that somebody asks for, as one that can be asked for: no id has a U+FFFD, and no text of PostgreSQL a U+0000. */
export const withoutNul = (id: string): string => id.replaceAll('\0', '\ufffd')

/** How far the clocks of gateways may differ: what one stamped is not of the future to the others. */
const skewMs = sql.raw('10000') // 10 seconds

/** The columns of a `Job`, in one place; the rest of the row belongs to the store. */
const jobColumns = {
  id: jobs.id,
  version: jobs.version,
  state: jobs.state,
  model: jobs.model,
  input: jobs.input,
  seedDrawn: jobs.seedDrawn,
  retryOf: jobs.retryOf,
  idempotencyKey: jobs.idempotencyKey,
  callbackToken: jobs.callbackToken,
  createdAt: jobs.createdAt,
  updatedAt: jobs.updatedAt,
  submittedAt: jobs.submittedAt,
  finishedAt: jobs.finishedAt,
  deadlineAt: jobs.deadlineAt,
  predictionId: jobs.predictionId,
  vendorStatus: jobs.vendorStatus,
  outputs: jobs.outputs,
  archived: jobs.archived,
  inferenceMs: jobs.inferenceMs,
  error: jobs.error,
  runAt: jobs.runAt,
} as const satisfies Record<keyof Job, unknown>

const { input: _, ...listedColumns } = jobColumns

export const writtenColumns = { ...jobColumns, prompt: jobs.prompt }

/** What a prepared INSERT is given for a job. */
export function jobValues(job: Job) {
  return { ...job, prompt: job.input.prompt }
}

function placeholders<K extends string>(columns: Record<K, unknown>) {
  return Object.fromEntries(Object.keys(columns).map((key) => [key, value(key)])) as Record<
    K,
    ReturnType<typeof value>
  >
}

/**
 * Every statement of the store, each built once and prepared once on each connection it runs on: building one costs
 * more than running it. Pages have a shape each (which filters are set), prepared when it is first asked for.
 */
export function prepareStatements(db: Database) {
  const unfinished = notInArray(jobs.state, [...terminalStates])
  const active = inArray(jobs.state, [...activeStates])
  const queued = eq(jobs.state, 'QUEUED')
  /** Jobs whose rows cannot be read neither start nor take the place of those that can. */
  const readable = sql`${jobs.id} <> ALL(${value('unreadable')}::text[])`
  const byId = eq(jobs.id, value('id'))

  const otherModel = sql`${jobs.model} <> ALL(${value('without')}::text[])`
  const mayStart = (name: string, ...order: (typeof jobs.runAt | typeof jobs.createdAt | typeof jobs.id)[]) =>
    db
      .select(jobColumns)
      .from(jobs)
      .where(
        and(
          queued,
          otherModel,
          sql`(${jobs.runAt} <= ${number('now')} OR ${jobs.updatedAt} > ${number('now')} + ${skewMs})`,
        ),
      )
      .orderBy(...order)
      .limit(1)
      .offset(value('skip'))
      .prepare(name)

  return {
    insertJob: db
      .insert(jobs)
      .values(placeholders(writtenColumns))
      .onConflictDoNothing({ target: jobs.idempotencyKey, where: sql`idempotency_key IS NOT NULL` })
      .returning({ id: jobs.id })
      .prepare('insert_job'),
    /** Rewrites the row as it was at `before`, but for the lease, which is the store's own. */
    saveJob: db
      .update(jobs)
      .set(
        Object.fromEntries(
          Object.entries(writtenColumns).map(([key, column]) => [key, sql`${sql.param(value(key), column)}`]),
        ),
      )
      .where(and(byId, eq(jobs.version, value('before'))))
      .returning({ id: jobs.id })
      .prepare('save_job'),
    insertEntry: db
      .insert(timeline)
      .values({
        jobId: value('jobId'),
        version: value('version'),
        at: value('at'),
        state: value('state'),
        message: value('message'),
      })
      .prepare('insert_entry'),

    job: db.select(jobColumns).from(jobs).where(byId).prepare('job'),
    /** Nobody else writes it until the transaction ends. */
    lockedJob: db.select(jobColumns).from(jobs).where(byId).for('update').prepare('locked_job'),
    jobsOf: db
      .select(jobColumns)
      .from(jobs)
      .where(sql`${jobs.id} = ${anyOf('ids')}`)
      .prepare('jobs_of'),
    listedOf: db
      .select(listedColumns)
      .from(jobs)
      .where(sql`${jobs.id} = ${anyOf('ids')}`)
      .prepare('listed_of'),
    jobOfPrediction: db
      .select({ id: jobs.id })
      .from(jobs)
      .where(eq(jobs.predictionId, value('predictionId')))
      .prepare('job_of_prediction'),
    jobOfKey: db
      .select(jobColumns)
      .from(jobs)
      .where(eq(jobs.idempotencyKey, value('idempotencyKey')))
      .prepare('job_of_key'),
    timelines: db
      .select()
      .from(timeline)
      .where(sql`${timeline.jobId} = ${anyOf('ids')}`)
      .orderBy(timeline.jobId, timeline.version)
      .prepare('timelines'),
    retries: db
      .select(jobColumns)
      .from(jobs)
      .where(sql`${jobs.retryOf} = ${anyOf('ids')}`)
      .orderBy(jobs.createdAt, jobs.id)
      .prepare('retries'),
    queuePositions: db
      .select({ id: sql<string>`id`, position: sql<string>`position` })
      .from(queuePositions)
      .prepare('queue_positions'),

    /** The oldest waiting job whose pause is over, or began in the future: by a clock that was set back since. */
    nextQueued: mayStart('next_queued', jobs.createdAt, jobs.id),
    /** The one that was put off longest ago, or never. */
    nextInTurn: mayStart('next_in_turn', jobs.runAt, jobs.createdAt, jobs.id),
    /** When the first pause of a waiting job ends. */
    firstPauseEnd: db
      .select({ at: sql<string | null>`min(${jobs.runAt})` })
      .from(jobs)
      .where(and(queued, readable, otherModel))
      .prepare('first_pause_end'),
    /** Held to the end of the transaction: one job starts at a time, so that all gateways count alike. */
    admissionLock: db
      .select({ locked: sql`pg_advisory_xact_lock(hashtext('wavespeed admission'))` })
      .from(sql`(VALUES (1)) AS one`)
      .prepare('admission_lock'),
    active: db
      .select({ count: sql<string>`count(*)` })
      .from(jobs)
      .where(and(active, readable))
      .prepare('active'),
    /** The submission that has to leave the window before another may start; no row if there is room. */
    windowBlocker: db
      .select({ submittedAt: jobs.submittedAt })
      .from(jobs)
      // One from the future is of a clock that was set back: it must not hold the rest.
      .where(
        sql`${jobs.submittedAt} > ${number('windowStart')} AND ${jobs.submittedAt} <= ${number('now')} + ${skewMs}`,
      )
      .orderBy(desc(jobs.submittedAt))
      .limit(1)
      .offset(value('room'))
      .prepare('window_blocker'),
    stepsDue: db
      .select({ id: jobs.id, runAt: jobs.runAt })
      .from(jobs)
      .where(
        and(
          active,
          sql`${jobs.runAt} <= ${number('before')} AND (${jobs.leaseUntil} IS NULL OR ${jobs.leaseUntil} <= ${number('before')})`,
        ),
      )
      .orderBy(jobs.runAt)
      .limit(value('limit'))
      .prepare('steps_due'),
    jobsToKeep: db
      .select({ id: jobs.id })
      .from(jobs)
      .where(
        sql`${jobs.state} = 'COMPLETED' AND ${jobs.archived} IS NULL AND ${jobs.finishedAt} > ${number('finishedAfter')}`,
      )
      .orderBy(jobs.finishedAt)
      .prepare('jobs_to_keep'),

    lease: db
      .update(jobs)
      .set({ leaseOwner: sql`${value('owner')}`, leaseUntil: sql`${number('until')}` })
      .where(
        and(
          byId,
          unfinished,
          sql`(${jobs.leaseUntil} IS NULL OR ${jobs.leaseUntil} <= ${number('now')} OR ${jobs.leaseOwner} = ${value('owner')})`,
        ),
      )
      .returning(jobColumns)
      .prepare('lease'),
    renew: db
      .update(jobs)
      .set({ leaseUntil: sql`${number('until')}` })
      .where(sql`${jobs.id} = ${anyOf('ids')} AND ${jobs.leaseOwner} = ${value('owner')}`)
      .prepare('renew'),
    /** Makes the lease of a claim last, if nothing has become of the job since. */
    renewClaim: db
      .update(jobs)
      .set({ leaseUntil: sql`${number('until')}` })
      .where(and(byId, eq(jobs.version, value('version')), eq(jobs.leaseOwner, value('owner'))))
      .returning({ id: jobs.id })
      .prepare('renew_claim'),
    release: db
      .update(jobs)
      .set({ leaseOwner: null, leaseUntil: null, runAt: sql`${number('runAt')}` })
      .where(and(byId, eq(jobs.leaseOwner, value('owner'))))
      .prepare('release'),
    removeJob: db
      .delete(jobs)
      .where(and(byId, eq(jobs.version, value('before'))))
      .returning({ id: jobs.id })
      .prepare('remove_job'),
    ping: db.select({ one: sql`1` }).from(jobs).limit(1).prepare('ping'),

    page: pages(db, jobColumns, 'page') as (query: PageQuery) => Promise<Job[]>,
    listing: pages(db, listedColumns, 'listing'),
  }
}

export type Statements = ReturnType<typeof prepareStatements>

/** Counts along the index from one asked job to the next and sums up, as SQLite's statement does. */
const queuePositions = sql`(
  WITH asked AS MATERIALIZED (
    SELECT id, created_at,
      lag(created_at, 1, -1::bigint) OVER places AS before_at,
      lag(id, 1, '') OVER places AS before_id
    FROM jobs
    WHERE id = ${anyOf('ids')} AND state = 'QUEUED'
    WINDOW places AS (ORDER BY created_at, id)
  ),
  steps AS MATERIALIZED (
    SELECT id, created_at, (
      SELECT count(*) FROM jobs AS queue
      WHERE queue.state = 'QUEUED'
        AND (queue.created_at, queue.id) > (asked.before_at, asked.before_id)
        AND (queue.created_at, queue.id) <= (asked.created_at, asked.id)
    ) AS step
    FROM asked
  )
  SELECT id, sum(step) OVER (ORDER BY created_at, id) AS position FROM steps
) AS positions`

/** Pages by keyset: the statement depends only on which filters are set, their values are bound. */
function pages(db: Database, columns: typeof listedColumns, name: string) {
  const prepared = new Map<string, ReturnType<typeof build>>()

  function build(query: PageQuery, shape: string) {
    const { filter } = query
    const column = query.order === 'CREATED_AT' ? jobs.createdAt : jobs.updatedAt
    const direction = query.descending !== query.fromEnd ? desc : asc
    const conditions: (SQL | undefined)[] = [
      query.after && afterCursor(column, query.descending, 'after'),
      query.before && afterCursor(column, !query.descending, 'before'),
      filter.states && isOneOf(jobs.state, filter.states.length, 'states'),
      filter.models && isOneOf(jobs.model, filter.models.length, 'models'),
      filter.createdAfter === undefined ? undefined : sql`${jobs.createdAt} > ${number('createdAfter')}`,
      filter.createdBefore === undefined ? undefined : sql`${jobs.createdAt} < ${number('createdBefore')}`,
      // The collation of the column makes lower() know ASCII only, as SQLite's does.
      filter.prompt === undefined
        ? undefined
        : sql`strpos(lower(${jobs.prompt}), lower(${value('prompt')}::text COLLATE "C")) > 0`,
    ]
    return db
      .select(columns)
      .from(jobs)
      .where(and(...conditions))
      .orderBy(direction(column), direction(jobs.id))
      .limit(value('limit'))
      .prepare(`${name}_${shape}`)
  }

  return async (query: PageQuery): Promise<ListedJob[]> => {
    const { filter } = query
    const shape = [
      query.order === 'CREATED_AT',
      query.descending,
      query.fromEnd,
      query.after,
      query.before,
      filter.states && (filter.states.length === 1 ? 'one' : 'any'),
      filter.models && (filter.models.length === 1 ? 'one' : 'any'),
      filter.createdAfter !== undefined,
      filter.createdBefore !== undefined,
      filter.prompt !== undefined,
    ]
      .map((set) => (typeof set === 'string' ? set : set ? '1' : '0'))
      .join('_')
    const statement = prepared.get(shape) ?? build(query, shape)
    prepared.set(shape, statement)
    const rows = await statement.execute({
      limit: query.limit,
      afterValue: query.after?.value,
      afterId: query.after && withoutNul(query.after.id),
      beforeValue: query.before?.value,
      beforeId: query.before && withoutNul(query.before.id),
      states: filter.states?.length === 1 ? filter.states[0] : filter.states,
      models: filter.models?.length === 1 ? filter.models[0] : filter.models,
      createdAfter: filter.createdAfter,
      createdBefore: filter.createdBefore,
      prompt: filter.prompt?.replaceAll('\0', ''),
    })
    return query.fromEnd ? rows.reverse() : rows
  }
}

function afterCursor(
  column: typeof jobs.createdAt | typeof jobs.updatedAt,
  descending: boolean,
  name: string,
): SQL {
  const than = sql.raw(descending ? '<' : '>')
  return sql`(${column}, ${jobs.id}) ${than} (${number(`${name}Value`)}, ${value(`${name}Id`)})`
}

/** One value is served in order by the index that begins with it; several are not. */
function isOneOf(column: typeof jobs.state | typeof jobs.model, length: number, name: string): SQL {
  return length === 1 ? sql`${column} = ${value(name)}` : sql`${column} = ${anyOf(name)}`
}
