export interface Index {
  readonly name: string
  /** Properties of the table's columns. */
  readonly on: readonly string[]
  readonly unique?: boolean
  /** In SQL, where it holds only some of the rows. */
  readonly where?: string
}

const queued = `state = 'QUEUED'`

export const jobIndexes: readonly Index[] = [
  // Lists, in both orders: of all jobs, of a state, of a model, and of both.
  { name: 'jobs_by_creation', on: ['tenant', 'createdAt', 'id'] },
  { name: 'jobs_by_update', on: ['tenant', 'updatedAt', 'id'] },
  { name: 'jobs_by_state', on: ['tenant', 'state', 'createdAt', 'id'] },
  { name: 'jobs_by_state_update', on: ['tenant', 'state', 'updatedAt', 'id'] },
  { name: 'jobs_by_model', on: ['tenant', 'model', 'state', 'createdAt', 'id'] },
  { name: 'jobs_by_model_update', on: ['tenant', 'model', 'state', 'updatedAt', 'id'] },
  { name: 'jobs_by_retry', on: ['retryOf'], where: 'retry_of IS NOT NULL' },
  // Two requests with the same key make one job, however close together they come.
  {
    name: 'jobs_by_idempotency_key',
    on: ['tenant', 'idempotencyKey'],
    unique: true,
    where: 'idempotency_key IS NOT NULL',
  },
  // Who is next, of each tenant, with what decides whether it may start.
  { name: 'jobs_waiting', on: ['tenant', 'createdAt', 'id', 'runAt', 'model'], where: queued },
  // What the archive has still to copy: empty where it is on and has caught up.
  { name: 'jobs_to_archive', on: ['finishedAt'], where: `state = 'COMPLETED' AND archived IS NULL` },
  // Two jobs never hold the same prediction: a lost submission is adopted once.
  { name: 'jobs_by_prediction', on: ['predictionId'], unique: true, where: 'prediction_id IS NOT NULL' },
]

export const submissionIndexes: readonly Index[] = [
  // With all that is asked of them while they count.
  { name: 'submissions_by_time', on: ['countedAt', 'endedAt', 'tenant'] },
  // Those that are under way are the ones without an end.
  { name: 'submissions_by_end', on: ['endedAt', 'tenant'] },
  { name: 'submissions_by_prediction', on: ['predictionId'], where: 'prediction_id IS NOT NULL' },
  // Those that may have made a task that turns up: also of jobs that were given up.
  { name: 'submissions_unsettled', on: ['fingerprint'], where: 'prediction_id IS NULL' },
]

export const uploadIndexes: readonly Index[] = [
  { name: 'uploads_by_tenant', on: ['tenant', 'id'] },
  { name: 'uploads_by_hash', on: ['tenant', 'hash', 'expiresAt'] },
  { name: 'uploads_by_url', on: ['tenant', 'url', 'id'] },
]

/** The last turn of all. */
export const turnIndexes: readonly Index[] = [{ name: 'turns_by_time', on: ['servedAt'], unique: true }]

export const dueIndexes: readonly Index[] = [{ name: 'due_by_time', on: ['kind', 'at'] }]

export const accessKeyIndexes: readonly Index[] = [
  { name: 'access_keys_by_hash', on: ['hash'], unique: true },
  { name: 'access_keys_by_tenant', on: ['tenant', 'createdAt', 'id'] },
]

/** `sequence` is the column by which the database numbers them. */
export const auditIndexes: readonly Index[] = [{ name: 'audit_by_tenant', on: ['tenant', 'sequence'] }]

export const ticketIndexes: readonly Index[] = [{ name: 'tickets_by_time', on: ['expiresAt'] }]

/** Of those that are gone, which are the only ones to be removed by their age. */
export const changeIndexes: readonly Index[] = [
  { name: 'changes_of_deletions', on: ['at'], where: `state = 'DELETED'` },
]
