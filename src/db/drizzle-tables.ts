import { sql } from 'drizzle-orm'
import { type Column, type ColumnKind, type Columns, nameOf } from './columns.ts'
import type { Index } from './indexes.ts'

/** What Drizzle's builders for either database have in common. */
interface ColumnBuilder {
  notNull(): ColumnBuilder
  primaryKey(): ColumnBuilder
}
interface IndexBuilder {
  on(...columns: never[]): { where(condition: unknown): unknown }
}

/**
 * Columns for a table of Drizzle, from which `npm run db:generate` writes migrations. Nothing else is asked of it: rows are
 * read and written by `statements.ts`.
 *
 * @param key the column that is the table's key, if one alone is
 */
export function columnsFor(
  builders: Readonly<Record<ColumnKind, (name: string) => unknown>>,
  columns: Columns,
  key?: string,
): never {
  const made = Object.entries(columns).map(([property, { kind, nullable }]) => {
    const builder = builders[kind](nameOf(property)) as ColumnBuilder // Each of them is.
    return [property, property === key ? builder.primaryKey() : nullable ? builder : builder.notNull()]
  })
  return Object.fromEntries(made) as never // Drizzle's types are of columns that stand in the code.
}

export function indexesFor<T>(
  { index, uniqueIndex }: Readonly<Record<'index' | 'uniqueIndex', (name: string) => unknown>>,
  indexes: readonly Index[],
  table: object,
): T[] {
  return indexes.map(({ name, on, unique, where }) => {
    const builder = (unique ? uniqueIndex : index)(name) as IndexBuilder
    const made = builder.on(...on.map((property) => (table as Record<string, never>)[property] as never))
    return (where === undefined ? made : made.where(sql.raw(where))) as T
  })
}

/** In SQL, what has to hold of every row beyond the kinds of its columns, by a name. */
export function conditionsOf(
  table: string,
  columns: Columns,
  words: {
    readonly isShape: (column: string, shape: NonNullable<Column['shape']>) => string
    /** Where the database has no kind of its own for it. */
    readonly isBoolean?: (column: string) => string
  },
): { readonly name: string; readonly condition: string }[] {
  return Object.entries(columns).flatMap(([property, { kind, oneOf, shape, upTo }]) => {
    const column = nameOf(property)
    const name = `${table}_${column}`
    if (oneOf) return { name, condition: `${column} IN (${oneOf.map((one) => `'${one}'`).join(', ')})` }
    if (upTo) return { name, condition: `${column} > 0 AND ${column} <= ${upTo}` }
    if (shape) return { name, condition: words.isShape(column, shape) }
    return kind === 'boolean' && words.isBoolean ? { name, condition: words.isBoolean(column) } : []
  })
}
