import type { JobLines } from './job-lines.ts'
import type { Decide, Job, JobEvents, JobStore, TimelineEntry } from './ports.ts'
import type { Transition } from './state.ts'

/**
 * The only way to write a job: the store commits row, timeline and version in one transaction, and the event
 * leaves after that commit, never before.
 */
export interface Journal {
  insert(job: Job, entry: TimelineEntry): Promise<Job | null>
  apply(id: string, decide: Decide): Promise<Transition | null>
  claim: (...request: Parameters<JobStore['claim']>) => Promise<Awaited<ReturnType<JobStore['claim']>>>
  finishStep: (
    ...step: Parameters<JobStore['finishStep']>
  ) => Promise<Awaited<ReturnType<JobStore['finishStep']>>>
}

export function createJournal(
  store: JobStore,
  events: Pick<JobEvents, 'publish'>,
  lines: JobLines = { recorded() {}, changed() {} },
): Journal {
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

  return {
    async insert(job, entry) {
      const holder = await store.insert(job, entry)
      if (holder !== null) return holder
      lines.recorded(job)
      events.publish(job)
      return null
    },
    async apply(id, decide) {
      const change = watched(decide)
      const transition = await store.apply(id, change.decide)
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
      const finished = await store.finishStep(id, owner, change.decide, nextRunAt)
      change.tell(finished.transition)
      return finished
    },
  }
}
