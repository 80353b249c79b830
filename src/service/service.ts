import { isDeepStrictEqual } from 'node:util'
import { createJobId, drawSeed, type RandomBytes } from '../jobs/id.ts'
import type { InputDraft, InputIssue, InputRules } from '../jobs/input.ts'
import type { Job, JobState } from '../jobs/job.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { activeStates, transition } from '../jobs/state.ts'
import type { CreationLimits, Tenants } from '../jobs/store.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { Upload, UploadStore } from '../uploads/upload.ts'
import { IdempotencyConflictError, InvalidInputError, JobNotFoundError, JobStateError } from './error.ts'
import { createRemove, type RemoveOptions } from './remove.ts'
import { type RemoveUploadOptions, removeUpload } from './remove-upload.ts'
import { droppedSince, withUploads } from './sources.ts'

/** Room for a UUID, a hash or a URL; what every log, header and index takes as it is. */
export const longestKey = 255
const keyPattern = new RegExp(`^[\\x21-\\x7e]{1,${longestKey}}$`)

/** States from which a new attempt makes sense. */
const retryableStates: readonly JobState[] = ['FAILED', 'CANCELED']

export interface JobService {
  /**
   * Checks, records and queues a job. Throws InvalidInputError with every issue, or RateLimitedError; then nothing was
   * recorded.
   *
   * @param idempotencyKey the client's own name for this request: if a job was made with it before, that one is
   * answered, and an IdempotencyConflictError is thrown if it was made from another input
   */
  create(model: string, draft: InputDraft, idempotencyKey?: string | null): Promise<Job>
  /**
   * Ends a job for its user. A waiting one was never sent; one that was sent goes on at the vendor, which has no
   * cancel, and is billed: `stillBilled` says so.
   */
  cancel(id: string): Promise<{ readonly job: Job; readonly stillBilled: boolean }>
  /**
   * A new job with the input of a FAILED or CANCELED one, linked to it. A seed left to chance is drawn anew. A key makes
   * it safe to repeat, as with `create`.
   */
  retry(id: string, idempotencyKey?: string | null): Promise<Job>
  /**
   * Removes a finished job from the history, and first from the vendor (if asked) and its outputs from the archive. If
   * either cannot be done the job stays, and it may be asked for again; the error tells what was done already. Answers
   * the job as it was.
   */
  remove(id: string, fromVendor: boolean): Promise<Job>
  /**
   * Removes an upload here: the archive's copy, then the row. The vendor drops its own when that expires. Answers the upload
   * as it was. Throws UploadNotFoundError, or ArchiveUnavailableError, and then it was kept.
   */
  removeUpload(id: string): Promise<Upload>
}

export interface ServiceOptions extends RemoveOptions {
  readonly archiver: RemoveOptions['archiver'] & RemoveUploadOptions['archiver']
  readonly history: RemoveOptions['history'] & Tenants
  readonly recorder: Recorder
  readonly rules: InputRules
  /** What jobs may name in place of the address of a file; by default nothing. */
  readonly uploads?: UploadStore | undefined
  readonly random: RandomBytes
}

/** What a job is made from; a drawn seed is not yet drawn in it. */
type Wanted = Pick<Job, 'model' | 'input' | 'prompt' | 'seedDrawn'>

/** For whom something is asked. */
export interface Asking {
  readonly tenant: TenantId
  /** Who it is, for the timeline. */
  readonly by?: string | null
  /** What the tenant may record; read for each new job, and no limit where this is left out. */
  readonly limits?: () => Promise<CreationLimits>
}

