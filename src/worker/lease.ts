import type { Clock } from '../jobs/clock.ts'
import type { JobWork, Lease, WorkKind } from '../jobs/work.ts'

/** How long a lease lasts, and how often one in use is renewed; null where nobody else waits for it. */
export interface LeaseTerms {
  readonly ms: number
  readonly renewMs: number | null
}

/** Where one process has the history: longer than any step may take. A new process breaks the leases of the old one. */
const exclusiveTerms: LeaseTerms = { ms: 10 * 60_000, renewMs: null } // 10 minutes

/** Where others take over from a process that is gone: they wait no longer than this. */
const sharedTerms: LeaseTerms = { ms: 15_000, renewMs: 5_000 } // 15 and 5 seconds

export const termsOf = (shared: boolean): LeaseTerms => (shared ? sharedTerms : exclusiveTerms)

export interface Leases {
  readonly owner: string
  /** A lease from `now` on, in the name of this process. */
  from(now: number): Lease
  /** Keeps the lease of a job's work until `drop`. */
  hold(jobId: string): void
  drop(jobId: string): void
  has(jobId: string): boolean
  readonly size: number
}

/** The leases of this process. Those in use are renewed with one statement, however many they are. */
export function createLeases(options: {
  readonly work: Pick<JobWork, 'renew'>
  readonly kind: WorkKind
  readonly clock: Clock
  readonly owner: string
  readonly terms: LeaseTerms
}): Leases {
  const { work, kind, clock, owner, terms } = options
  const held = new Set<string>()
  let cancel: (() => void) | null = null

  const from = (now: number): Lease => ({ owner, until: now + terms.ms })

  function arm(): void {
    if (terms.renewMs !== null) cancel = clock.after(terms.renewMs, renew)
  }

  async function renew(): Promise<void> {
    cancel = null
    try {
      await work.renew(kind, [...held], from(clock.now()))
    } catch {
      // The history does not answer. Whoever finds a lease at its end may take it: what is written is checked anyway.
    }
    if (held.size > 0 && cancel === null) arm()
  }

  return {
    owner,
    from,
    hold(jobId) {
      held.add(jobId)
      if (cancel === null) arm()
    },
    drop(jobId) {
      held.delete(jobId)
      if (held.size > 0) return
      cancel?.()
      cancel = null
    },
    has: (jobId) => held.has(jobId),
    get size() {
      return held.size
    },
  }
}
