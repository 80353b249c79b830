import type { Job, ListedJob, TimelineEntry } from '../jobs/job.ts'
import { activeStates, terminalStates } from '../jobs/state.ts'
import type { PageQuery } from '../jobs/store.ts'
import { type Column, type Columns, jobColumns, jobFields, nameOf, timelineColumns } from './columns.ts'

/** A statement with parameters `:name`. */
export interface Statement<Parameters, Row> {
  /** What servers call it in their logs. */
  readonly name: string
  readonly text: string
  /** Of the rows that it answers. */
  readonly columns: Columns
  /** Of the parameters that are kept as they are given; the others are compared. */
  readonly values: Columns
  /** Only for the compiler. */
  readonly types?: readonly [Parameters, Row]
}

/** The words in which the two databases differ. `list`, `time` and `text` are names of parameters. */
export interface Dialect {
  readonly isIn: (column: string, list: string) => string
  readonly isNotIn: (column: string, list: string) => string
  readonly time: (time: string) => string
  /** Whether a column contains a text, whatever the case of ASCII letters. */
  readonly contains: (column: string, text: string) => string
  /** A time of a row that may be broken. */
  readonly timeIn: (column: string) => string
  /** Keeps the planner from the indexes of a column. */
  readonly unindexed: (column: string) => string
  readonly from: (table: string, index: string) => string
  /** How far the clocks of gateways may differ: what one stamped is not of the future to the others. */
  readonly skewMs: number
}

/** A statement whose name is said later. */
type Unnamed<Parameters, Row> = Omit<Statement<Parameters, Row>, 'name'>

const one = <Parameters, Row>(text: string, columns: Columns = {}): Unnamed<Parameters, Row> => ({
  text,
  columns,
  values: {},
})
const writing = <Parameters, Row>(text: string, values: Columns): Unnamed<Parameters, Row> => ({
  text,
  columns: {},
  values,
})

/** Statements by their names. */
function named<S extends Readonly<Record<string, { readonly text: string }>>>(statements: S) {
  const entries = Object.entries(statements).map(([name, statement]) => [name, { ...statement, name }])
  return Object.fromEntries(entries) as { readonly [K in keyof S]: S[K] & { readonly name: string } }
}

/** The columns as a SELECT names them. */
export const selected = (columns: Columns): string =>
  Object.keys(columns)
    .map((property) => `${nameOf(property)} AS "${property}"`)
    .join(', ')

const quoted = (states: readonly string[]) => states.map((state) => `'${state}'`).join(', ')

const { input: _input, prompt: _prompt, ...listedFields } = jobFields

const insertInto = (table: string, columns: Columns) => {
  const properties = Object.keys(columns)
  return `INSERT INTO ${table} (${properties.map(nameOf)}) VALUES (${properties.map((name) => `:${name}`)})`
}

const aNumber: Column = { kind: 'time', nullable: true }

type Ids = { readonly ids: readonly string[] }
type Id = { readonly id: string }
type Others = { readonly unreadable: readonly string[] }
type Start = { readonly now: number; readonly without: readonly string[]; readonly skip: number }

