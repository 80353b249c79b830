import type { Gate, Hold } from '../../jobs/hold.ts'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Claim, ClaimRequest } from '../../jobs/work.ts'
import { claimOf, countsHeld, createLine, gateFor, leavesAt, roomOf, tryOf, wait } from '../admission.ts'
import type { Execute } from './execute.ts'
import { statements } from './statements.ts'

/** Starts one job after the other, inside a transaction. */
export function createClaim({
  execute,
  save,
}: {
  readonly execute: Execute
  readonly save: (before: Job, transition: Transition) => void
}): (request: ClaimRequest) => Claim {
  function claim(request: ClaimRequest): Claim {
    const { now, limits, windowStart } = request
    const holds = execute(statements.holds, {})
    const gate = gateFor(request, holds)
    const { closedUntil, without, nextAt } = gate
    if (closedUntil !== null) return wait(closedUntil)
    if (execute(statements.anyQueued, { now, without }).length === 0) {
      const [pause] = execute(statements.firstPauseEnd, { without })
      return wait(pause?.at ?? null, nextAt)
    }
    const [used = { open: 0, counted: 0 }] = execute(statements.used, { windowStart })
    const { room, timeHelps } = roomOf(used, request)
    if (timeHelps) {
      const [counted] = execute(statements.blockedBy, { windowStart, room: limits.videosPerMinute - 1 })
      return wait(leavesAt(counted, request), nextAt)
    }
    return claimOf(room <= 0 ? [] : claimUpTo(room, request, { ...gate, holds }), wait(nextAt))
  }

  function claimUpTo(
    room: number,
    { now, windowStart, limits, lease, decide }: ClaimRequest,
    { without, inTurn, holds }: Gate & { readonly holds: readonly Hold[] },
  ): Transition[] {
    const waiting = execute(statements.contenders, { now, without })
    const held = countsHeld(waiting, { inTurn, limits }) ? execute(statements.held, { windowStart }) : []
    const line = createLine(waiting, held, { inTurn, limits })
    const claimed: Transition[] = []
    while (claimed.length < room) {
      const tenant = line.next()
      if (tenant === undefined) break
      const [job] = execute(inTurn ? statements.longestTried : statements.oldest, { tenant, now, without })
      if (!job) {
        line.leave(tenant)
        continue
      }
      const transition = decide(job)
      if (!transition) break
      save(job, transition)
      claimed.push(transition)
      const [turn] = execute(statements.takeTurn, { tenant, now })
      line.serve(tenant, turn?.servedAt ?? now)
      execute(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
      const tried = tryOf(job, holds, now)
      if (tried) {
        execute(statements.tryHolds, tried)
        break // No other job may start until that is found out.
      }
    }
    return claimed
  }

  return claim
}
