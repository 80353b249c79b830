import {
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
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

const builders = {
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  number: (name: string) => integer(name),
  boolean: (name: string) => integer(name),
  time: (name: string) => integer(name),
  json: (name: string) => text(name),
}

export const jobs = sqliteTable('jobs', columnsFor(builders, jobColumns, 'id'), (table) =>
  indexesFor({ index, uniqueIndex }, jobIndexes, table),
)

export const timeline = sqliteTable(
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

export const due = sqliteTable('due', columnsFor(builders, dueColumns), (table: never) => {
  const { kind, id } = table
  return [
    primaryKey({ columns: [id, kind] }),
    ...indexesFor<never>({ index, uniqueIndex }, dueIndexes, table),
  ]
})

export const submissions = sqliteTable(
  'submissions',
  columnsFor(builders, submissionColumns, 'jobId'),
  (table) => indexesFor({ index, uniqueIndex }, submissionIndexes, table),
)
