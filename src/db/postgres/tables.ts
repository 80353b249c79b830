import { sql } from 'drizzle-orm'
import {
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { JobInput } from '../../jobs/input.ts'
import type { Job, JobError, JobOutput, JobState } from '../../jobs/job.ts'

/** Drizzle hands a null that is bound to a prepared statement to the column like any other value. */
const orNull =
  <T>(encode: (value: T) => string) =>
  (value: T) =>
    value === null ? (null as unknown as string) : encode(value)

/**
 * Text that is compared byte for byte, as SQLite and JavaScript do, whatever the language of the database. PostgreSQL's
 * text cannot hold U+0000, which nobody means: it is left out.
 */
const text = customType<{ data: string; driverData: string }>({
  dataType: () => 'text COLLATE "C"',
  toDriver: orNull((value) => value.replaceAll('\0', '')),
})

/** JSON as its text, not as jsonb: that refuses some of the texts that JSON allows. */
const json = <T>() =>
  customType<{ data: T; driverData: string }>({
    dataType: () => 'json',
    toDriver: orNull((value) => JSON.stringify(value)),
  })()

/** Milliseconds since 1970, to the millisecond: pauses are fractions of other times. */
const time = customType<{ data: number; driverData: string }>({
  dataType: () => 'bigint',
  toDriver: orNull((value) => String(Math.round(value))),
  fromDriver: Number,
})

/** The same columns as SQLite's; see there. */
export const jobs = pgTable(
  'jobs',
  {
    id: text().primaryKey(),
    version: integer().notNull(),
    state: text().$type<JobState>().notNull(),
    model: text().notNull(),
    prompt: text().notNull(),
    input: json<JobInput>().notNull(),
    seedDrawn: boolean('seed_drawn').notNull(),
    retryOf: text('retry_of'),
    idempotencyKey: text('idempotency_key'),
    callbackToken: text('callback_token'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    submittedAt: time('submitted_at'),
    finishedAt: time('finished_at'),
    deadlineAt: time('deadline_at'),
    predictionId: text('prediction_id'),
    vendorStatus: text('vendor_status'),
    outputs: json<readonly JobOutput[]>().notNull(),
    archived: text().$type<NonNullable<Job['archived']>>(),
    inferenceMs: doublePrecision('inference_ms'),
    error: json<JobError>(),
    runAt: time('run_at').notNull(),
    leaseOwner: text('lease_owner'),
    leaseUntil: time('lease_until'),
  },
  (table) => [
    index('jobs_by_creation').on(table.createdAt, table.id),
    index('jobs_by_update').on(table.updatedAt, table.id),
    index('jobs_by_state').on(table.state, table.createdAt, table.id),
    index('jobs_by_model').on(table.model, table.createdAt, table.id),
    index('jobs_by_submission').on(table.submittedAt),
    index('jobs_by_retry').on(table.retryOf).where(sql`retry_of IS NOT NULL`),
    uniqueIndex('jobs_by_idempotency_key').on(table.idempotencyKey).where(sql`idempotency_key IS NOT NULL`),
    index('jobs_to_archive').on(table.finishedAt).where(sql`state = 'COMPLETED' AND archived IS NULL`),
    uniqueIndex('jobs_by_prediction').on(table.predictionId).where(sql`prediction_id IS NOT NULL`),
    // What the sweep asks for: steps that are due and that no queue has taken.
    index('jobs_by_due').on(table.runAt).where(sql`state IN ('SUBMITTING', 'CREATED', 'PROCESSING')`),
  ],
)

export const timeline = pgTable(
  'timeline',
  {
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    at: time('at').notNull(),
    state: text().$type<JobState>().notNull(),
    message: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.version] })],
)
