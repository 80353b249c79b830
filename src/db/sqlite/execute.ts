import type Database from 'better-sqlite3'
import { type Codec, decoded, encoded } from '../columns.ts'
import type { Dialect, Statement } from '../statements.ts'

/** A list is one bound JSON text, so that a prepared statement serves lists of any length. */
const each = (list: string) => `(SELECT value FROM json_each(:${list}))`

const ranges = `(SELECT value AS of_state, json_extract(:models, '$[' || key || ']') AS of_model FROM json_each(:states)) AS ranges`

export const dialect: Dialect = {
  isIn: (column, list) => `${column} IN ${each(list)}`,
  isNotIn: (column, list) => `${column} NOT IN ${each(list)}`,
  time: (time) => `:${time}`,
  hidden: (time) => `:${time}`,
  maybe: (text) => `:${text}`,
  contains: (column, text) => `instr(lower(${column}), lower(:${text})) > 0`,
  // Not a join of both: that would read one list anew for each entry of the other.
  pairs: (ids, times) =>
    `(SELECT value AS id, json_extract(:${times}, '$[' || key || ']') AS at FROM json_each(:${ids}))`,
  isRowOf: (select) => `rowid IN (${select('rowid')})`,
  least: (one, other) => `min(${one}, ${other})`,
  lockFree: '', // One writes at a time.
  unindexed: (column) => `+${column}`,
  // The planner would prefer the index of states, which holds all of them.
  // A subquery in FROM knows nothing of what stands beside it; one in a condition does.
  oneForEach: (rows, matching) => `${rows} CROSS JOIN jobs ON jobs.row = (SELECT row FROM ${matching})`,
  ranges,
  eachRange: (matching) =>
    `${ranges}
      CROSS JOIN jobs ON jobs.row IN (SELECT row FROM ${matching})`,
  from: (table, index) => `${table} INDEXED BY ${index}`,
  changes: {
    place: '0 AS "transaction", sequence',
    // Not the newest row: that may have been forgotten, and its number is never given again.
    latest: `0 AS "transaction", ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0) AS sequence`,
    isAfter: 'sequence > :sequence',
    order: 'sequence', // One transaction after the other.
    newestFirst: 'sequence DESC',
  },
}

export const codec: Codec = {
  encode: {
    json: (value) => JSON.stringify(value),
    boolean: (value) => Number(value),
    // Pauses are fractions of other times.
    time: (value) => Math.round(value),
  },
  decode: {
    json: (text: string) => JSON.parse(text),
    boolean: (value) => Number(value) === 1,
  },
}

export type Execute = <Parameters extends object, Row>(
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
) => Row[]

/** Runs statements, each prepared once. */
export function createExecute(client: Pick<Database.Database, 'prepare'>): Execute {
  const prepared = new Map<string, Database.Statement>()
  return <Parameters extends object, Row>(statement: Statement<Parameters, Row>, parameters: Parameters) => {
    const ready = prepared.get(statement.text) ?? client.prepare(statement.text)
    prepared.set(statement.text, ready)
    const bound = encoded(statement.values, codec, parameters)
    for (const [name, value] of Object.entries(bound)) {
      if (Array.isArray(value)) bound[name] = JSON.stringify(value)
    }
    if (ready.reader) return decoded(statement.columns, codec, ready.all(bound) as object[]) as Row[]
    ready.run(bound)
    return []
  }
}
