import type { ListedJob } from '../jobs/job.ts'
import { jobStates } from '../jobs/state.ts'
import type { PageQuery } from '../jobs/store.ts'
import { type Columns, jobColumns } from './columns.ts'
import { type Dialect, type Statement, selected } from './statements.ts'

/**
 * Pages by keyset: the text depends only on which filters are set, their values are bound. Jobs of some states or models are
 * the rows at the beginning of an index's range for each of those, merged: a page reads no more than that, however many
 * jobs there are of any kind.
 */
export function createPages({ time, contains, eachRange }: Dialect, columns: Columns = jobColumns) {
  const known = new Map<string, Statement<object, ListedJob>>()
  const list = selected(columns)

  function textOf({ order, descending, fromEnd, after, before, filter }: PageQuery): string {
    const column = order === 'CREATED_AT' ? 'created_at' : 'updated_at'
    const direction = descending === fromEnd ? 'ASC' : 'DESC'
    const beyond = (place: string, sign: string) =>
      `(${column}, id) ${sign} (${time(`${place}Value`)}, :${place}Id)`
    const ranged = filter.states !== undefined || filter.models !== undefined
    const conditions = [
      'tenant = :tenant',
      filter.models && 'model = ranges.of_model',
      ranged && 'state = ranges.of_state',
      after && beyond('after', descending ? '<' : '>'),
      before && beyond('before', descending ? '>' : '<'),
      filter.createdAfter !== undefined && `created_at > ${time('createdAfter')}`,
      // No job was changed before it was made: the list's own order need not be walked up to there.
      filter.createdAfter !== undefined && column !== 'created_at' && `${column} > ${time('createdAfter')}`,
      filter.createdBefore !== undefined && `created_at < ${time('createdBefore')}`,
      filter.prompt !== undefined && contains('prompt', 'prompt'),
    ].filter((condition) => typeof condition === 'string')
    const inOrder = `ORDER BY ${column} ${direction}, id ${direction} LIMIT :limit`
    const matching = `jobs WHERE ${conditions.join(' AND ')} ${inOrder}`
    return ranged
      ? `SELECT ${list} FROM ${eachRange(matching)} ${inOrder}`
      : `SELECT ${list} FROM ${matching}`
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
    const ranges = rangesOf(filter)
    return {
      statement,
      values: {
        limit,
        afterValue: after?.value,
        afterId: after?.id,
        beforeValue: before?.value,
        beforeId: before?.id,
        states: ranges.map(({ state }) => state),
        models: ranges.map(({ model }) => model),
        createdAfter: filter.createdAfter,
        createdBefore: filter.createdBefore,
        prompt: filter.prompt,
      },
    }
  }
}

/** Each state and model that is wanted, with each other. */
function rangesOf({ states, models }: PageQuery['filter']) {
  const wanted = new Set(states ?? jobStates)
  return [...new Set(models ?? [''])].flatMap((model) => [...wanted].map((state) => ({ state, model })))
}
