import type { Clock } from '../jobs/clock.ts'
import type { JobEvents } from '../jobs/events.ts'
import type { TenantId } from '../jobs/tenant.ts'

/** Wakes whoever waits for changes of a tenant. */
export interface Signals {
  of(tenant: TenantId): {
    /**
     * Calls back once: when a job has changed, or else every two seconds, for what is not told, such as deletions. Answers
     * how to prevent that.
     */
    next(wake: (changed: boolean) => void): () => void
  }
}

/** All at the same time, so that one read does for all of a tenant. */
const roundMs = 2_000 // 2 seconds

export function createSignals(events: Pick<JobEvents, 'subscribe'>, clock: Pick<Clock, 'after'>): Signals {
  const waiting = new Map<TenantId, Set<(changed: boolean) => void>>()
  let cancelRound: (() => void) | null = null

  function wakeAll(tenant: TenantId, changed: boolean): void {
    const all = waiting.get(tenant)
    waiting.delete(tenant)
    for (const wake of all ?? []) wake(changed)
  }
  function round(): void {
    cancelRound = null
    for (const tenant of [...waiting.keys()]) wakeAll(tenant, false)
  }
  events.subscribe(({ tenant }) => wakeAll(tenant, true))

  return {
    of: (tenant) => ({
      next(wake) {
        const all = waiting.get(tenant) ?? new Set()
        waiting.set(tenant, all)
        all.add(wake)
        cancelRound ??= clock.after(roundMs, round)
        return () => {
          all.delete(wake)
          if (all.size === 0 && waiting.get(tenant) === all) waiting.delete(tenant)
          if (waiting.size > 0) return
          cancelRound?.()
          cancelRound = null
        }
      },
    }),
  }
}
