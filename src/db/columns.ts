import type { AccessKey } from '../access/key.ts'
import type { AuditEntry, Ticket } from '../access/store.ts'
import type { Tenant } from '../access/tenants.ts'
import type { Estimate } from '../jobs/estimate.ts'
import { JobUnreadableError } from '../jobs/history-error.ts'
import type { Hold } from '../jobs/hold.ts'
import type { JobInput } from '../jobs/input.ts'
import type { Job, JobError, JobOutput, JobState } from '../jobs/job.ts'
import { jobStates } from '../jobs/state.ts'
import type { Submission } from '../jobs/submission.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { WorkKind } from '../jobs/work.ts'
import type { Upload } from '../uploads/upload.ts'

/**
 * What a column holds, for both databases. `time` is milliseconds since 1970 to the millisecond, `number` any number,
 * `json` its text.
 */
export type ColumnKind = 'text' | 'integer' | 'number' | 'boolean' | 'time' | 'json'

/** What the database refuses to hold besides what is of another kind. */
interface Bounds {
  readonly oneOf?: readonly string[]
  /** Of JSON. */
  readonly shape?: 'object' | 'array'
  /** Of numbers: more than nothing, and no more than this. */
  readonly upTo?: number
}

export interface Column<T = unknown> extends Bounds {
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

const column = <T>(kind: ColumnKind, bounds?: Bounds): Column<T> => ({ kind, nullable: false, ...bounds })
const optional = <T>(kind: ColumnKind, bounds?: Bounds): Column<T | null> => ({
  kind,
  nullable: true,
  ...bounds,
})

/** One row a job: what was asked for and all that became of it. */
export const jobColumns = {
  id: column<string>('text'),
  tenant: column<TenantId>('text'),
  version: column<number>('integer'),
  state: column<JobState>('text', { oneOf: jobStates }),
  model: column<string>('text'),
  input: column<JobInput>('json', { shape: 'object' }),
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
  outputs: column<readonly JobOutput[]>('json', { shape: 'array' }),
  archived: optional<NonNullable<Job['archived']>>('text', { oneOf: ['KEPT', 'LOST'] }),
  inferenceMs: optional<number>('number'),
  estimate: optional<Estimate>('json'),
  error: optional<JobError>('json', { shape: 'object' }),
  runAt: column<number>('time'),
} satisfies { readonly [K in keyof Job]: Column<Job[K]> }

/**
 * What is to be done, one row a piece. Narrow and apart from the jobs, whose indexes would make each write of a wide row dear.
 */
export const dueColumns = {
  kind: column<WorkKind>('text', { oneOf: ['poll', 'copy'] satisfies WorkKind[] }),
  id: column<string>('text'),
  /** When it is due; while it is leased, when the lease ends. */
  at: column<number>('time'),
  owner: optional<string>('text'),
}

/** What was sent for a job: what the account's limits count. It outlives its job. */
export const submissionColumns = {
  jobId: column<string>('text'),
  tenant: column<TenantId>('text'),
  fingerprint: column<string>('text'),
  attempt: column<number>('integer'),
  begunAt: column<number>('time'),
  sentAt: optional<number>('time'),
  countedAt: column<number>('time'),
  predictionId: optional<string>('text'),
  guessed: column<boolean>('boolean'),
  endedAt: optional<number>('time'),
} satisfies { readonly [K in keyof Submission]: Column<Submission[K]> }

/** What holds submissions up, one row a place: hardly ever one. */
export const holdColumns = {
  place: column<string>('text'),
  scope: column<Hold['scope']>('text'),
  message: column<string>('text'),
  since: column<number>('time'),
  until: column<number>('time'),
  refusals: column<number>('integer'),
  triedBy: optional<string>('text'),
  triedUntil: optional<number>('time'),
} satisfies { readonly [K in keyof Hold]: Column<Hold[K]> }

/** What is known of a tenant besides its jobs. One without a row is as any other. */
export const tenantColumns = {
  id: column<TenantId>('text'),
  /** How large its share is of what the account allows, beside the others': 1 where nothing is said. */
  weight: column<number>('number', { upTo: 1_000_000 }),
  createdAt: column<number>('time'),
  requestsPerSecond: optional<number>('integer'),
  costPerMinute: optional<number>('integer'),
  creationsPerMinute: optional<number>('integer'),
  waitingJobs: optional<number>('integer'),
  runningJobs: optional<number>('integer'),
  streams: optional<number>('integer'),
  uploadsPerDay: optional<number>('integer'),
} satisfies { readonly [K in keyof Tenant]: Column<Tenant[K]> }

/** How much of something a tenant did since a moment: what is limited for each, by all gateways together. */
export const usageColumns = {
  tenant: column<TenantId>('text'),
  kind: column<'creation' | 'upload'>('text', { oneOf: ['creation', 'upload'] }),
  since: column<number>('time'),
  times: column<number>('integer'),
}

/** How long completed jobs of a kind took, by the vendor: the last ones of each, in numbered places. */
export const durationColumns = {
  kind: column<string>('text'),
  slot: column<number>('integer'),
  ms: column<number>('number'),
  /** When that was heard of. */
  at: column<number>('time'),
}

/** Clips that were sent through the gateway. */
export const uploadColumns = {
  id: column<string>('text'),
  tenant: column<TenantId>('text'),
  url: column<string>('text'),
  filename: column<string>('text'),
  contentType: column<string>('text'),
  bytes: column<number>('integer'),
  hash: column<string>('text'),
  createdAt: column<number>('time'),
  expiresAt: column<number>('time'),
  kept: optional<string>('text'),
} satisfies { readonly [K in keyof Upload]: Column<Upload[K]> }

/** Who was served when, one row a tenant that ever was. */
export const turnColumns = {
  tenant: column<TenantId>('text'),
  /** When a job of it was claimed last. No two are the same: one of the same millisecond counts as later. */
  servedAt: column<number>('time'),
}

/** What a change may leave a job as. */
export type ChangedTo = JobState | 'DELETED'

/**
 * What happened to jobs: one row a version, written with the job's row and never changed. The rows of a job are its timeline.
 * They go with it, but for one that says that it was deleted. The database numbers them, each in a column of its own.
 */
export const changeColumns = {
  jobId: column<string>('text'),
  tenant: column<TenantId>('text'),
  version: column<number>('integer'),
  at: column<number>('time'),
  state: column<ChangedTo>('text', { oneOf: [...jobStates, 'DELETED'] }),
  message: column<string>('text'),
}

/** Keys of the gateway, of which nothing is kept that lets anybody in. */
export const accessKeyColumns = {
  id: column<string>('text'),
  tenant: column<TenantId>('text'),
  hash: column<string>('text'),
  hint: column<string>('text'),
  name: column<string>('text'),
  scopes: column<AccessKey['scopes']>('json', { shape: 'array' }),
  createdBy: column<string>('text'),
  createdAt: column<number>('time'),
  expiresAt: optional<number>('time'),
  revokedAt: optional<number>('time'),
  lastUsedAt: optional<number>('time'),
} satisfies { readonly [K in keyof AccessKey]: Column<AccessKey[K]> }

/** Who did what. Rows are only added, and numbered by the database in a column of its own. */
export const auditColumns = {
  at: column<number>('time'),
  tenant: column<TenantId>('text'),
  actor: column<string>('text'),
  action: column<string>('text'),
  target: optional<string>('text'),
  address: optional<string>('text'),
  result: column<string>('text'),
} satisfies { readonly [K in keyof AuditEntry]: Column<AuditEntry[K]> }

export const ticketColumns = {
  hash: column<string>('text'),
  tenant: column<TenantId>('text'),
  kind: column<Ticket['kind']>('text'),
  viewerId: column<string>('text'),
  name: column<string>('text'),
  jobIds: optional<NonNullable<Ticket['jobIds']>>('json', { shape: 'array' }),
  expiresAt: column<number>('time'),
  endsAt: optional<number>('time'),
} satisfies { readonly [K in keyof Ticket]: Column<Ticket[K]> }

/** What gateways that share a history have to agree on, and nobody else may know. */
export const secretColumns = { name: column<string>('text'), value: column<string>('text') }

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

/** A row as the driver takes it, or parameters: numbers that no column describes are times, limits and counts, all whole. */
export function encoded(columns: Columns, codec: Codec, row: object): Record<string, unknown> {
  const result = converted(columns, codec.encode, row as Readonly<Record<string, unknown>>)
  for (const [name, value] of Object.entries(result))
    if (typeof value === 'number' && !(name in columns)) result[name] = Math.round(value)
  return result
}

/**
 * The driver's rows as they are read.
 *
 * @throws JobUnreadableError where one holds what the database should have refused
 */
export function decoded(columns: Columns, codec: Codec, rows: readonly object[]): object[] {
  const read = Object.entries(columns).filter(([, { kind }]) => codec.decode[kind])
  if (read.length === 0) return [...rows]
  const these = Object.fromEntries(read)
  return rows.map((row: { readonly id?: unknown; readonly jobId?: unknown }) => {
    try {
      return converted(these, codec.decode, row as Readonly<Record<string, unknown>>)
    } catch {
      throw new JobUnreadableError(String(row.id ?? row.jobId))
    }
  })
}
