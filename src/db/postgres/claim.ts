import type { Gate } from '../../jobs/hold.ts'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Claim, ClaimRequest, JobWork, Lease } from '../../jobs/work.ts'
import { countsHeld, gateFor, nextTenant, noRoom, tryOf, wait } from '../admission.ts'
import type { Id, Statement } from '../statements.ts'
import type { Execute } from './execute.ts'
import { statements, type Writes } from './writes.ts'

/**
 * Held to the end of the transaction: one job starts at a time, so that all gateways count alike.
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

/** Starts one job at a time, of all gateways. */
export function createClaim({
  run,
  transaction,
  save,
}: Pick<Writes, 'transaction' | 'save'> & { readonly run: Execute }): JobWork['claim'] {
  /** Claims whose COMMIT was not answered: they may hold. */
  const unconfirmed: Transition[] = []

  /** Null if nobody who waits may have another job at the vendor, undefined if the job is gone. */
  async function nextJob(
    on: Execute,
    { now, windowStart, limits }: ClaimRequest,
    { without, inTurn }: Gate,
  ): Promise<Job | null | undefined> {
    const waiting = await on(statements.contenders, { now, without })
    const held = countsHeld(waiting, { inTurn, limits }) ? await on(statements.held, { windowStart }) : []
    const first = nextTenant(waiting, held, { inTurn, limits })
    if (!first) return waiting.length > 0 ? null : undefined
    const { tenant } = first
    const [tried] = inTurn ? await on(statements.longestTried, { tenant, now, without }) : []
    return (await on(statements.anyJob, { id: (tried ?? first).id }))[0]
  }

  /**
   * A claim whose COMMIT was not answered and that holds after all: the caller never heard of it, so nothing was sent,
   * and the job need not be given up for lost. It is answered once, with a lease from now on.
   */
  async function resolveUnconfirmed({ owner, until }: Lease): Promise<Transition | null> {
    for (let asked = unconfirmed.shift(); asked; asked = unconfirmed.shift()) {
      const { id, version } = asked.job
      try {
        const held = await transaction(async (on) => {
          await on(admissionLock, {}) // The COMMIT may be under way: then this waits for its end.
          return on(renewClaim, { id, version, owner, until })
        })
        if (held.length === 1) return asked
      } catch (error) {
        unconfirmed.unshift(asked)
        throw error
      }
    }
    return null
  }

  /** `onClaim` is told before the transaction ends. */
  async function claimNext(
    on: Execute,
    request: ClaimRequest,
    onClaim: (claimed: Transition) => void,
  ): Promise<Claim> {
    const { now, limits, windowStart, lease, decide } = request
    await on(admissionLock, {})
    const [used] = await on(statements.used, { windowStart, room: limits.videosPerMinute - 1 })
    const holds = await holdsOf(on, used?.holds)
    const gate = gateFor(request, holds)
    const { closedUntil, without, nextAt } = gate
    if (closedUntil !== null) return wait(closedUntil)
    const full = used ? noRoom(used, request, gate) : null
    if (full) return full
    const job = await nextJob(on, request, gate)
    if (job === null) return wait(nextAt)
    if (!job) {
      // Canceled in between, or held up.
      const [pause] = without.length === 0 ? [] : await on(statements.firstPauseEnd, { without })
      return without.length === 0 ? wait(now) : wait(pause?.at ?? null, nextAt)
    }
    const transition = decide(job)
    // Canceled in between: somebody else may be next.
    if (!transition || !(await save(on, job, transition))) return wait(transition ? now : null, nextAt)
    const tried = tryOf(job, holds, now)
    if (tried) await on(statements.tryHolds, tried)
    await on(statements.takeTurn, { tenant: job.tenant, now })
    await on(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })
    onClaim(transition)
    return { kind: 'claimed', transition }
  }

  return async (request) => {
    const claimed = await resolveUnconfirmed(request.lease)
    if (claimed) return { kind: 'claimed', transition: claimed }
    // Most often nobody waits: that needs no lock.
    const { now } = request
    if ((await run(statements.anyQueued, { now, without: [] })).length === 0) {
      const [pause] = await run(statements.firstPauseEnd, { without: [] })
      gateFor(request, await holdsOf(run, pause?.holds))
      return wait(pause?.at ?? null)
    }
    let intended: Transition | null = null
    try {
      return await transaction((on) =>
        claimNext(on, request, (transition) => {
          intended = transition
        }),
      )
    } catch (error) {
      if (!intended) throw error
      unconfirmed.push(intended)
      const held = await resolveUnconfirmed(request.lease).catch(() => null)
      if (!held) throw error
      return { kind: 'claimed', transition: held }
    }
  }
}
