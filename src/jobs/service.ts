import { InvalidInputError, JobNotFoundError, JobStateError, VendorUnavailableError } from '../errors.ts'
import { submissionLife } from './cadence.ts'
import { createJobId, drawSeed, type RandomBytes } from './id.ts'
import type { Journal } from './journal.ts'
import type { Clock, InputDraft, InputRules, Job, JobInput, JobState, JobStore, Vendor } from './ports.ts'
import { isTerminal, terminalStates, transition } from './state.ts'

/** The vendor's word for "draw one". */
const randomSeed = -1

/** States from which a new attempt makes sense. */
const retryableStates: readonly JobState[] = ['FAILED', 'CANCELED']

export interface JobService {
  /** Checks, records and queues a job. Throws InvalidInputError with every issue; then nothing was recorded. */
  create(model: string, draft: InputDraft): Promise<Job>
  /**
   * Ends a job for its user. A waiting one was never sent; one that was sent goes on at the vendor, which has no
   * cancel, and is billed: `stillBilled` says so.
   */
  cancel(id: string): Promise<{ readonly job: Job; readonly stillBilled: boolean }>
  /** A new job with the input of a FAILED or CANCELED one, linked to it. A seed left to chance is drawn anew. */
  retry(id: string): Promise<Job>
  /** Removes a finished job from the history, and first from the vendor if asked. Answers the job as it was. */
  remove(id: string, fromVendor: boolean): Promise<Job>
}

export interface ServiceOptions {
  readonly store: Pick<JobStore, 'job' | 'remove'>
  readonly journal: Journal
  readonly rules: InputRules
  readonly vendor: Pick<Vendor, 'remove'>
  readonly clock: Clock
  readonly random: RandomBytes
  /** Told when a job was queued or a place became free. */
  readonly admit: () => void
}

/** What a user can ask of jobs. */
export function createJobService(options: ServiceOptions): JobService {
  const { store, journal, rules, vendor, clock, random, admit } = options

  async function record(model: string, input: JobInput, seedDrawn: boolean, retryOf: string | null) {
    const now = clock.now()
    const job: Job = {
      id: createJobId(now, random),
      version: 1,
      state: 'QUEUED',
      model,
      input: seedDrawn ? { ...input, seed: drawSeed(random) } : input,
      seedDrawn,
      retryOf,
      idempotencyKey: null,
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
      error: null,
      runAt: now,
    }
    const message = retryOf === null ? 'Recorded.' : `Recorded as a retry of ${retryOf}.`
    await journal.insert(job, { version: 1, at: now, state: job.state, message })
    admit()
    return job
  }

  async function existing(id: string): Promise<Job> {
    const job = await store.job(id)
    if (job === null) throw new JobNotFoundError(id)
    return job
  }

  return {
    async create(model, draft) {
      const checked = rules(draft)
      if ('issues' in checked) throw new InvalidInputError(checked.issues)
      return record(model, checked.input, checked.input.seed === randomSeed, null)
    },

    async cancel(id) {
      let before: Job | null = null
      const canceled = await journal.apply(id, (job) => {
        before = job
        return transition(job, { type: 'canceled' }, clock.now())
      })
      if (canceled === null) {
        const job = before ?? (await existing(id))
        throw new JobStateError('canceled', job.state, ['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING'])
      }
      admit()
      return { job: canceled.job, stillBilled: canceled.job.submittedAt !== null }
    },

    async retry(id) {
      const old = await existing(id)
      if (!retryableStates.includes(old.state)) throw new JobStateError('retried', old.state, retryableStates)
      return record(old.model, old.input, old.seedDrawn, old.id)
    },

    async remove(id, fromVendor) {
      const job = await existing(id)
      if (!isTerminal(job.state)) throw new JobStateError('deleted', job.state, terminalStates)
      // Its POST may still be under way: the id of what it bills would be lost with the row.
      const canceledUnsettled =
        job.state === 'CANCELED' && job.predictionId === null && job.submittedAt !== null
      if (canceledUnsettled && clock.now() - (job.submittedAt ?? 0) < submissionLife * 2) {
        throw new JobStateError('deleted', 'SUBMITTING', terminalStates)
      }
      if (fromVendor && job.predictionId !== null) {
        const removed = await vendor.remove(job.predictionId)
        if (!removed.ok) {
          throw new VendorUnavailableError(
            `The vendor did not delete it, so it was kept here: ${removed.message}`,
          )
        }
      }
      const gone = await store.remove(id, (now) => isTerminal(now.state))
      if (gone === null) throw new JobNotFoundError(id)
      return gone
    },
  }
}
