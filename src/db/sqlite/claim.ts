import type { Gate } from '../../jobs/hold.ts'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Claim, ClaimRequest } from '../../jobs/work.ts'
import { countsHeld, gateFor, nextTenant, noRoom, tryOf, wait } from '../admission.ts'
import type { Execute } from './execute.ts'
import { statements } from './statements.ts'

/** Starts one job at a time, inside a transaction. */
export function createClaim({
  execute,
  save,
}: {
  readonly execute: Execute
  readonly save: (before: Job, transition: Transition) => void
}): (request: ClaimRequest) => Claim {
  function claim(request: ClaimRequest): Claim {
    const { now, limits, windowStart, lease, decide } = request
    const holds = execute(statements.holds, {})
    const gate = gateFor(request, holds)
    const { closedUntil, without, nextAt } = gate
    if (closedUntil !== null) return wait(closedUntil)
    if (execute(statements.anyQueued, { now, without }).length === 0) {
      const [pause] = execute(statements.firstPauseEnd, { without })
      return wait(pause?.at ?? null, nextAt)
    }
    const [used] = execute(statements.used, { windowStart, room: limits.videosPerMinute - 1 })
    const full = used ? noRoom(used, request, gate) : null
    if (full) return full
    const job = nextJob(request, gate)
    const transition = job ? decide(job) : null
    if (!job || !transition) return wait(nextAt)
    save(job, transition)
    const tried = tryOf(job, holds, now)
    if (tried) execute(statements.tryHolds, tried)
    execute(statements.takeTurn, { tenant: job.tenant, now })
    execute(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
    return { kind: 'claimed', transition }
  }

  function nextJob({ now, windowStart, limits }: ClaimRequest, { without, inTurn }: Gate): Job | undefined {
    const waiting = execute(statements.contenders, { now, without })
    const held = countsHeld(waiting, { inTurn, limits }) ? execute(statements.held, { windowStart }) : []
    const first = nextTenant(waiting, held, { inTurn, limits })
    if (!first) return undefined
    const { tenant } = first
    const [tried] = inTurn ? execute(statements.longestTried, { tenant, now, without }) : []
    return execute(statements.anyJob, { id: (tried ?? first).id })[0]
  }

  return claim
}
