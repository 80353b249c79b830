import type { ListedJob } from '../jobs/job.ts'
import type { JobFilter, JobOrder, PageQuery, Place } from '../jobs/store.ts'
import { badArgument } from './error.ts'

const defaultSize = 20
const largestSize = 100

export interface Order {
  readonly by: JobOrder
  readonly descending: boolean
}

export interface PageArguments {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

/** The store's query for a page; it asks for one row more than the page holds, to know whether there are more. */
export function pageQuery(args: PageArguments, order: Order, filter: JobFilter): PageQuery {
  const { first, last } = args
  if (first != null && last != null) throw badArgument('Give `first` or `last`, not both.')
  const size = last == null ? sizeOf('first', first) : sizeOf('last', last)
  return {
    order: order.by,
    descending: order.descending,
    filter,
    ...(args.after != null && { after: readCursor('after', args.after, order) }),
    ...(args.before != null && { before: readCursor('before', args.before, order) }),
    fromEnd: last != null,
    limit: size + 1,
  }
}

/** The rows as a Relay connection. */
export function connectionOf<T extends ListedJob>(rows: readonly T[], query: PageQuery, order: Order) {
  const more = rows.length === query.limit
  const jobs = !more ? rows : query.fromEnd ? rows.slice(1) : rows.slice(0, -1)
  const edges = jobs.map((job) => ({ node: job, cursor: cursorOf(job, order) }))
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      // Where a side of the range was cut by a cursor, there is at least the row of that cursor.
      hasNextPage: query.before !== undefined || (!query.fromEnd && more),
      hasPreviousPage: query.after !== undefined || (query.fromEnd && more),
    },
  }
}

/** How many entries a page has, by the argument of this name. */
export function sizeOf(name: string, size: number | null | undefined): number {
  if (size != null && (size < 0 || size > largestSize)) {
    throw badArgument(`\`${name}\` is ${size}; it has to be from 0 to ${largestSize}.`)
  }
  return size ?? defaultSize
}

/** Opaque to clients; it names the order too, since a place in one list means nothing in another. */
function cursorOf(job: ListedJob, order: Order): string {
  const value = order.by === 'CREATED_AT' ? job.createdAt : job.updatedAt
  return Buffer.from(JSON.stringify([order.by, value, job.id])).toString('base64url')
}

function readCursor(name: string, cursor: string, order: Order): Place {
  const parts = parse(cursor)
  const [by, value, id]: unknown[] = Array.isArray(parts) ? parts : []
  if (typeof by !== 'string' || !Number.isSafeInteger(value) || typeof id !== 'string') {
    throw noCursor(name)
  }
  if (by !== order.by) {
    throw badArgument(`\`${name}\` is a cursor of a list in another order (${by.slice(0, 20)}).`)
  }
  return { value: value as number, id }
}

export const noCursor = (name: string) =>
  badArgument(`\`${name}\` is no cursor: take one from \`pageInfo\` or \`edges\`.`)

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
