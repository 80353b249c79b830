import { holdPause } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Job, JobError } from '../jobs/job.ts'
import type { HoldScope } from '../jobs/vendor.ts'

type Submission = Pick<Job, 'id' | 'model'>

/** What a refusal means for the job that met it. */
export type Verdict =
  /** The reason would meet others too: the job goes back to the queue. */
  | { readonly kind: 'held'; readonly until: number }
  /** Others are taken: the reason lies in the job. */
  | { readonly kind: 'atFault' }

/** A pause of submissions, of all or of those of one model. */
export interface Hold {
  readonly scope: HoldScope
  /** Null for all models. */
  readonly model: string | null
  readonly error: JobError
  readonly since: number
  readonly until: number
}

/**
 * Pauses of submissions that were refused for something else than their input. When one ends, one waiting job after the
 * other is tried, and the pauses grow, until one is accepted. Nothing but an acceptance can tell whether it was the
 * account (or the address, or the model) or the job: a job that is refused again right after another was accepted is at
 * fault itself.
 */
export interface Holds {
  /** A submission begins; the number tells what was known before it. */
  begin(job: Submission): number
  refused(job: Submission, begun: number, scope: HoldScope, error: JobError): Verdict
  accepted(job: Submission, begun: number): void
  /** It ended in another way, which says nothing about a hold. */
  ended(job: Submission): void
  /** Until when nothing may be sent; 0 if something may be. */
  heldUntil(): number
  /** Models of which nothing may be sent now. */
  heldModels(): readonly string[]
  /** When the next hold of a model ends; null if none runs. */
  nextModel(): number | null
  /** Whether waiting jobs are to be tried one after the other. */
  readonly inTurn: boolean
  /** Whether one submission at a time has to find out how things are. */
  readonly probing: boolean
  /** The hold of all submissions, else that of this model. */
  current(model?: string): Hold | null
}

interface Open extends Hold {
  readonly refusals: number
  /** When it last began to pause, counted in submissions: what began before says nothing new. */
  readonly at: number
  /** Of a model: a job that finds out whether it is over. */
  readonly triedBy: string | null
}

/** Jobs remembered as refused; one that is forgotten merely gets another try. */
const mostSuspects = 10_000

/** @param onChange told of each hold as it begins and ends, with null for its end */
export function createHolds(
  clock: Pick<Clock, 'now'>,
  onChange: (hold: Hold, ended: boolean) => void = () => {},
): Holds {
  /** By model; that of all submissions under `null`. */
  const open = new Map<string | null, Open>()
  /** Which submission of each was refused last. */
  const suspects = new Map<string, number>()
  /** How many had begun when one was last accepted, of any model and of each; whether a later one was refused. */
  const proofs = new Map<string | null, { readonly at: number; spent: boolean }>()
  let submissions = 0

  const placeOf = (scope: HoldScope, model: string) => (scope === 'model' ? model : null)

  function remainingUntil(hold: Open): number {
    return hold.until > clock.now() ? hold.until : 0
  }

  function end(place: string | null): void {
    const hold = open.get(place)
    if (!hold) return
    open.delete(place)
    onChange(hold, true)
  }

  /** What this submission was to find out is not found out: another one may try. */
  function untried({ id, model }: Submission): void {
    const hold = open.get(model)
    if (hold?.triedBy === id) open.set(model, { ...hold, triedBy: null })
  }

  return {
    begin({ id, model }) {
      submissions += 1
      const hold = open.get(model)
      if (hold) open.set(model, { ...hold, triedBy: id })
      return submissions
    },

    refused(job, begun, scope, error) {
      const { id, model } = job
      // It may have met one hold while it was trying another.
      untried(job)
      const place = placeOf(scope, model)
      const refusedAt = suspects.get(id) ?? Number.POSITIVE_INFINITY
      const proof = proofs.get(place)
      if (proof && !proof.spent && proof.at >= refusedAt) {
        // One acceptance convicts one job: for the next, the account may be the reason again.
        proof.spent = true
        suspects.delete(id)
        end(place)
        return { kind: 'atFault' }
      }
      if (proof && proof.at < begun) proof.spent = true
      suspects.delete(id)
      suspects.set(id, begun)
      const [oldest] = suspects.keys()
      if (suspects.size > mostSuspects && oldest !== undefined) suspects.delete(oldest)

      const before = open.get(place)
      // Those that were under way together met the same reason once.
      if (before && begun <= before.at) return { kind: 'held', until: before.until }
      const refusals = before ? before.refusals + 1 : 0
      const now = clock.now()
      const hold: Open = {
        scope,
        model: place,
        error,
        since: before?.since ?? now,
        until: now + holdPause(refusals),
        refusals,
        at: submissions,
        triedBy: null,
      }
      open.set(place, hold)
      if (!before) onChange(hold, false)
      return { kind: 'held', until: hold.until }
    },

    accepted(job, begun) {
      untried(job)
      suspects.delete(job.id)
      for (const place of [null, job.model]) {
        proofs.set(place, { at: submissions, spent: false })
        const hold = open.get(place)
        if (hold && begun > hold.at) end(place)
      }
    },

    ended: untried,

    heldUntil() {
      const hold = open.get(null)
      return hold ? remainingUntil(hold) : 0
    },
    heldModels: () =>
      [...open.values()].flatMap((hold) =>
        hold.model !== null && (hold.triedBy !== null || remainingUntil(hold) !== 0) ? [hold.model] : [],
      ),
    nextModel() {
      const ends = [...open.values()].flatMap((hold) =>
        hold.model === null ? [] : remainingUntil(hold) || [],
      )
      return ends.length === 0 ? null : Math.min(...ends)
    },
    get inTurn() {
      return open.size > 0
    },
    get probing() {
      return open.has(null)
    },
    current: (model) => open.get(null) ?? open.get(model ?? null) ?? null,
  }
}
