import type { Clock } from '../jobs/clock.ts'
import type { JobWork, Lease } from '../jobs/work.ts'

/** How long a lease lasts, and how often one in use is renewed; null where nobody else waits for it. */
export interface LeaseTerms {
  readonly ms: number
  readonly renewMs: number | null
}

/** Where one process has the history: longer than any step may take. A new process breaks the leases of the old one. */
export const exclusiveTerms: LeaseTerms = { ms: 10 * 60_000, renewMs: null } // 10 minutes

/** Where others take over from a process that is gone: they wait no longer than this. */
export const sharedTerms: LeaseTerms = { ms: 15_000, renewMs: 5_000 } // 15 and 5 seconds

export interface Leases {
  readonly owner: string
  /** A lease from `now` on, in the name of this process. */
  from(now: number): Lease
  /** Keeps the lease of a job while `work` is under way. */
  during<T>(jobId: string, work: () => Promise<T>): Promise<T>
}

/** The leases of this process. Those in use are renewed with one statement, however many they are. */
export function createLeases(options: {
  readonly store: Pick<JobWork, 'renewLeases'>
  readonly clock: Clock
  readonly owner: string
  readonly terms: LeaseTerms
}): Leases {
  const { store, clock, owner, terms } = options
  const held = new Set<string>()
  let cancel: (() => void) | null = null

  const from = (now: number): Lease => ({ owner, until: now + terms.ms })

  function arm(): void {
    if (terms.renewMs !== null) cancel = clock.after(terms.renewMs, renew)
  }

  async function renew(): Promise<void> {
    cancel = null
    try {
      await store.renewLeases([...held], from(clock.now()))
    } catch {
      // The history does not answer. Whoever finds a lease at its end may take it: what is written is checked anyway.
    }
    if (held.size > 0 && cancel === null) arm()
  }

  return {
    owner,
    from,
    async during(jobId, work) {
      held.add(jobId)
      if (cancel === null) arm()
      try {
        return await work()
      } finally {
        held.delete(jobId)
        if (held.size === 0) {
          cancel?.()
          cancel = null
        }
      }
    },
  }
}
