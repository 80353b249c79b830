import type { Job, Transition } from '../../jobs/job.ts'
import type { Claim, ClaimRequest } from '../../jobs/work.ts'
import { countsHeld, nextTenant, noRoom } from '../admission.ts'
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
    const { now, limits, windowStart, lease, without = [], decide } = request
    if (execute(statements.anyQueued, { now, without }).length === 0) {
      const [pause] = execute(statements.firstPauseEnd, { without })
      return { kind: 'wait', until: pause?.at ?? null }
    }
    const [used] = execute(statements.used, { windowStart, room: limits.videosPerMinute - 1 })
    const wait = used ? noRoom(used, request) : null
    if (wait) return wait
    const job = nextJob(request)
    const transition = job ? decide(job) : null
    if (!job || !transition) return { kind: 'wait', until: null }
    save(job, transition)
    execute(statements.takeTurn, { tenant: job.tenant, now })
    execute(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
    return { kind: 'claimed', transition }
  }

  function nextJob(request: ClaimRequest): Job | undefined {
    const { now, windowStart, without = [] } = request
    const waiting = execute(statements.contenders, { now, without })
    const held = countsHeld(waiting, request) ? execute(statements.held, { windowStart }) : []
    const first = nextTenant(waiting, held, request)
    if (!first) return undefined
    const { tenant } = first
    const [tried] = request.inTurn ? execute(statements.longestTried, { tenant, now, without }) : []
    return execute(statements.anyJob, { id: (tried ?? first).id })[0]
  }

  return claim
}
