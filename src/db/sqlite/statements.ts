import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Job, JobState, ListedJob } from '../../jobs/job.ts'
import { activeStates, terminalStates } from '../../jobs/state.ts'
import type { PageQuery } from '../../jobs/store.ts'
import { jobs, timeline } from './tables.ts'

type Database = BetterSQLite3Database<Record<string, never>>

const value = sql.placeholder

/** A list as one bound JSON text, so that a prepared statement serves lists of any length. */
const listed = (name: string) => sql`(SELECT value FROM json_each(${value(name)}))`

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

const writtenColumns = { ...jobColumns, prompt: jobs.prompt }

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
 * Every statement of the store, each built and prepared once: building one costs far more than running it. Pages
 * have a shape each (which filters are set), prepared when it is first asked for.
 */
export function prepareStatements(db: Database) {
  const unfinished = sql`${jobs.state} NOT IN ${terminalStates}`
  const queued = eq(jobs.state, sql`'QUEUED'`)
  /** Jobs whose rows cannot be read neither start nor take the place of those that can. */
  const readable = sql`${jobs.id} NOT IN ${listed('unreadable')}`

  const otherModel = sql`${jobs.model} NOT IN ${listed('without')}`
  /** Waiting jobs whose pause is over, or began in the future: by a clock that was set back since. */
  const mayStart = (...order: (typeof jobs.runAt | typeof jobs.createdAt | typeof jobs.id)[]) =>
    db
      .select(jobColumns)
      .from(jobs)
      .where(
        and(
          queued,
          otherModel,
          sql`(${jobs.runAt} <= ${value('now')} OR ${jobs.updatedAt} > ${value('now')})`,
        ),
      )
      .orderBy(...order)
      .limit(1)
      .offset(value('skip'))
      .prepare()

  return {
    insertJob: db.insert(jobs).values(placeholders(writtenColumns)).prepare(),
    /** Rewrites the row, but for the lease, which is the store's own. */
    saveJob: db
      .update(jobs)
      .set(
        Object.fromEntries(
          Object.entries(writtenColumns).map(([key, column]) => [key, sql`${sql.param(value(key), column)}`]),
        ),
      )
      .where(eq(jobs.id, value('id')))
      .prepare(),
    insertEntry: db
      .insert(timeline)
      .values({
        jobId: value('jobId'),
        version: value('version'),
        at: value('at'),
        state: value('state'),
        message: value('message'),
      })
      .prepare(),

    job: db
      .select(jobColumns)
      .from(jobs)
      .where(eq(jobs.id, value('id')))
      .prepare(),
    jobsOf: db
      .select(jobColumns)
      .from(jobs)
      .where(sql`${jobs.id} IN ${listed('ids')}`)
      .prepare(),
    listedOf: db
      .select(listedColumns)
      .from(jobs)
      .where(sql`${jobs.id} IN ${listed('ids')}`)
      .prepare(),
    jobOfPrediction: db
      .select({ id: jobs.id })
      .from(jobs)
      .where(eq(jobs.predictionId, value('predictionId')))
      .prepare(),
    jobOfKey: db
      .select(jobColumns)
      .from(jobs)
      .where(eq(jobs.idempotencyKey, value('idempotencyKey')))
      .prepare(),
    timelines: db
      .select()
      .from(timeline)
      .where(sql`${timeline.jobId} IN ${listed('ids')}`)
      .orderBy(timeline.jobId, timeline.version)
      .prepare(),
    retries: db
      .select(jobColumns)
      .from(jobs)
      .where(sql`${jobs.retryOf} IN ${listed('ids')}`)
      .orderBy(jobs.createdAt, jobs.id)
      .prepare(),
    queuePositions: db
      .select({ id: sql<string>`id`, position: sql<number>`position` })
      .from(queuePositions)
      .prepare(),

    /** The oldest waiting job that may start. */
    nextQueued: mayStart(jobs.createdAt, jobs.id),
    /** The one that was put off longest ago, or never. */
    nextInTurn: mayStart(jobs.runAt, jobs.createdAt, jobs.id),
    /** When the first pause of a waiting job ends. */
    firstPauseEnd: db
      .select({ at: sql<number | null>`min(${jobs.runAt})` })
      .from(jobs)
      .where(and(queued, readable, otherModel))
      .prepare(),
    active: db
      .select({ count: sql<number>`count(*)` })
      .from(jobs)
      .where(and(inArray(jobs.state, [...activeStates]), readable))
      .prepare(),
    /** The submission that has to leave the window before another may start; no row if there is room. */
    windowBlocker: db
      .select({ submittedAt: jobs.submittedAt })
      .from(jobs)
      // One from the future is of a clock that was set back: it must not hold the rest.
      .where(sql`${jobs.submittedAt} > ${value('windowStart')} AND ${jobs.submittedAt} <= ${value('now')}`)
      .orderBy(desc(jobs.submittedAt))
      .limit(1)
      .offset(value('room'))
      .prepare(),
    stepsDue: db
      .select({ id: jobs.id, runAt: jobs.runAt })
      .from(jobs)
      // The time of a broken row may be text, which is after every number.
      .where(
        and(
          inArray(jobs.state, [...activeStates]),
          sql`CAST(${jobs.runAt} AS INTEGER) <= ${value('before')} AND (${jobs.leaseUntil} IS NULL OR ${jobs.leaseUntil} <= ${value('before')})`,
        ),
      )
      .orderBy(jobs.runAt)
      .limit(value('limit'))
      .prepare(),

    /** By its own index, which holds only such jobs: the planner prefers the one of states, which holds all. */
    jobsToKeep: db
      .select({ id: sql<string>`id` })
      .from(sql`jobs INDEXED BY jobs_to_archive`)
      .where(sql`state = 'COMPLETED' AND archived IS NULL AND finished_at > ${value('finishedAfter')}`)
      .orderBy(sql`finished_at`)
      .prepare(),

    lease: db
      .update(jobs)
      .set({ leaseOwner: sql`${value('owner')}`, leaseUntil: sql`${value('until')}` })
      .where(
        and(
          eq(jobs.id, value('id')),
          unfinished,
          sql`(${jobs.leaseUntil} IS NULL OR ${jobs.leaseUntil} <= ${value('now')} OR ${jobs.leaseOwner} = ${value('owner')})`,
        ),
      )
      .returning(jobColumns)
      .prepare(),
    renew: db
      .update(jobs)
      .set({ leaseUntil: sql`${value('until')}` })
      .where(sql`${jobs.id} IN ${listed('ids')} AND ${jobs.leaseOwner} = ${value('owner')}`)
      .prepare(),
    release: db
      .update(jobs)
      .set({ leaseOwner: null, leaseUntil: null, runAt: sql`${value('runAt')}` })
      .where(and(eq(jobs.id, value('id')), eq(jobs.leaseOwner, value('owner'))))
      .prepare(),
    recover: db
      .update(jobs)
      .set({ leaseOwner: null, leaseUntil: null, runAt: sql`min(${jobs.runAt}, ${value('latest')})` })
      .where(unfinished)
      .prepare(),
    removeJob: db
      .delete(jobs)
      .where(eq(jobs.id, value('id')))
      .prepare(),
    ping: db.select({ one: sql`1` }).from(jobs).limit(1).prepare(),

    page: pages(db, jobColumns) as (query: PageQuery) => Job[],
    listing: pages(db, listedColumns),
  }
}

