import type { JobInput } from '../jobs/input.ts'
import type { Job, JobError, JobOutput, JobState } from '../jobs/job.ts'
import type { Submission } from '../jobs/submission.ts'
import type { WorkKind } from '../jobs/work.ts'

/**
 * What a column holds, for both databases. `time` is milliseconds since 1970 to the millisecond, `number` any number,
 * `json` its text.
 */
export type ColumnKind = 'text' | 'integer' | 'number' | 'boolean' | 'time' | 'json'

export interface Column<T = unknown> {
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** Only for the compiler: what is read from it. */
  readonly holds?: T
}

/** Columns by the names of the properties that they are read as. */
export type Columns = Readonly<Record<string, Column>>

/** What a row of these columns is read as. */
export type RowOf<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never
}

const column = <T>(kind: ColumnKind): Column<T> => ({ kind, nullable: false })
const optional = <T>(kind: ColumnKind): Column<T | null> => ({ kind, nullable: true })

/** One row a job: what was asked for and all that became of it. */
export const jobColumns = {
  id: column<string>('text'),
  version: column<number>('integer'),
  state: column<JobState>('text'),
  model: column<string>('text'),
  input: column<JobInput>('json'),
  /** Also inside `input`; its own column so that the history can be searched for it. */
  prompt: column<string>('text'),
  seedDrawn: column<boolean>('boolean'),
  retryOf: optional<string>('text'),
  idempotencyKey: optional<string>('text'),
  callbackToken: optional<string>('text'),
  createdAt: column<number>('time'),
  updatedAt: column<number>('time'),
  submittedAt: optional<number>('time'),
  finishedAt: optional<number>('time'),
  deadlineAt: optional<number>('time'),
  predictionId: optional<string>('text'),
  vendorStatus: optional<string>('text'),
  outputs: column<readonly JobOutput[]>('json'),
  archived: optional<NonNullable<Job['archived']>>('text'),
  inferenceMs: optional<number>('number'),
  error: optional<JobError>('json'),
  runAt: column<number>('time'),
} satisfies { readonly [K in keyof Job]: Column<Job[K]> }

/**
 * What is to be done, one row a piece. Narrow and apart from the jobs, whose indexes would make each write of a wide row dear.
 */
export const dueColumns = {
  kind: column<WorkKind>('text'),
  id: column<string>('text'),
  /** When it is due; while it is leased, when the lease ends. */
  at: column<number>('time'),
  owner: optional<string>('text'),
}

/** What was sent for a job: what the account's limits count. It outlives its job. */
export const submissionColumns = {
  jobId: column<string>('text'),
  attempt: column<number>('integer'),
  begunAt: column<number>('time'),
  sentAt: optional<number>('time'),
  countedAt: column<number>('time'),
  predictionId: optional<string>('text'),
  endedAt: optional<number>('time'),
} satisfies { readonly [K in keyof Submission]: Column<Submission[K]> }

/** What happened to a job, one row a version, written with the job's row and never changed. */
export const timelineColumns = {
  jobId: column<string>('text'),
  version: column<number>('integer'),
  at: column<number>('time'),
  state: column<JobState>('text'),
  message: column<string>('text'),
}

export interface Index {
  readonly name: string
  /** Properties of the table's columns. */
  readonly on: readonly string[]
  readonly unique?: boolean
  /** In SQL, where it holds only some of the rows. */
  readonly where?: string
}

export const jobIndexes: readonly Index[] = [
  { name: 'jobs_by_creation', on: ['createdAt', 'id'] },
  { name: 'jobs_by_update', on: ['updatedAt', 'id'] },
  { name: 'jobs_by_state', on: ['state', 'createdAt', 'id'] },
  { name: 'jobs_by_model', on: ['model', 'createdAt', 'id'] },
  { name: 'jobs_by_retry', on: ['retryOf'], where: 'retry_of IS NOT NULL' },
  // Two requests with the same key make one job, however close together they come.
  {
    name: 'jobs_by_idempotency_key',
    on: ['idempotencyKey'],
    unique: true,
    where: 'idempotency_key IS NOT NULL',
  },
  // What the archive has still to copy: empty where it is on and has caught up.
  { name: 'jobs_to_archive', on: ['finishedAt'], where: `state = 'COMPLETED' AND archived IS NULL` },
  // Two jobs never hold the same prediction: a lost submission is adopted once.
  { name: 'jobs_by_prediction', on: ['predictionId'], unique: true, where: 'prediction_id IS NOT NULL' },
]

export const submissionIndexes: readonly Index[] = [
  { name: 'submissions_by_time', on: ['countedAt'] },
  // Those that are under way are the ones without an end.
  { name: 'submissions_by_end', on: ['endedAt'] },
  { name: 'submissions_by_prediction', on: ['predictionId'], where: 'prediction_id IS NOT NULL' },
]

export const dueIndexes: readonly Index[] = [{ name: 'due_by_time', on: ['kind', 'at'] }]

/** The name of a column in SQL. */
export function nameOf(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** How a database keeps each kind where the driver's own way is another. */
export interface Codec {
  readonly encode: { readonly [K in ColumnKind]?: (value: never) => unknown }
  readonly decode: { readonly [K in ColumnKind]?: (value: never) => unknown }
}

function converted(columns: Columns, ways: Codec['encode'], row: Readonly<Record<string, unknown>>) {
  const result: Record<string, unknown> = { ...row }
  for (const [property, { kind }] of Object.entries(columns)) {
    const way = ways[kind]
    const value = row[property]
    if (way && value !== null && value !== undefined) result[property] = way(value as never) // of that kind
  }
  return result
}

/** A row as the driver takes it. */
export function encoded(columns: Columns, codec: Codec, row: object): Record<string, unknown> {
  return converted(columns, codec.encode, row as Readonly<Record<string, unknown>>)
}

/** The driver's rows as they are read. */
export function decoded(columns: Columns, codec: Codec, rows: readonly object[]): object[] {
  const read = Object.entries(columns).filter(([, { kind }]) => codec.decode[kind])
  if (read.length === 0) return [...rows]
  const these = Object.fromEntries(read)
  return rows.map((row) => converted(these, codec.decode, row as Readonly<Record<string, unknown>>))
}
