import type { JobState, ListedJob } from '../jobs/job.ts'
import { jobStates } from '../jobs/state.ts'
import type { JobFilter, PageQuery, Place } from '../jobs/store.ts'
import { type Columns, jobColumns } from './columns.ts'
import { aNumber, type Dialect, type Statement, selected } from './statements.ts'

/** A page, or a part of what is walked for one: then only as far as `until`, that place included. */
export type PartQuery = PageQuery & { readonly until?: Place }

/** Whether rows that are not wanted may lie between those that are, however many: no index answers such a page. */
export function walksFar({ order, filter }: PageQuery): boolean {
  const { prompt, createdAfter, createdBefore } = filter
  return (
    prompt !== undefined ||
    (order === 'UPDATED_AT' && (createdAfter !== undefined || createdBefore !== undefined))
  )
}

const columnOf = ({ order }: PageQuery) => (order === 'CREATED_AT' ? 'created_at' : 'updated_at')

/** In which the list is walked. */
const directionOf = ({ descending, fromEnd }: PageQuery) => (descending === fromEnd ? 'ASC' : 'DESC')

/** How a part ends. */
export function inOrder(query: PageQuery): string {
  const direction = directionOf(query)
  return `ORDER BY ${columnOf(query)} ${direction}, id ${direction} LIMIT :limit`
}

/** What says where in its index a list lies. */
function conditionsOfPlace(query: PartQuery, { time }: Pick<Dialect, 'time'>): string[] {
  const { descending, after, before, until, filter } = query
  const column = columnOf(query)
  const beyond = (place: string, sign: string) =>
    `(${column}, id) ${sign} (${time(`${place}Value`)}, :${place}Id)`
  return [
    'tenant = :tenant',
    after && beyond('after', descending ? '<' : '>'),
    before && beyond('before', descending ? '>' : '<'),
    until && beyond('until', directionOf(query) === 'DESC' ? '>=' : '<='),
    // No job was changed before it was made: the list's own order need not be walked up to there.
    filter.createdAfter !== undefined && `${column} > ${time('createdAfter')}`,
    filter.createdBefore !== undefined && column === 'created_at' && `${column} < ${time('createdBefore')}`,
  ].filter((condition) => typeof condition === 'string')
}

/** What else has to hold of a row, whatever leads to it; but for states and models. */
function conditionsOfRow(
  { order, filter }: PageQuery,
  { time, contains }: Pick<Dialect, 'time' | 'contains'>,
): string[] {
  const { createdAfter, createdBefore, prompt } = filter
  return [
    order !== 'CREATED_AT' && createdAfter !== undefined && `created_at > ${time('createdAfter')}`,
    order !== 'CREATED_AT' && createdBefore !== undefined && `created_at < ${time('createdBefore')}`,
    prompt !== undefined && contains('prompt', 'prompt'),
  ].filter((condition) => typeof condition === 'string')
}

/** All that has to hold of a row that another index than the list's names. */
export function conditionsOfNamed(query: PageQuery, dialect: Dialect): string[] {
  const { states, models } = query.filter
  return [
    ...conditionsOfPlace(query, dialect),
    ...(states ? [dialect.isIn('state', 'states')] : []),
    ...(models ? [dialect.isIn('model', 'models')] : []),
    ...conditionsOfRow(query, dialect),
  ]
}

/** What the statements of a page are given. */
export function valuesOf({ after, before, until, filter, limit }: PartQuery) {
  const ranges = rangesOf(filter)
  return {
    limit,
    afterValue: after?.value,
    afterId: after?.id,
    beforeValue: before?.value,
    beforeId: before?.id,
    untilValue: until?.value,
    untilId: until?.id,
    states: ranges.map(({ state }) => state),
    models: ranges.map(({ model }) => model),
    createdAfter: filter.createdAfter,
    createdBefore: filter.createdBefore,
    prompt: filter.prompt,
  }
}

/** Makes statements of texts, which depend only on what is set in a query: values are bound. */
export function createTexts<Row>(columns: Columns) {
  return (name: string, text: string): Statement<object, Row> => {
    return { name, text, columns, values: { prompt: jobColumns.prompt } }
  }
}

/**
 * Pages by keyset. Jobs of some states or models are the rows at the beginning of an index's range for each of those, merged:
 * a page reads no more than that, however many jobs there are of any kind.
 *
 * @param read what is made of the rows, if not what stands in the columns
 */
export function createPages(dialect: Dialect, columns: Columns = jobColumns, read: Columns = columns) {
  const texts = createTexts<ListedJob>(read)
  const list = selected(columns)

  function textOf(query: PartQuery): string {
    const { filter } = query
    const ranged = filter.states !== undefined || filter.models !== undefined
    const conditions = [
      ...conditionsOfPlace(query, dialect),
      ...(filter.models ? ['model = ranges.of_model'] : []),
      ...(ranged ? ['state = ranges.of_state'] : []),
      ...conditionsOfRow(query, dialect),
    ]
    const order = inOrder(query)
    const matching = `jobs WHERE ${conditions.join(' AND ')} ${order}`
    return ranged
      ? `SELECT ${list} FROM ${dialect.eachRange(matching)} ${order}`
      : `SELECT ${list} FROM ${matching}`
  }

  return (query: PartQuery) => ({ statement: texts('page', textOf(query)), values: valuesOf(query) })
}

/** How many jobs of each state there are: no more than `:limit` of each range are counted, from the indexes alone. */
export function createCounts(dialect: Dialect) {
  const texts = createTexts<{ readonly state: JobState; readonly count: number }>({ count: aNumber })
  return (filter: JobFilter, limit: number) => {
    const query: PageQuery = { order: 'CREATED_AT', descending: false, filter, fromEnd: false, limit }
    const conditions = [
      ...conditionsOfPlace(query, dialect),
      ...(filter.models ? ['model = ranges.of_model'] : []),
      'state = ranges.of_state',
    ].join(' AND ')
    const counted = `SELECT count(*) FROM (SELECT 1 FROM jobs WHERE ${conditions} LIMIT :limit) AS counted`
    const text = `SELECT of_state AS state, (${counted}) AS count FROM ${dialect.ranges}`
    return { statement: texts('counts', text), values: valuesOf(query) }
  }
}

/** Where the walk for a page is after `:step` rows of the list, whatever they hold: from the index alone. */
export function createSteps(dialect: Dialect) {
  const texts = createTexts<Place>({ value: { kind: 'time', nullable: false } })
  return (query: PageQuery) => {
    const column = columnOf(query)
    const conditions = conditionsOfPlace(query, dialect).join(' AND ')
    const direction = directionOf(query)
    const text = `SELECT ${column} AS value, id FROM jobs WHERE ${conditions}
      ORDER BY ${column} ${direction}, id ${direction} LIMIT 1 OFFSET ${dialect.time('step')}`
    return { statement: texts('step', text), values: valuesOf(query) }
  }
}

/** Each state and model that is wanted, with each other. */
function rangesOf({ states, models }: PageQuery['filter']) {
  const wanted = new Set(states ?? jobStates)
  return [...new Set(models ?? [''])].flatMap((model) => [...wanted].map((state) => ({ state, model })))
}