/** Every statement that both databases have. Those of pages depend on what is asked for: see `createPages`. */
export function createStatements({ isIn, isNotIn, time, timeIn, unindexed, from, skewMs }: Dialect) {
  const all = selected(jobFields)
  const unfinished = `state NOT IN (${quoted(terminalStates)})`
  const active = `state IN (${quoted(activeStates)})`
  const otherModel = isNotIn('model', 'without')
  /** Jobs whose rows cannot be read neither start nor take the place of those that can. */
  const readable = isNotIn('id', 'unreadable')

  /** Waiting jobs whose pause is over, or began in the future: by a clock that was set back since. */
  const mayStart = (order: string) =>
    one<Start, Job>(
      `SELECT ${all} FROM jobs WHERE state = 'QUEUED' AND ${otherModel}
        AND (run_at <= ${time('now')} OR updated_at > ${time('now')} + ${skewMs})
      ORDER BY ${order} LIMIT 1 OFFSET :skip`,
      jobFields,
    )

  return named({
    /** Answers nothing if another job holds the idempotency key. */
    insertJob: writing<Job, Id>(
      `${insertInto('jobs', jobFields)}
      ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING id`,
      jobFields,
    ),
    /** Rewrites the row as it was at `before`, but for the lease, which is the store's own. */
    saveJob: writing<Job & { readonly before: number }, Id>(
      `UPDATE jobs SET ${Object.keys(jobFields).map((name) => `${nameOf(name)} = :${name}`)}
      WHERE id = :id AND version = :before RETURNING id`,
      jobFields,
    ),
    insertEntry: writing<TimelineEntry & { readonly jobId: string }, never>(
      insertInto('timeline', timelineColumns),
      timelineColumns,
    ),

    job: one<Id, Job>(`SELECT ${all} FROM jobs WHERE id = :id`, jobFields),
    jobsOf: one<Ids, Job>(`SELECT ${all} FROM jobs WHERE ${isIn('id', 'ids')}`, jobFields),
    listedOf: one<Ids, ListedJob>(
      `SELECT ${selected(listedFields)} FROM jobs WHERE ${isIn('id', 'ids')}`,
      listedFields,
    ),
    jobOfPrediction: one<{ readonly predictionId: string }, Id>(
      'SELECT id FROM jobs WHERE prediction_id = :predictionId',
    ),
    jobOfKey: one<{ readonly idempotencyKey: string | null }, Job>(
      `SELECT ${all} FROM jobs WHERE idempotency_key = :idempotencyKey`,
      jobFields,
    ),
    timelines: one<Ids, TimelineEntry & { readonly jobId: string }>(
      `SELECT ${selected(timelineColumns)} FROM timeline WHERE ${isIn('job_id', 'ids')} ORDER BY job_id, version`,
      timelineColumns,
    ),
    retries: one<Ids, Job>(
      `SELECT ${all} FROM jobs WHERE ${isIn('retry_of', 'ids')} ORDER BY created_at, id`,
      jobFields,
    ),
    /**
     * Counts along the index from one asked job to the next and sums up: the queue is read once, however many are asked
     * for, and only as far as the last of them.
     */
    queuePositions: one<Ids, Id & { readonly position: number }>(
      `WITH asked AS MATERIALIZED (
        SELECT id, created_at,
          lag(created_at, 1, CAST(-1 AS bigint)) OVER places AS before_at,
          lag(id, 1, '') OVER places AS before_id
        FROM jobs
        WHERE ${isIn('id', 'ids')} AND ${unindexed('state')} = 'QUEUED'
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
      SELECT id, sum(step) OVER (ORDER BY created_at, id) AS position FROM steps`,
      { position: aNumber },
    ),

    /** The oldest waiting job that may start. */
    nextQueued: mayStart('created_at, id'),
    /** The one that was put off longest ago, or never. */
    nextInTurn: mayStart('run_at, created_at, id'),
    /** When the first pause of a waiting job ends. */
    firstPauseEnd: one<Others & { readonly without: readonly string[] }, { readonly at: number | null }>(
      `SELECT min(run_at) AS at FROM jobs WHERE state = 'QUEUED' AND ${readable} AND ${otherModel}`,
      { at: aNumber },
    ),
    active: one<Others, { readonly count: number }>(
      `SELECT count(*) AS count FROM jobs WHERE ${active} AND ${readable}`,
      { count: aNumber },
    ),
    /**
     * The submission that has to leave the window before another may start; no row if there is room. One from the future
     * is of a clock that was set back: it must not hold the rest.
     */
    windowBlocker: one<
      { readonly windowStart: number; readonly now: number; readonly room: number },
      { readonly submittedAt: number }
    >(
      `SELECT submitted_at AS "submittedAt" FROM jobs
      WHERE submitted_at > ${time('windowStart')} AND submitted_at <= ${time('now')} + ${skewMs}
      ORDER BY submitted_at DESC LIMIT 1 OFFSET :room`,
      { submittedAt: aNumber },
    ),
    stepsDue: one<{ readonly before: number; readonly limit: number }, Id & { readonly runAt: number }>(
      `SELECT id, run_at AS "runAt" FROM jobs WHERE ${active}
        AND ${timeIn('run_at')} <= ${time('before')}
        AND (lease_until IS NULL OR lease_until <= ${time('before')})
      ORDER BY run_at LIMIT :limit`,
      { runAt: aNumber },
    ),
    /** By its own index, which holds only such jobs. */
    jobsToKeep: one<{ readonly finishedAfter: number }, Id>(
      `SELECT id FROM ${from('jobs', 'jobs_to_archive')}
      WHERE state = 'COMPLETED' AND archived IS NULL AND finished_at > ${time('finishedAfter')}
      ORDER BY finished_at`,
    ),

    lease: one<Id & { readonly owner: string; readonly until: number; readonly now: number }, Job>(
      `UPDATE jobs SET lease_owner = :owner, lease_until = ${time('until')}
      WHERE id = :id AND ${unfinished}
        AND (lease_until IS NULL OR lease_until <= ${time('now')} OR lease_owner = :owner)
      RETURNING ${all}`,
      jobFields,
    ),
    renew: one<Ids & { readonly owner: string; readonly until: number }, never>(
      `UPDATE jobs SET lease_until = ${time('until')} WHERE ${isIn('id', 'ids')} AND lease_owner = :owner`,
    ),
    release: one<Id & { readonly owner: string; readonly runAt: number }, never>(
      `UPDATE jobs SET lease_owner = NULL, lease_until = NULL, run_at = ${time('runAt')}
      WHERE id = :id AND lease_owner = :owner`,
    ),
    removeJob: one<Id & { readonly before: number }, Id>(
      'DELETE FROM jobs WHERE id = :id AND version = :before RETURNING id',
    ),
    ping: one<object, object>('SELECT 1 AS one FROM jobs LIMIT 1'),
  })
}

