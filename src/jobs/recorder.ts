import type { JobEvents } from './events.ts'
import type { JobLines } from './job-lines.ts'
import { RateLimitedError } from './rate-limited.ts'
import type { Change, JobWriter, Tenants } from './store.ts'
import type { TenantId } from './tenant.ts'
import type { JobWork } from './work.ts'

/**
 * The only way to write a job: the store commits row, timeline and version in one transaction, and the event
 * leaves after that commit, never before.
 */
export interface Recorder extends Pick<JobWork, 'change' | 'claim' | 'advance' | 'withdraw' | 'correct'> {
  /** For those who ask on behalf of a tenant. */
  for(tenant: TenantId): Pick<JobWriter, 'insert' | 'change'>
  /**
   * Tells of jobs as they stand whose last write failed: it may have been committed all the same, and whoever follows the
   * job would never hear of it. Throws if the history cannot be read.
   */
  settle(): Promise<void>
}

export function createRecorder(
  history: Tenants & {
    readonly work: Pick<JobWork, 'job' | 'change' | 'claim' | 'advance' | 'withdraw' | 'correct'>
  },
  events: Pick<JobEvents, 'publish'>,
  lines: JobLines = { recorded() {}, changed() {} },
): Recorder {
  const { work } = history

  function tell(change: Change | null): Change | null {
    if (change?.after) {
      lines.changed(change.before, change.after)
      events.publish(change.after)
    }
    return change
  }

  /** Jobs whose last write failed. */
  const doubtful = new Set<string>()

  /** A write to a job. The first that succeeds after one that failed tells what became of that one. */
  async function writing<T>(id: string, write: () => Promise<T>): Promise<T> {
    let result: T
    try {
      result = await write()
    } catch (error) {
      if (!(error instanceof RateLimitedError)) doubtful.add(id)
      throw error
    }
    // If it fails, the next one or the next admission tries again.
    if (doubtful.size > 0) void settle().catch(() => {})
    return result
  }

  async function settle(): Promise<void> {
    for (const id of [...doubtful]) {
      const job = await work.job(id)
      if (doubtful.delete(id) && job !== null) events.publish(job)
    }
  }

  return {
    settle,
    for(tenant) {
      const writer = history.for(tenant)
      return {
        async insert(job, entry, limits) {
          const holder = await writing(job.id, () => writer.insert(job, entry, limits))
          if (holder !== null) return holder
          lines.recorded(job)
          events.publish(job)
          return null
        },
        change: async (id, decide) => tell(await writing(id, () => writer.change(id, decide))),
      }
    },
    change: async (id, decide) => tell(await writing(id, () => work.change(id, decide))),
    async claim(request) {
      const claim = await work.claim(request)
      if (claim.kind === 'claimed') for (const { job } of claim.transitions) events.publish(job)
      return claim
    },
    advance: async (id, decide) => tell(await writing(id, () => work.advance(id, decide))),
    withdraw: async (id, attempt, decide) =>
      tell(await writing(id, () => work.withdraw(id, attempt, decide))),
    async correct(id, predictionId, decide) {
      const corrected = await writing(id, () => work.correct(id, predictionId, decide))
      tell(corrected?.own ?? null)
      tell(corrected?.holder ?? null)
      return corrected
    },
  }
}
