import type { Job, ListedJob } from '../jobs/job.ts'
import type { Awaitable, JobReader, PageQuery } from '../jobs/store.ts'
import { groupBy, inOrder, toEntry } from './rows.ts'
import { createPages, type Dialect, listedColumns, type Statement, type Statements } from './statements.ts'

type Read = <Parameters extends object, Row>(
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
) => Awaitable<Row[]>

/**
 * Everything that may be asked of a history, on either database. Jobs whose rows cannot be read are left out.
 *
 * @param isReadable whether a row can be a job
 */
export function createReader(options: {
  readonly dialect: Dialect
  readonly statements: Statements
  readonly read: Read
  readonly job: JobReader['job']
  readonly isReadable: (row: ListedJob) => boolean
}): JobReader {
  const { dialect, statements, read, job, isReadable } = options
  const [pages, listings] = [createPages(dialect), createPages(dialect, listedColumns)]

  /** What is missing where rows cannot be read is read on behind the last of them. */
  async function page(pagesOf: typeof pages, query: PageQuery): Promise<ListedJob[]> {
    const { statement, values } = pagesOf(query)
    const rows = await read(statement, values)
    if (query.fromEnd) rows.reverse()
    const jobs = rows.filter(isReadable)
    const last = query.fromEnd ? rows[0] : rows.at(-1)
    if (!last || jobs.length === rows.length || rows.length < query.limit) return jobs
    const place = { value: query.order === 'CREATED_AT' ? last.createdAt : last.updatedAt, id: last.id }
    const rest = await page(pagesOf, {
      ...query,
      limit: query.limit - jobs.length,
      [query.fromEnd ? 'before' : 'after']: place,
    })
    return query.fromEnd ? [...rest, ...jobs] : [...jobs, ...rest]
  }

  return {
    job,
    async jobs(ids) {
      const rows = await read(statements.jobsOf, { ids })
      return inOrder(ids, rows.filter(isReadable), ({ id }) => id)
    },
    async listed(ids) {
      const rows = await read(statements.listedOf, { ids })
      return inOrder(ids, rows.filter(isReadable), ({ id }) => id)
    },
    page: async (query) => (await page(pages, query)) as Job[], // with all columns of one
    listing: (query) => page(listings, query),
    async timelines(ids) {
      const entries = groupBy(await read(statements.timelines, { ids }), ({ jobId }) => jobId)
      return ids.map((id) => (entries.get(id) ?? []).map(toEntry))
    },
    async queuePositions(ids) {
      const rows = await read(statements.queuePositions, { ids })
      const positions = new Map(rows.map(({ id, position }) => [id, position]))
      return ids.map((id) => positions.get(id) ?? null)
    },
    async retries(ids) {
      const rows = (await read(statements.retries, { ids })).filter(isReadable)
      const made = groupBy(rows, ({ retryOf }) => retryOf)
      return ids.map((id) => made.get(id) ?? [])
    },
  }
}
