import pg from 'pg'
import { SearchTooLongError } from '../../jobs/history-error.ts'
import type { ListedJob } from '../../jobs/job.ts'
import type { PageQuery, Place } from '../../jobs/store.ts'
import type { TenantId } from '../../jobs/tenant.ts'
import { jobColumns } from '../columns.ts'
import { conditionsOfNamed, createPages, createSteps, createTexts, inOrder, valuesOf } from '../pages.ts'
import type { ReadFar } from '../reader.ts'
import { inOrder as inOrderOf } from '../rows.ts'
import { aNumber, listedColumns, one, type Statement } from '../statements.ts'
import { dialect, type Execute } from './execute.ts'
import { tenantRole } from './roles.ts'
import { statements, type Writes } from './writes.ts'

/** A text that most jobs have is met in so many rows of the list. */
const defaultWalkedFirst = 2_000
/** Where the index finds more rows than this, the list is the shorter way. */
const mostFound = 20_000

/** As long as the server tries for one of the statements of a page. */
const defaultLimitMs = 10_000 // 10 seconds

/**
 * What the index is asked for a text: its letters and digits, without those whose case the server's locale would change, and
 * anything in between. Null if there are no three of them in a row, for which it has to read all of itself.
 */
export function patternOf(text: string): string | null {
  const runs = text
    .toWellFormed()
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .split(/[^a-z0-9\p{Lo}]+/u)
  return runs.some((run) => [...run].length >= 3) ? `%${runs.join('%')}%` : null
}

const found = 'tenant = :tenant AND lower(prompt) LIKE :pattern::text'

const countFound = {
  ...one<object, { readonly count: number }>(
    `SELECT count(*) AS count FROM (SELECT FROM jobs WHERE ${found} LIMIT :most::bigint) AS found`,
    { count: aNumber },
  ),
  name: 'countFound',
}

/** The planner knows a text only when it is bound, and would then rather not know it than plan anew. */
const byTheIndex = 'SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off'
const byAnyWay = 'SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on'

/** The index cannot be asked where rows are hidden: matching could tell of them. So it is asked as the gateway, for one tenant. */
const beyondTheWall = '; SET LOCAL ROLE NONE'
const behindTheWall = `; SET LOCAL ROLE ${tenantRole}`

/** Reads pages of an order or a filter that no index answers: each at one moment of the history, and for a bounded time. */
export function createSearch({
  transactionOf,
  hasTextIndex,
  hasWall,
  limitMs = defaultLimitMs,
  walkedFirst = defaultWalkedFirst,
}: {
  readonly transactionOf: (tenant: TenantId) => Writes['transaction']
  readonly hasTextIndex: boolean
  readonly hasWall: boolean
  readonly limitMs?: number | undefined
  readonly walkedFirst?: number | undefined
}): ReadFar {
  const steps = createSteps(dialect)
  const ways = [createWay(jobColumns), createWay(listedColumns)] as const

  return async (tenant, query, listed) => {
    const { pages, byIds } = ways[listed ? 1 : 0]
    const pattern = hasTextIndex && query.filter.prompt !== undefined ? patternOf(query.filter.prompt) : null

    async function walk(on: Execute, part: PageQuery & { readonly until?: Place }): Promise<ListedJob[]> {
      const { statement, values } = pages(part)
      return on(statement, { ...values, tenant })
    }

    async function read(on: Execute, client: pg.ClientBase): Promise<ListedJob[]> {
      await client.query(
        `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = ${limitMs}`,
      )
      if (pattern === null) return walk(on, query)
      const ahead = steps(query)
      const [until] = await on(ahead.statement, { ...ahead.values, tenant, step: walkedFirst - 1 })
      const first = await walk(on, { ...query, ...(until && { until }) })
      if (until === undefined || first.length >= query.limit) return first
      await client.query(hasWall ? byTheIndex + beyondTheWall : byTheIndex)
      const [counted] = await on(countFound, { tenant, pattern, most: mostFound + 1 })
      const isFew = (counted?.count ?? 0) <= mostFound
      const ids = isFew ? await on(idsOf(query), { ...valuesOf(query), tenant, pattern }) : []
      await client.query(hasWall ? byAnyWay + behindTheWall : byAnyWay)
      if (!isFew) return walk(on, query)
      return byIds(
        on,
        tenant,
        ids.map(({ id }) => id),
      )
    }

    try {
      return await transactionOf(tenant)(read)
    } catch (error) {
      const isTooLong = error instanceof pg.DatabaseError && error.code === queryCanceled
      throw isTooLong ? new SearchTooLongError(limitMs) : error
    }
  }
}

const queryCanceled = '57014'

const texts = createTexts<{ readonly id: string }>({})

/** The jobs of a page, by the index of texts. */
function idsOf(query: PageQuery): Statement<object, { readonly id: string }> {
  const conditions = [found, ...conditionsOfNamed(query, dialect)]
  return texts('named', `SELECT id FROM jobs WHERE ${conditions.join(' AND ')} ${inOrder(query)}`)
}

/** The two ways to the rows of a page: along its list, and by what the index of texts finds. */
function createWay(columns: typeof jobColumns | typeof listedColumns) {
  const rowsOf = columns === jobColumns ? statements.jobsOf : statements.listedOf
  return {
    pages: createPages(dialect, columns),
    async byIds(on: Execute, tenant: TenantId, ids: readonly string[]): Promise<ListedJob[]> {
      const rows: readonly ListedJob[] = await on(rowsOf, { tenant, ids })
      return inOrderOf(ids, rows, ({ id }) => id).filter((row) => row !== null)
    },
  }
}
