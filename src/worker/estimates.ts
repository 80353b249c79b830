import { LRUCache } from 'lru-cache'
import type { Clock } from '../jobs/clock.ts'
import { type Expectation, expectationOf, kindOfModel } from '../jobs/estimate.ts'
import type { Job } from '../jobs/job.ts'
import type { JobWork } from '../jobs/work.ts'

/** So long what was read of a kind is held to be true: one job more changes little. */
const freshMs = 30_000 // 30 seconds

/** Kinds that are remembered, a hundred bytes each. */
const mostKinds = 1_000

/** How long jobs take, by those that all gateways have seen to their end. */
export interface Estimates {
  /** Never fails: what cannot be read is not known. */
  of(job: Pick<Job, 'model' | 'input'>): Promise<Expectation>
}

export function createEstimates(options: {
  readonly work: Pick<JobWork, 'durations'>
  readonly clock: Pick<Clock, 'now'>
  /** The model, and what of the input decides how long it takes. */
  readonly kindOf: (job: Pick<Job, 'model' | 'input'>) => string
}): Estimates {
  const { work, clock, kindOf } = options
  const known = new LRUCache<string, { readonly at: number; readonly expected: Promise<Expectation> }>({
    max: mostKinds,
  })

  async function read(kind: string, model: string): Promise<Expectation> {
    try {
      const { ofKind, ofModel } = await work.durations(kind, kindOfModel(model))
      return expectationOf(kind, ofKind, ofModel)
    } catch {
      // The history's own line says so. It is asked again with the next job.
      known.delete(kind)
      return expectationOf(kind, [])
    }
  }

  return {
    of(job) {
      const kind = kindOf(job)
      const found = known.get(kind)
      const now = clock.now()
      if (found && now - found.at < freshMs) return found.expected
      const expected = read(kind, job.model)
      known.set(kind, { at: now, expected })
      return expected
    },
  }
}
