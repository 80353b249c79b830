import type pg from 'pg'
import { type Codec, decoded, encoded } from '../columns.ts'
import type { Dialect, Statement } from '../statements.ts'
import type { Connections } from './tenant-connections.ts'

const ranges = 'unnest(:states::text[], :models::text[]) AS ranges (of_state, of_model)'

export const dialect: Dialect = {
  // A list is one bound array, so that a prepared statement serves lists of any length.
  isIn: (column, list) => `${column} = ANY(:${list}::text[])`,
  isNotIn: (column, list) => `${column} <> ALL((SELECT :${list}::text[])::text[])`,
  // PostgreSQL has to be told the type of a bound value that no column explains.
  time: (time) => `:${time}::bigint`,
  hidden: (time) => `(SELECT :${time}::bigint)`,
  maybe: (text) => `:${text}::text`,
  // The collation of the column makes lower() know ASCII only, as SQLite's does.
  contains: (column, text) => `strpos(lower(${column}), lower(:${text}::text COLLATE "C")) > 0`,
  pairs: (ids, times) => `(SELECT * FROM unnest(:${ids}::text[], :${times}::bigint[]) AS pairs (id, at))`,
  isRowOf: (select) => `ctid = ANY(ARRAY(${select('ctid')}))`,
  least: (one, other) => `least(${one}, ${other})`,
  lockFree: 'FOR UPDATE SKIP LOCKED',
  unindexed: (column) => column,
  from: (table) => table,
  oneForEach: (rows, matching) => `${rows} CROSS JOIN LATERAL (SELECT * FROM ${matching}) AS jobs`,
  ranges,
  eachRange: (matching) => `${ranges} CROSS JOIN LATERAL (SELECT * FROM ${matching}) AS found`,

  changes: {
    place: 'transaction::text::bigint AS "transaction", sequence',
    latest: 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "transaction", 0 AS sequence',
    // What older transactions wrote has its place; of the others one may still end that began before them.
    isAfter: `(transaction, sequence) > (:transaction::text::xid8, :sequence::bigint)
        AND transaction < pg_snapshot_xmin(pg_current_snapshot())`,
    order: 'transaction, sequence',
    newestFirst: 'transaction DESC, sequence DESC',
  },
}

export const codec: Codec = {
  encode: {
    json: (value) => JSON.stringify(value),
    // Pauses are fractions of other times.
    time: (value) => Math.round(value),
    // PostgreSQL's text cannot hold U+0000, which nobody means: it is left out.
    text: (value: string) => value.replaceAll('\0', ''),
  },
  decode: { time: Number },
}

/** A text that is searched for, as one that can be: no id has a U+FFFD, and no text of PostgreSQL a U+0000. */
const sought = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sought)
    : typeof value === 'string'
      ? value.replaceAll('\0', '\ufffd')
      : value

interface Prepared {
  readonly name: string
  /** With `$1` for the first of `names`. */
  readonly text: string
  readonly names: readonly string[]
}

/** A statement has the same name on all connections, each of which prepares it when it first runs there. */
const prepared = new Map<string, Prepared>()

function prepare({ name, text }: { readonly name: string; readonly text: string }): Prepared {
  const names: string[] = []
  const numbered = text.replace(/(?<!:):([a-zA-Z]+)/g, (_, one: string) => {
    if (!names.includes(one)) names.push(one)
    return `$${names.indexOf(one) + 1}`
  })
  return { name: `${name}_${prepared.size}`, text: numbered, names }
}

export type Execute = <Parameters extends object, Row>(
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
) => Promise<Row[]>

/** Runs statements on a connection, or on any of a pool. */
export function createExecute(
  client: Pick<Connections | pg.ClientBase, 'query'>,
  onStatement: (sql: string) => void = () => {},
): Execute {
  return async <Parameters extends object, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ) => {
    const ready = prepared.get(statement.text) ?? prepare(statement)
    prepared.set(statement.text, ready)
    const { name, text, names } = ready
    const bound = encoded(statement.values, codec, parameters)
    onStatement(text)
    const { rows } = await client.query({ name, text, values: names.map((one) => sought(bound[one])) })
    return decoded(statement.columns, codec, rows) as Row[]
  }
}
