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
import {
  dueColumns,
  dueIndexes,
  jobColumns,
  jobIndexes,
  submissionColumns,
  submissionIndexes,
  timelineColumns,
} from '../columns.ts'
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

export const jobs = pgTable('jobs', columnsFor(builders, jobColumns, 'id'), (table) =>
  indexesFor({ index, uniqueIndex }, jobIndexes, table),
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

export const due = pgTable('due', columnsFor(builders, dueColumns), (table: never) => {
  const { kind, id } = table
  return [
    primaryKey({ columns: [id, kind] }),
    ...indexesFor<never>({ index, uniqueIndex }, dueIndexes, table),
  ]
})

export const submissions = pgTable('submissions', columnsFor(builders, submissionColumns, 'jobId'), (table) =>
  indexesFor({ index, uniqueIndex }, submissionIndexes, table),
)
