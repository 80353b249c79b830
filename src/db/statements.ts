import type { Job, ListedJob, TimelineEntry } from '../jobs/job.ts'
import { terminalStates } from '../jobs/state.ts'
import type { PageQuery } from '../jobs/store.ts'
import { type Column, type Columns, jobColumns, nameOf, timelineColumns } from './columns.ts'

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
  /** Two lists of the same length as a table with the columns `id` and `at`. */
  readonly pairs: (ids: string, times: string) => string
  /** The smaller of two expressions. */
  readonly least: (one: string, other: string) => string
  /** The names of the rows that a SELECT of `row` answers, as a condition; each database finds them by where they lie. */
  readonly isRowOf: (select: (row: string) => string) => string
  /** At the end of a SELECT: keeps others from the rows until the transaction ends, and leaves out those that others keep. */
  readonly lockFree: string
  /** Keeps the planner from the indexes that begin with a column. */
  readonly unindexed: (column: string) => string
  readonly from: (table: string, index: string) => string
}

/** A statement whose name is said later. */
export type Unnamed<Parameters, Row> = Omit<Statement<Parameters, Row>, 'name'>

export const one = <Parameters, Row>(text: string, columns: Columns = {}): Unnamed<Parameters, Row> => ({
  text,
  columns,
  values: {},
})
export const writing = <Parameters, Row>(text: string, values: Columns): Unnamed<Parameters, Row> => ({
  text,
  columns: {},
  values,
})

/** Statements by their names. */
export function named<S extends Readonly<Record<string, { readonly text: string }>>>(statements: S) {
  const entries = Object.entries(statements).map(([name, statement]) => [name, { ...statement, name }])
  return Object.fromEntries(entries) as { readonly [K in keyof S]: S[K] & { readonly name: string } }
}

/** The columns as a SELECT names them. */
export const selected = (columns: Columns): string =>
  Object.keys(columns)
    .map((property) => `${nameOf(property)} AS "${property}"`)
    .join(', ')

const { input: _input, prompt: _prompt, ...listedFields } = jobColumns

export const insertInto = (table: string, columns: Columns) => {
  const properties = Object.keys(columns)
  return `INSERT INTO ${table} (${properties.map(nameOf)}) VALUES (${properties.map((name) => `:${name}`)})`
}

export const aNumber: Column = { kind: 'time', nullable: true }

export type Ids = { readonly ids: readonly string[] }
export type Id = { readonly id: string }

/** What is asked and written of jobs, in both databases. Pages depend on what is asked for: see `createPages`. */
export function createStatements({ isIn, unindexed }: Dialect) {
  const all = selected(jobColumns)

  return named({
    /** Answers nothing if another job holds the idempotency key. */
    insertJob: writing<Job, Id>(
      `${insertInto('jobs', jobColumns)}
      ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING id`,
      jobColumns,
    ),
    /** Rewrites the row as it was at `before`. */
    saveJob: writing<Job & { readonly before: number }, Id>(
      `UPDATE jobs SET ${Object.keys(jobColumns).map((name) => `${nameOf(name)} = :${name}`)}
      WHERE id = :id AND version = :before RETURNING id`,
      jobColumns,
    ),
    insertEntry: writing<TimelineEntry & { readonly jobId: string }, never>(
      insertInto('timeline', timelineColumns),
      timelineColumns,
    ),

    job: one<Id, Job>(`SELECT ${all} FROM jobs WHERE id = :id`, jobColumns),
    jobsOf: one<Ids, Job>(`SELECT ${all} FROM jobs WHERE ${isIn('id', 'ids')}`, jobColumns),
    listedOf: one<Ids, ListedJob>(
      `SELECT ${selected(listedFields)} FROM jobs WHERE ${isIn('id', 'ids')}`,
      listedFields,
    ),
    jobOfKey: one<{ readonly idempotencyKey: string | null }, Job>(
      `SELECT ${all} FROM jobs WHERE idempotency_key = :idempotencyKey`,
      jobColumns,
    ),
    timelines: one<Ids, TimelineEntry & { readonly jobId: string }>(
      `SELECT ${selected(timelineColumns)} FROM timeline WHERE ${isIn('job_id', 'ids')} ORDER BY job_id, version`,
      timelineColumns,
    ),
    retries: one<Ids, Job>(
      `SELECT ${all} FROM jobs WHERE ${isIn('retry_of', 'ids')} ORDER BY created_at, id`,
      jobColumns,
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

    removeJob: one<Id & { readonly before: number }, Id>(
      'DELETE FROM jobs WHERE id = :id AND version = :before RETURNING id',
    ),
    ping: one<object, object>('SELECT 1 AS one FROM jobs LIMIT 1'),
  })
}

export type Statements = ReturnType<typeof createStatements>

/** Pages by keyset: the text depends only on which filters are set, their values are bound. */
export function createPages(dialect: Dialect, columns: Columns = jobColumns) {
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
