import type Database from 'better-sqlite3'
import type { ListedJob } from '../../jobs/job.ts'
import type { PageQuery, Place } from '../../jobs/store.ts'
import type { TenantId } from '../../jobs/tenant.ts'
import { type Columns, jobColumns } from '../columns.ts'
import { conditionsOfNamed, createPages, createSteps, createTexts, inOrder, valuesOf } from '../pages.ts'
import { listedColumns, selected } from '../statements.ts'
import { createExecute, dialect, type Execute } from './execute.ts'

/** A page for which rows may have to be read that are not on it, however many. */
export interface FarRead {
  readonly tenant: TenantId
  readonly query: PageQuery
  /** Without the inputs. */
  readonly listed: boolean
}

/** A page's rows as the database has them, read in pieces: whoever takes the next one may do something else before. */
export type PieceByPiece = Generator<void, object[], void>

/** How many rows are walked before other indexes are asked, unless somebody says so. */
const defaultWalkedFirst = 2_000

/** So many rows a piece: a few milliseconds. */
const piece = 5_000

/** The index names rows by the tenant's number and their own. */
const rowBits = 40n

/**
 * What the index is asked for a text: all that any three of its characters in a row are in. Null for a text that is shorter.
 * A text whose trigrams are many is asked for by some of them, since each costs a little.
 */
export function matchOf(text: string): string | null {
  const characters = [...text.toWellFormed()]
  if (characters.length < 3) return null
  // As the index has it.
  const quoted = [...JSON.stringify(characters.join('')).slice(1, -1)]
  const trigrams = new Set<string>()
  for (let at = 0; at + 3 <= quoted.length; at += 1) trigrams.add(quoted.slice(at, at + 3).join(''))
  const every = Math.ceil(trigrams.size / mostTrigrams)
  return [...trigrams]
    .filter((_, index) => index % every === 0)
    .map((trigram) => `"${trigram.replaceAll('"', '""')}"`)
    .join(' AND ')
}

const mostTrigrams = 48

/** Reads pages of an order or a filter that no index answers. */
export function createSearch(
  client: Database.Database,
  walkedFirst = defaultWalkedFirst,
): (read: FarRead) => PieceByPiece {
  /** How many rows are walked before other indexes are asked, and how many those may then name. */
  const rounds = [
    // What most jobs have is met at once; of what is rare, or absent, an index names every row.
    { walked: walkedFirst, named: 2_000 },
    // Jobs that are wanted may all lie far from where the list begins.
    { walked: walkedFirst * 10, named: 50_000 },
  ]
  const execute = createExecute(client)
  const steps = createSteps(dialect)
  const ways = [createWays(execute, jobColumns), createWays(execute, listedColumns)] as const

  return function* search({ tenant, query, listed }) {
    const { named, walk } = ways[listed ? 1 : 0]
    const found: object[] = []
    /** Up to where the list was walked. */
    let from: Place | null = null
    let walked = 0

    /** Walks on; answers whether the page is whole. */
    function walkOn(size: number): boolean {
      // A walk begins where the page does, which is its end if it is read from there.
      const rest: PageQuery = from === null ? query : { ...query, [query.fromEnd ? 'before' : 'after']: from }
      const ahead = steps(rest)
      const [until] = execute(ahead.statement, { ...ahead.values, tenant, step: size - 1 })
      found.push(...walk(tenant, rest, until, query.limit - found.length))
      from = until ?? from
      walked += size
      return until === undefined || found.length >= query.limit
    }

    const sources = sourcesOf(query)
    for (const round of sources.length > 0 ? rounds : []) {
      while (walked < round.walked) {
        if (walkOn(Math.min(piece, round.walked - walked))) return found
        yield
      }
      for (const source of sources) {
        const all = named(tenant, query, source, round.named)
        if (all) return all
        yield
      }
    }
    while (!walkOn(piece)) yield
    return found
  }
}

/** The two ways to the rows of a page, as objects of these columns: along its list, and by what the index of texts names. */
function createWays(execute: Execute, columns: Columns) {
  const parts = createPages(dialect, columns, {})
  const texts = createTexts<ListedJob>({})
  const candidates = createTexts<{ readonly rows: string; readonly count: number }>({})

  return {
    walk(tenant: TenantId, rest: PageQuery, until: Place | undefined, limit: number): object[] {
      const { statement, values } = parts({ ...rest, ...(until && { until }), limit })
      return execute(statement, { ...values, tenant })
    },
    /** Null if the other index names more rows than `most`. */
    named(tenant: TenantId, query: PageQuery, source: Source, most: number): object[] | null {
      const statement = candidates(
        'candidates',
        `SELECT json_group_array(row) AS rows, count(*) AS count FROM (${source.text} LIMIT :most)`,
      )
      const [asked] = execute(statement, { ...valuesOf(query), ...source.values, tenant, most: most + 1 })
      if (!asked || asked.count > most) return null
      const conditions = conditionsOfNamed(query, dialect)
      const text = `SELECT ${selected(columns)} FROM jobs NOT INDEXED
        WHERE ${dialect.isIn('row', 'rows')} AND ${conditions.join(' AND ')} ${inOrder(query)}`
      return execute(texts('named', text), { ...valuesOf(query), tenant, rows: asked.rows })
    },
  }
}

/** Another index than that of the list, which names rows that may be wanted, and all that are. */
interface Source {
  readonly text: string
  readonly values: object
}

function sourcesOf({ order, filter }: PageQuery): Source[] {
  const { prompt, createdAfter, createdBefore } = filter
  const match = prompt === undefined ? null : matchOf(prompt)
  const times = [
    createdAfter !== undefined && 'created_at > :createdAfter',
    createdBefore !== undefined && 'created_at < :createdBefore',
  ].filter((condition) => typeof condition === 'string')
  return [
    ...(match === null ? [] : [{ text: byText, values: { match } }]),
    ...(order === 'CREATED_AT' || times.length === 0
      ? []
      : [
          {
            text: `SELECT row FROM jobs INDEXED BY jobs_by_creation WHERE tenant = :tenant AND ${times.join(' AND ')}`,
            values: {},
          },
        ]),
  ]
}

const byText = `SELECT jobs_text.rowid & ${(1n << rowBits) - 1n} AS row FROM searched_tenants CROSS JOIN jobs_text
  WHERE searched_tenants.tenant = :tenant AND jobs_text MATCH :match
    AND jobs_text.rowid >= searched_tenants.number << ${rowBits}
    AND jobs_text.rowid < (searched_tenants.number + 1) << ${rowBits}`
