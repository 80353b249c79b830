import type { Gate, Hold } from '../../jobs/hold.ts'
import type { Transition } from '../../jobs/job.ts'
import type { Claim, ClaimRequest, JobWork, Lease } from '../../jobs/work.ts'
import { claimOf, countsHeld, createLine, gateFor, leavesAt, roomOf, tryOf, wait } from '../admission.ts'
import type { Waiting } from '../queue-statements.ts'
import type { Id, Statement } from '../statements.ts'
import type { Execute } from './execute.ts'
import { statements, type Writes } from './writes.ts'

/**
 * Held to the end of the transaction: one gateway claims at a time, so that all gateways count alike.
 *
 * And until then indexes are walked in their order. A plan is kept for as long as a connection: made while few jobs wait, it
 * would sort all that wait for each tenant, which with many takes seconds.
 */
const admissionLock: Statement<object, never> = {
  name: 'admissionLock',
  text: `SELECT pg_advisory_xact_lock(hashtext('wavespeed admission')),
    set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`,
  columns: {},
  values: {},
}

/** Hardly ever is there one: that is known by a statement that was made anyway. */
const holdsOf = async (on: Execute, count = 0) => (count === 0 ? [] : on(statements.holds, {}))

/** Makes the lease of a claim last, if nothing has become of the job since. */
const renewClaim: Statement<Lease & Id & { readonly version: number }, Id> = {
  name: 'renewClaim',
  text: `UPDATE due SET at = :until::bigint FROM jobs
    WHERE due.kind = 'poll' AND due.id = :id AND due.owner = :owner AND jobs.id = due.id AND jobs.version = :version
    RETURNING due.id`,
  columns: {},
  values: {},
}

/** What was claimed, and what is answered if that is nothing. */
interface Outcome {
  readonly claimed: readonly Transition[]
  readonly otherwise: Claim
}

const none = (...times: readonly (number | null)[]): Outcome => ({ claimed: [], otherwise: wait(...times) })

/** Starts one job after the other, of all gateways. */
export function createClaim({
  run,
  transaction,
  save,
}: Pick<Writes, 'transaction' | 'save'> & { readonly run: Execute }): JobWork['claim'] {
  /** Claims whose COMMIT was not answered: they may hold. */
  const unconfirmed: Transition[] = []

  /**
   * Claims whose COMMIT was not answered and that hold after all: the caller never heard of them, so nothing was sent,
   * and the jobs need not be given up for lost. Each is answered once, with a lease from now on.
   */
  async function resolveUnconfirmed({ lease, atMost = 1 }: ClaimRequest): Promise<Transition[]> {
    const { owner, until } = lease
    while (unconfirmed.length > 0) {
      const asked = unconfirmed.splice(0, atMost)
      try {
        const held = await transaction(async (on) => {
          await on(admissionLock, {}) // The COMMIT may be under way: then this waits for its end.
          const renewed: Transition[] = []
          for (const one of asked) {
            const { id, version } = one.job
            if ((await on(renewClaim, { id, version, owner, until })).length === 1) renewed.push(one)
          }
          return renewed
        })
        if (held.length > 0) return held
      } catch (error) {
        unconfirmed.unshift(...asked)
        throw error
      }
    }
    return []
  }

  async function claimNext(on: Execute, request: ClaimRequest): Promise<Outcome> {
    const { now, limits, windowStart } = request
    await on(admissionLock, {})
    const [used = { open: 0, counted: 0, holds: 0 }] = await on(statements.used, { windowStart })
    const holds = await holdsOf(on, used.holds)
    const gate = gateFor(request, holds)
    const { closedUntil, without, nextAt } = gate
    if (closedUntil !== null) return none(closedUntil)
    const { room, timeHelps } = roomOf(used, request)
    if (timeHelps) {
      const [counted] = await on(statements.blockedBy, { windowStart, room: limits.videosPerMinute - 1 })
      return none(leavesAt(counted, request), nextAt)
    }
    if (room <= 0) return none(nextAt)
    const waiting = await on(statements.contenders, { now, without })
    if (waiting.length > 0) return claimUpTo(room, on, request, { ...gate, holds, waiting })
    // Canceled in between, or held up.
    if (without.length === 0) return none(now)
    const [pause] = await on(statements.firstPauseEnd, { without })
    return none(pause?.at ?? null, nextAt)
  }

  async function claimUpTo(
    room: number,
    on: Execute,
    { now, windowStart, limits, lease, decide }: ClaimRequest,
    {
      without,
      inTurn,
      nextAt,
      holds,
      waiting,
    }: Gate & { readonly holds: readonly Hold[]; readonly waiting: readonly Waiting[] },
  ): Promise<Outcome> {
    const held = countsHeld(waiting, { inTurn, limits }) ? await on(statements.held, { windowStart }) : []
    const line = createLine(waiting, held, { inTurn, limits })
    const claimed: Transition[] = []
    let changed = false
    while (claimed.length < room) {
      const tenant = line.next()
      if (tenant === undefined) break
      const [job] = await on(inTurn ? statements.longestTried : statements.oldest, { tenant, now, without })
      if (!job) {
        // What it had was claimed, or canceled in between.
        changed = true
        line.leave(tenant)
        continue
      }
      const transition = decide(job)
      if (!transition) break
      if (!(await save(on, job, transition))) {
        changed = true
        break
      }
      claimed.push(transition)
      const [turn] = await on(statements.takeTurn, { tenant, now })
      line.serve(tenant, turn?.servedAt ?? now)
      await on(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
      const tried = tryOf(job, holds, now)
      if (tried) {
        await on(statements.tryHolds, tried)
        break // No other job may start until that is found out.
      }
    }
    // Where somebody canceled a job in between, another may be next.
    return { claimed, otherwise: wait(changed ? now : null, nextAt) }
  }

  return async (request) => {
    const found = await resolveUnconfirmed(request)
    // Most often nobody waits: that needs no lock.
    const { now } = request
    if (found.length > 0) return claimOf(found, wait())
    if ((await run(statements.anyQueued, { now, without: [] })).length === 0) {
      const [pause] = await run(statements.firstPauseEnd, { without: [] })
      gateFor(request, await holdsOf(run, pause?.holds))
      return wait(pause?.at ?? null)
    }
    let intended: readonly Transition[] = []
    try {
      const { claimed, otherwise } = await transaction(async (on) => {
        const outcome = await claimNext(on, request)
        intended = outcome.claimed
        return outcome
      })
      return claimOf(claimed, otherwise)
    } catch (error) {
      if (intended.length === 0) throw error
      unconfirmed.push(...intended)
      const held = await resolveUnconfirmed(request).catch(() => [])
      if (held.length === 0) throw error
      return claimOf(held, wait())
    }
  }
}
