import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import {
  accessKeyColumns,
  auditColumns,
  type Columns,
  changeColumns,
  dueColumns,
  durationColumns,
  holdColumns,
  jobColumns,
  secretColumns,
  submissionColumns,
  tenantColumns,
  ticketColumns,
  turnColumns,
  uploadColumns,
  usageColumns,
} from '../columns.ts'
import { columnsFor, conditionsOf, indexesFor } from '../drizzle-tables.ts'
import {
  accessKeyIndexes,
  auditIndexes,
  changeIndexes,
  dueIndexes,
  jobIndexes,
  submissionIndexes,
  ticketIndexes,
  turnIndexes,
  uploadIndexes,
} from '../indexes.ts'

/** Text that is compared byte for byte, as SQLite and JavaScript do, whatever the language of the database. */
const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

const builders = {
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  number: (name: string) => doublePrecision(name),
  boolean: (name: string) => boolean(name),
  time: (name: string) => bigint(name, { mode: 'number' }),
  // Its text, not jsonb: that refuses some of the texts that JSON allows.
  json: (name: string) => json(name),
}

const checksOf = (table: string, columns: Columns) =>
  conditionsOf(table, columns, {
    isShape: (column, shape) => `json_typeof(${column}) = '${shape}'`,
  }).map(({ name, condition }) => check(name, sql.raw(condition)))

export const jobs = pgTable('jobs', columnsFor(builders, jobColumns, 'id'), (table) => [
  ...indexesFor<never>({ index, uniqueIndex }, jobIndexes, table),
  ...checksOf('jobs', jobColumns),
])

export const changes = pgTable(
  'changes',
  {
    // Numbers are given before a transaction ends: only with its own do they tell what may still come.
    transaction: xid8('transaction').notNull().default(sql`pg_current_xact_id()`),
    sequence: bigint('sequence', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    ...(columnsFor(builders, changeColumns) as object),
  },
  (table) => [
    primaryKey({ columns: [table.transaction, table.sequence] }),
    ...indexesFor<never>(
      { index, uniqueIndex },
      [
        { name: 'changes_by_version', on: ['jobId', 'version'], unique: true },
        // One that began with the tenant would be taken for timelines as well, while there are few rows.
        { name: 'changes_in_order', on: ['transaction', 'sequence', 'tenant'] },
        ...changeIndexes,
      ],
      table,
    ),
    ...checksOf('changes', changeColumns),
  ],
)

export const due = pgTable('due', columnsFor(builders, dueColumns), (table: never) => {
  const { kind, id } = table
  return [
    primaryKey({ columns: [id, kind] }),
    ...indexesFor<never>({ index, uniqueIndex }, dueIndexes, table),
    ...checksOf('due', dueColumns),
  ]
})

export const submissions = pgTable('submissions', columnsFor(builders, submissionColumns, 'jobId'), (table) =>
  indexesFor({ index, uniqueIndex }, submissionIndexes, table),
)

export const holds = pgTable('holds', columnsFor(builders, holdColumns, 'place'))

export const tenants = pgTable('tenants', columnsFor(builders, tenantColumns, 'id'), () =>
  checksOf('tenants', tenantColumns),
)

export const turns = pgTable('turns', columnsFor(builders, turnColumns, 'tenant'), (table) =>
  indexesFor({ index, uniqueIndex }, turnIndexes, table),
)

export const usage = pgTable('usage', columnsFor(builders, usageColumns), (table: never) => {
  const { tenant, kind } = table
  return [primaryKey({ columns: [tenant, kind] }), ...checksOf('usage', usageColumns)]
})

export const durations = pgTable(
  'durations',
  columnsFor(builders, durationColumns),
  ({ kind, slot }: never) => [primaryKey({ columns: [kind, slot] })],
)

export const uploads = pgTable('uploads', columnsFor(builders, uploadColumns, 'id'), (table) =>
  indexesFor({ index, uniqueIndex }, uploadIndexes, table),
)

export const accessKeys = pgTable('access_keys', columnsFor(builders, accessKeyColumns, 'id'), (table) => [
  ...indexesFor<never>({ index, uniqueIndex }, accessKeyIndexes, table),
  ...checksOf('access_keys', accessKeyColumns),
])

export const audit = pgTable(
  'audit',
  {
    sequence: bigint('sequence', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    ...(columnsFor(builders, auditColumns) as object),
  },
  (table) => indexesFor<never>({ index, uniqueIndex }, auditIndexes, table),
)

export const tickets = pgTable('tickets', columnsFor(builders, ticketColumns, 'hash'), (table) => [
  ...indexesFor<never>({ index, uniqueIndex }, ticketIndexes, table),
  ...checksOf('tickets', ticketColumns),
])

export const secrets = pgTable('secrets', columnsFor(builders, secretColumns, 'name'))