/**
 * Counts along the index from one asked job to the next and sums up: the queue is read once, however many are asked
 * for, and only as far as the last of them. (The + finds them by id; the index of states would read all of it.)
 */
const queuePositions = sql`(
  WITH asked AS MATERIALIZED (
    SELECT id, created_at,
      lag(created_at, 1, -1) OVER places AS before_at,
      lag(id, 1, '') OVER places AS before_id
    FROM jobs
    WHERE id IN ${listed('ids')} AND +state = 'QUEUED'
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
)`

/** Pages by keyset: the statement depends only on which filters are set, their values are bound. */
function pages(db: Database, columns: typeof listedColumns) {
  const prepared = new Map<string, ReturnType<typeof build>>()

  function build(query: PageQuery) {
    const { filter } = query
    const column = query.order === 'CREATED_AT' ? jobs.createdAt : jobs.updatedAt
    const backwards = query.descending !== query.fromEnd
    const direction = backwards ? desc : asc
    const conditions: (SQL | undefined)[] = [
      query.after && afterCursor(column, query.descending, 'after'),
      query.before && afterCursor(column, !query.descending, 'before'),
      filter.states && isOneOf(jobs.state, filter.states.length, 'states', hasTerminal(filter.states)),
      filter.models && isOneOf(jobs.model, filter.models.length, 'models', true),
      filter.createdAfter === undefined ? undefined : sql`${jobs.createdAt} > ${value('createdAfter')}`,
      filter.createdBefore === undefined ? undefined : sql`${jobs.createdAt} < ${value('createdBefore')}`,
      filter.prompt === undefined
        ? undefined
        : sql`instr(lower(${jobs.prompt}), lower(${value('prompt')})) > 0`,
    ]
    return db
      .select(columns)
      .from(jobs)
      .where(and(...conditions))
      .orderBy(direction(column), direction(jobs.id))
      .limit(value('limit'))
      .prepare()
  }

  return (query: PageQuery): ListedJob[] => {
    const { filter } = query
    const shape = JSON.stringify([
      query.order,
      query.descending,
      query.fromEnd,
      query.after !== undefined,
      query.before !== undefined,
      Math.min(filter.states?.length ?? -1, 2),
      filter.states && hasTerminal(filter.states),
      Math.min(filter.models?.length ?? -1, 2),
      filter.createdAfter !== undefined,
      filter.createdBefore !== undefined,
      filter.prompt !== undefined,
    ])
    const statement = prepared.get(shape) ?? build(query)
    prepared.set(shape, statement)
    const rows = statement.all({
      limit: query.limit,
      afterValue: query.after?.value,
      afterId: query.after?.id,
      beforeValue: query.before?.value,
      beforeId: query.before?.id,
      states: filter.states?.length === 1 ? filter.states[0] : JSON.stringify(filter.states),
      models: filter.models?.length === 1 ? filter.models[0] : JSON.stringify(filter.models),
      createdAfter: filter.createdAfter,
      createdBefore: filter.createdBefore,
      prompt: filter.prompt,
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
  return sql`(${column}, ${jobs.id}) ${than} (${value(`${name}Value`)}, ${value(`${name}Id`)})`
}

/**
 * One value is served in order by the index that begins with it. Several are not, so where many rows match the list's
 * own index is walked (the + keeps the column's index out) and a page stops early; where few match they are looked up
 * and sorted.
 */
function isOneOf(
  column: typeof jobs.state | typeof jobs.model,
  length: number,
  name: string,
  many: boolean,
): SQL {
  if (length === 1) return sql`${column} = ${value(name)}`
  return sql`${sql.raw(many ? '+' : '')}${column} IN ${listed(name)}`
}

/** Only unfinished jobs are few; the rest of the history is in terminal states. */
function hasTerminal(states: readonly JobState[]): boolean {
  return states.some((state) => terminalStates.includes(state))
}
