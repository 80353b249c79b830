import type { JobLines } from './job-lines.ts'
import type { Awaitable, Decide, Job, JobEvents, JobStore, TimelineEntry, Transition } from './ports.ts'

/**
 * The only way to write a job: the store commits row, timeline and version in one transaction, and the event
 * leaves after that commit, never before.
 */
export interface Recorder {
  insert(job: Job, entry: TimelineEntry): Promise<Job | null>
  apply(id: string, decide: Decide): Promise<Transition | null>
  claim: (...request: Parameters<JobStore['claim']>) => Promise<Awaited<ReturnType<JobStore['claim']>>>
  finishStep: (
    ...step: Parameters<JobStore['finishStep']>
  ) => Promise<Awaited<ReturnType<JobStore['finishStep']>>>
  /**
   * Tells of jobs as they stand whose last write failed: it may have been committed all the same, and whoever follows the
   * job would never hear of it. Throws if the history cannot be read.
   */
  settle(): Promise<void>
}

export function createRecorder(
  store: JobStore,
  events: Pick<JobEvents, 'publish'>,
  lines: JobLines = { recorded() {}, changed() {} },
): Recorder {
  /** The same decision; what it judged last is what the transition changed. */
  function watched(decide: Decide) {
    let judged: Job | null = null
    return {
      decide: (job: Job) => {
        judged = job
        return decide(job)
      },
      tell(transition: Transition | null) {
        if (!transition) return
        if (judged) lines.changed(judged, transition.job)
        events.publish(transition.job)
      },
    }
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
    // If it fails, the next one or the sweep tries again.
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
    async apply(id, decide) {
      const change = watched(decide)
      const transition = await writing(id, () => store.apply(id, change.decide))
      change.tell(transition)
      return transition
    },
    async claim(request) {
      const claim = await store.claim(request)
      if (claim.kind === 'claimed') events.publish(claim.transition.job)
      return claim
    },
    async finishStep(id, owner, decide, nextRunAt) {
      const change = watched(decide)
      const finished = await writing(id, () => store.finishStep(id, owner, change.decide, nextRunAt))
      change.tell(finished.transition)
      return finished
    },
  }
}