/** What a user of a tenant can ask of its jobs. */
export function createJobService(options: ServiceOptions, { tenant, by = null, limits }: Asking): JobService {
  const { history, rules, clock, random } = options
  const store = history.for(tenant)
  const uploads = options.uploads?.for(tenant)
  const recorder = options.recorder.for(tenant)

  /** Answers the new job, or the one that was made with the key before. */
  async function record(wanted: Wanted, retryOf: string | null, idempotencyKey: string | null) {
    const { model, input, prompt, seedDrawn } = wanted
    const now = clock.now()
    const job: Job = {
      id: createJobId(now, random),
      tenant,
      version: 1,
      state: 'QUEUED',
      model,
      input: seedDrawn ? rules.withSeed(model, input, drawSeed(random)) : input,
      prompt,
      seedDrawn,
      retryOf,
      idempotencyKey,
      callbackToken: null,
      createdAt: now,
      updatedAt: now,
      submittedAt: null,
      finishedAt: null,
      deadlineAt: null,
      predictionId: null,
      vendorStatus: null,
      outputs: [],
      archived: null,
      inferenceMs: null,
      estimate: null,
      error: null,
      runAt: now,
    }
    const words = ['Recorded', retryOf && `as a retry of ${retryOf}`, by && `by ${by}`]
    const message = `${words.filter(Boolean).join(' ')}.`
    const entry = { version: 1, at: now, state: job.state, message }
    const holder = await recorder.insert(job, entry, await limits?.())
    return holder ?? job
  }

  async function existing(id: string): Promise<Job> {
    const job = await store.job(id)
    if (job === null) throw new JobNotFoundError(id)
    return job
  }

  return {
    async create(model, draft, idempotencyKey = null) {
      const given = await withUploads(draft, rules.sources(model), uploads, clock.now())
      const checked = rules.check(model, given.draft)
      const other = ('issues' in checked ? checked.issues : []).filter(
        ({ path }) => !given.issues.some((issue) => issue.path === path),
      )
      const issues = [...keyIssues(idempotencyKey), ...given.issues, ...other]
      if ('issues' in checked || issues.length > 0) throw new InvalidInputError(issues)
      const wanted = { model, ...checked }
      const job = await record(wanted, null, idempotencyKey)
      if (job.retryOf !== null || !isMadeFrom(job, wanted, rules)) throw new IdempotencyConflictError(job.id)
      return job
    },

    async cancel(id) {
      const change = await recorder.change(id, (job) =>
        transition(job, { type: 'canceled', by }, clock.now()),
      )
      if (change === null) throw new JobNotFoundError(id)
      const { before, after } = change
      if (after === null) throw new JobStateError('canceled', before.state, ['QUEUED', ...activeStates])
      return { job: after, stillBilled: after.submittedAt !== null }
    },

    async retry(id, idempotencyKey = null) {
      const issues = keyIssues(idempotencyKey)
      if (issues.length > 0) throw new InvalidInputError(issues)
      const old = await existing(id)
      if (!retryableStates.includes(old.state)) throw new JobStateError('retried', old.state, retryableStates)
      const dropped = await droppedSince(old.input, rules.sources(old.model), uploads, clock.now())
      if (dropped.length > 0) throw new InvalidInputError(dropped)
      const job = await record(old, old.id, idempotencyKey)
      if (job.retryOf !== old.id) throw new IdempotencyConflictError(job.id)
      return job
    },

    remove: createRemove(options, store),
    removeUpload: (id) => removeUpload(options, uploads, id),
  }
}

/** Whoever is told what a service is asked for, and what became of it. */
export interface Told {
  /** Each job that it is about. */
  readonly note: (jobId: string) => void
  /** What a limit refused. */
  readonly limited: (error: RateLimitedError) => void
  /** Does what a mutation asks for, and writes down what came of it. */
  readonly act: <T>(
    mutation: string,
    /** Of the job, or the upload. */
    subject: string | null,
    act: () => Promise<T>,
    idOf?: (done: T) => string,
  ) => Promise<T>
}

/** The same service, that tells what it is asked for. */
export function telling(service: JobService, { note, limited, act }: Told): JobService {
  const making = async (mutation: string, of: string | null, make: () => Promise<Job>) => {
    try {
      const job = await act(mutation, of, make, ({ id }) => id)
      note(job.id)
      return job
    } catch (error) {
      if (error instanceof RateLimitedError) limited(error)
      throw error
    }
  }
  return {
    create: (...request) => making('createJob', null, () => service.create(...request)),
    cancel(id) {
      note(id)
      return act('cancelJob', id, () => service.cancel(id))
    },
    retry(id, key) {
      note(id)
      return making('retryJob', id, () => service.retry(id, key))
    },
    remove(id, fromVendor) {
      note(id)
      return act('deleteJob', id, () => service.remove(id, fromVendor))
    },
    removeUpload: (id) => act('deleteUpload', id, () => service.removeUpload(id)),
  }
}

function keyIssues(key: string | null): InputIssue[] {
  if (key === null || keyPattern.test(key)) return []
  const message = `idempotencyKey has to be 1 to ${longestKey} printable ASCII characters without spaces.`
  return [{ path: 'idempotencyKey', message, minimum: 1, maximum: longestKey }]
}

/** Whether `job` was made from what is wanted now; the seed that was drawn for it does not count. */
function isMadeFrom(job: Job, { model, input, seedDrawn }: Wanted, rules: InputRules): boolean {
  if (job.model !== model || job.seedDrawn !== seedDrawn) return false
  // An older version may have recorded it in another form, such as an address without its normal form.
  const checked = rules.check(model, job.input)
  const made = 'input' in checked ? checked.input : job.input
  const [one, other] = [made, input].map((of) => (seedDrawn ? rules.withSeed(model, of, 0) : of))
  // As it is recorded: -0, for one, becomes 0 there.
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))
}
