import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { type Index, jobColumns, jobIndexes, timelineColumns } from '../columns.ts'
import { columnsFor, indexesFor } from '../drizzle-tables.ts'

/** Text that is compared byte for byte, as SQLite and JavaScript do, whatever the language of the database. */
const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })

const builders = {
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  number: (name: string) => doublePrecision(name),
  boolean: (name: string) => boolean(name),
  time: (name: string) => bigint(name, { mode: 'number' }),
  // Its text, not jsonb: that refuses some of the texts that JSON allows.
  json: (name: string) => json(name),
}

/** What the sweep asks for: steps that are due and that no queue has taken. */
const byDue: Index = {
  name: 'jobs_by_due',
  on: ['runAt'],
  where: `state IN ('SUBMITTING', 'CREATED', 'PROCESSING')`,
}

export const jobs = pgTable('jobs', columnsFor(builders, jobColumns, 'id'), (table) =>
  indexesFor({ index, uniqueIndex }, [...jobIndexes, byDue], table),
)

export const timeline = pgTable(
  'timeline',
  columnsFor(builders, timelineColumns),
  ({ jobId, version }: never) => [
    primaryKey({ columns: [jobId, version] }),
    foreignKey({
      columns: [jobId],
      foreignColumns: [(jobs as unknown as { readonly id: never }).id],
    }).onDelete('cascade'),
  ],
)
