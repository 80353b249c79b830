import { sql } from 'drizzle-orm'
import {
  check,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
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

// Every table is STRICT, which Drizzle cannot say: its migrations do. So no column holds anything of another kind.

const builders = {
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  number: (name: string) => real(name),
  boolean: (name: string) => integer(name),
  time: (name: string) => integer(name),
  json: (name: string) => text(name),
}

const checksOf = (table: string, columns: Columns) =>
  conditionsOf(table, columns, {
    isShape: (column, shape) => `json_valid(${column}) AND json_type(${column}) = '${shape}'`,
    isBoolean: (column) => `${column} IN (0, 1)`,
  }).map(({ name, condition }) => check(name, sql.raw(condition)))

/** A number that the file gives each row: what indexes of texts refer to. */
const row = { row: integer('row').primaryKey() }

export const jobs = sqliteTable(
  'jobs',
  { ...row, ...(columnsFor(builders, jobColumns) as object) },
  (table) => [
    ...indexesFor<never>(
      { index, uniqueIndex },
      [{ name: 'jobs_by_id', on: ['id'], unique: true }, ...jobIndexes],
      table,
    ),
    ...checksOf('jobs', jobColumns),
  ],
)

export const changes = sqliteTable(
  'changes',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    ...(columnsFor(builders, changeColumns) as object),
  },
  (table) => [
    ...indexesFor<never>(
      { index, uniqueIndex },
      [
        { name: 'changes_by_version', on: ['jobId', 'version'], unique: true },
        { name: 'changes_by_tenant', on: ['tenant', 'sequence'] },
        ...changeIndexes,
      ],
      table,
    ),
    ...checksOf('changes', changeColumns),
  ],
)

export const due = sqliteTable('due', columnsFor(builders, dueColumns), (table: never) => {
  const { kind, id } = table
  return [
    primaryKey({ columns: [id, kind] }),
    ...indexesFor<never>({ index, uniqueIndex }, dueIndexes, table),
    ...checksOf('due', dueColumns),
  ]
})

export const submissions = sqliteTable(
  'submissions',
  columnsFor(builders, submissionColumns, 'jobId'),
  (table) => indexesFor({ index, uniqueIndex }, submissionIndexes, table),
)

export const holds = sqliteTable('holds', columnsFor(builders, holdColumns, 'place'))

export const tenants = sqliteTable('tenants', columnsFor(builders, tenantColumns, 'id'), () =>
  checksOf('tenants', tenantColumns),
)

export const turns = sqliteTable('turns', columnsFor(builders, turnColumns, 'tenant'), (table) =>
  indexesFor({ index, uniqueIndex }, turnIndexes, table),
)

export const usage = sqliteTable('usage', columnsFor(builders, usageColumns), (table: never) => {
  const { tenant, kind } = table
  return [primaryKey({ columns: [tenant, kind] }), ...checksOf('usage', usageColumns)]
})

export const durations = sqliteTable(
  'durations',
  columnsFor(builders, durationColumns),
  ({ kind, slot }: never) => [primaryKey({ columns: [kind, slot] })],
)

export const uploads = sqliteTable('uploads', columnsFor(builders, uploadColumns, 'id'), (table) =>
  indexesFor({ index, uniqueIndex }, uploadIndexes, table),
)

export const accessKeys = sqliteTable(
  'access_keys',
  columnsFor(builders, accessKeyColumns, 'id'),
  (table) => [
    ...indexesFor<never>({ index, uniqueIndex }, accessKeyIndexes, table),
    ...checksOf('access_keys', accessKeyColumns),
  ],
)

export const audit = sqliteTable(
  'audit',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    ...(columnsFor(builders, auditColumns) as object),
  },
  (table) => indexesFor<never>({ index, uniqueIndex }, auditIndexes, table),
)

export const tickets = sqliteTable('tickets', columnsFor(builders, ticketColumns, 'hash'), (table) => [
  ...indexesFor<never>({ index, uniqueIndex }, ticketIndexes, table),
  ...checksOf('tickets', ticketColumns),
])

export const secrets = sqliteTable('secrets', columnsFor(builders, secretColumns, 'name'))
