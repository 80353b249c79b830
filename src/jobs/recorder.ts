import type { JobEvents } from './events.ts'
import type { Job, TimelineEntry } from './job.ts'
import type { JobLines } from './job-lines.ts'
import type { Awaitable, Change, Decide } from './store.ts'
import type { Claim, ClaimRequest, JobStore } from './work.ts'

/**
 * The only way to write a job: the store commits row, timeline and version in one transaction, and the event
 * leaves after that commit, never before.
 */
export interface Recorder {
  insert(job: Job, entry: TimelineEntry): Promise<Job | null>
  change(id: string, decide: Decide): Promise<Change | null>
  claim(request: ClaimRequest): Promise<Claim>
  advance(id: string, decide: Decide): Promise<Change | null>
  /**
   * Tells of jobs as they stand whose last write failed: it may have been committed all the same, and whoever follows the
   * job would never hear of it. Throws if the history cannot be read.
   */
  settle(): Promise<void>
}

export function createRecorder(
  store: Pick<JobStore, 'job' | 'insert' | 'change' | 'claim' | 'advance'>,
  events: Pick<JobEvents, 'publish'>,
  lines: JobLines = { recorded() {}, changed() {} },
): Recorder {
  function tell(change: Change | null): void {
    if (!change?.after) return
    lines.changed(change.before, change.after)
    events.publish(change.after)
  }

  /** Jobs whose last write failed. */
  const doubtful = new Set<string>()

  /** A write to a job. The first that succeeds after one that failed tells what became of that one. */
  async function writing<T>(id: string, write: () => Awaitable<T>): Promise<T> {
    let result: T
    try {
      result = await write()
    } catch (error) {
      doubtful.add(id)
      throw error
    }
    // If it fails, the next one or the next admission tries again.
    if (doubtful.size > 0) void settle().catch(() => {})
    return result
  }

  async function settle(): Promise<void> {
    for (const id of [...doubtful]) {
      const job = await store.job(id)
      if (doubtful.delete(id) && job !== null) events.publish(job)
    }
  }

  return {
    settle,
    async insert(job, entry) {
      const holder = await writing(job.id, () => store.insert(job, entry))
      if (holder !== null) return holder
      lines.recorded(job)
      events.publish(job)
      return null
    },
    async change(id, decide) {
      const change = await writing(id, () => store.change(id, decide))
      tell(change)
      return change
    },
    async claim(request) {
      const claim = await store.claim(request)
      if (claim.kind === 'claimed') events.publish(claim.transition.job)
      return claim
    },
    async advance(id, decide) {
      const change = await writing(id, () => store.advance(id, decide))
      tell(change)
      return change
    },
  }
}
