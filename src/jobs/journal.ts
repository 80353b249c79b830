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

export function createJournal(store: JobStore, events: Pick<JobEvents, 'publish'>): Journal {
  return {
    async insert(job, entry) {
      const holder = await store.insert(job, entry)
      if (holder === null) events.publish(job)
      return holder
    },
    async apply(id, decide) {
      const transition = await store.apply(id, decide)
      if (transition) events.publish(transition.job)
      return transition
    },
    async claim(request) {
      const claim = await store.claim(request)
      if (claim.kind === 'claimed') events.publish(claim.transition.job)
      return claim
    },
    async finishStep(...step) {
      const finished = await store.finishStep(...step)
      if (finished.transition) events.publish(finished.transition.job)
      return finished
    },
  }
}