export type Statements = ReturnType<typeof createStatements>

/** Pages by keyset: the text depends only on which filters are set, their values are bound. */
export function createPages(dialect: Dialect, columns: Columns = jobFields) {
  const known = new Map<string, Statement<object, ListedJob>>()
  const list = selected(columns)

  function textOf({ order, descending, fromEnd, after, before, filter }: PageQuery): string {
    const { time, contains } = dialect
    const column = order === 'CREATED_AT' ? 'created_at' : 'updated_at'
    const direction = descending === fromEnd ? 'ASC' : 'DESC'
    const beyond = (place: string, sign: string) =>
      `(${column}, id) ${sign} (${time(`${place}Value`)}, :${place}Id)`
    const conditions = [
      after && beyond('after', descending ? '<' : '>'),
      before && beyond('before', descending ? '>' : '<'),
      filter.states && isOneOf(dialect, 'state', filter.states, 'states', !filter.states.every(isActive)),
      filter.models && isOneOf(dialect, 'model', filter.models, 'models', true),
      filter.createdAfter !== undefined && `created_at > ${time('createdAfter')}`,
      filter.createdBefore !== undefined && `created_at < ${time('createdBefore')}`,
      filter.prompt !== undefined && contains('prompt', 'prompt'),
    ].filter((condition) => typeof condition === 'string')
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
    return `SELECT ${list} FROM jobs ${where} ORDER BY ${column} ${direction}, id ${direction} LIMIT :limit`
  }

  return (
    query: PageQuery,
  ): { readonly statement: Statement<object, ListedJob>; readonly values: object } => {
    const { after, before, filter, limit } = query
    const text = textOf(query)
    const statement = known.get(text) ?? {
      name: 'page',
      text,
      columns,
      values: { prompt: jobColumns.prompt },
    }
    known.set(text, statement)
    return {
      statement,
      values: {
        limit,
        afterValue: after?.value,
        afterId: after?.id,
        beforeValue: before?.value,
        beforeId: before?.id,
        states: filter.states?.length === 1 ? filter.states[0] : filter.states,
        models: filter.models?.length === 1 ? filter.models[0] : filter.models,
        createdAfter: filter.createdAfter,
        createdBefore: filter.createdBefore,
        prompt: filter.prompt,
      },
    }
  }
}

/** The columns of a job without its texts. */
export const listedColumns: Columns = listedFields

/**
 * One value is served in order by the index that begins with it. Several are not, so where many rows match, the list's
 * own index is walked and a page stops early; where few match they are read by their index and sorted.
 */
function isOneOf(
  { isIn, unindexed }: Dialect,
  column: string,
  values: readonly string[],
  name: string,
  many: boolean,
): string {
  if (values.length === 1) return `${column} = :${name}`
  return isIn(many ? unindexed(column) : column, name)
}

/** Only unfinished jobs are few; the rest of the history is in terminal states. */
const isActive = (state: Job['state']) => !terminalStates.includes(state)
