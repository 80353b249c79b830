import { sql } from 'drizzle-orm'
import {
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { JobInput } from '../../jobs/input.ts'
import type { Job, JobError, JobOutput, JobState } from '../../jobs/job.ts'
import { unreadable } from '../row.ts'

/** JSON as text. Text that is no JSON reads as `unreadable`, which `faultyColumn` finds. */
const json = <T>() =>
  customType<{ data: T; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => JSON.stringify(value),
    fromDriver(text) {
      try {
        return JSON.parse(text)
      } catch {
        return unreadable
      }
    },
  })()

/** One row a job: what was asked for and all that became of it. Times are milliseconds since 1970. */
export const jobs = sqliteTable(
  'jobs',
  {
    id: text().primaryKey(),
    version: integer().notNull(),
    state: text().$type<JobState>().notNull(),
    model: text().notNull(),
    /** Also inside `input`; its own column so that the history can be searched for it. */
    prompt: text().notNull(),
    input: json<JobInput>().notNull(),
    seedDrawn: integer('seed_drawn', { mode: 'boolean' }).notNull(),
    retryOf: text('retry_of'),
    idempotencyKey: text('idempotency_key'),
    callbackToken: text('callback_token'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    submittedAt: integer('submitted_at'),
    finishedAt: integer('finished_at'),
    deadlineAt: integer('deadline_at'),
    predictionId: text('prediction_id'),
    vendorStatus: text('vendor_status'),
    outputs: json<readonly JobOutput[]>().notNull(),
    archived: text().$type<Job['archived']>(),
    inferenceMs: integer('inference_ms'),
    error: json<JobError>(),
    runAt: integer('run_at').notNull(),
    leaseOwner: text('lease_owner'),
    leaseUntil: integer('lease_until'),
  },
  (table) => [
    index('jobs_by_creation').on(table.createdAt, table.id),
    index('jobs_by_update').on(table.updatedAt, table.id),
    index('jobs_by_state').on(table.state, table.createdAt, table.id),
    index('jobs_by_model').on(table.model, table.createdAt, table.id),
    index('jobs_by_submission').on(table.submittedAt),
    index('jobs_by_retry').on(table.retryOf).where(sql`retry_of IS NOT NULL`),
    // Two requests with the same key make one job, however close together they come.
    uniqueIndex('jobs_by_idempotency_key').on(table.idempotencyKey).where(sql`idempotency_key IS NOT NULL`),
    // What the archive has still to copy: empty where it is on and has caught up.
    index('jobs_to_archive').on(table.finishedAt).where(sql`state = 'COMPLETED' AND archived IS NULL`),
    // Two jobs never hold the same prediction: a lost submission is adopted once.
    uniqueIndex('jobs_by_prediction').on(table.predictionId).where(sql`prediction_id IS NOT NULL`),
  ],
)

/** What happened to a job, one row a version, written with the job's row and never changed. */
export const timeline = sqliteTable(
  'timeline',
  {
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    at: integer().notNull(),
    state: text().$type<JobState>().notNull(),
    message: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.version] })],
)
