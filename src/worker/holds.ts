import { holdPause, outagePause } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import { type Hold, type HoldReason, placeOf, placesOf, placesOfAll } from '../jobs/hold.ts'
import type { Job, JobError } from '../jobs/job.ts'
import type { HoldScope, Pause } from '../jobs/vendor.ts'
import type { JobWork } from '../jobs/work.ts'
import type { Logger } from '../log.ts'

type Submission = Pick<Job, 'id' | 'model'>

/** What a refusal means for the job that met it. */
export type Verdict =
  /** The reason would meet others too: the job goes back to the queue. */
  | { readonly kind: 'held'; readonly until: number }
  /** Others are taken: the reason lies in the job. */
  | { readonly kind: 'atFault' }

/**
 * Pauses of submissions that were refused for something else than their input. When one ends, one waiting job after the
 * other is tried, and the pauses grow, until one is accepted. They are rows, which claims go by (`jobs/hold.ts`): here stands
 * what this process knows of them. Nothing but an acceptance can tell whether it was the account (or the address, or the
 * model) or the job: a job that is refused again right after another was accepted is at fault itself.
 */
export interface Holds {
  /** A process begins: what it was refused for may be over. */
  start(): Promise<void>
  /** For a claim that begins now: to be told of the holds that it finds. */
  reading(): (found: readonly Hold[]) => void
  /** A submission begins; the number tells what was known before it. */
  begin(job: Submission): number
  refused(job: Submission, begun: number, scope: HoldScope, error: JobError): Promise<Verdict>
  /** Refused for the rate, for so long at first; answers until when all wait. */
  limited(job: Submission, pauseMs: number, message: string): Promise<number>
  accepted(job: Submission): Promise<void>
  /** It ended in another way, which says nothing about a hold; but where it was refused for its input, the rate is kept. */
  ended(job: Submission, isRateKept: boolean): Promise<void>
  /** Whether any is known. */
  readonly any: boolean
  /** The hold of all submissions, else that of this model. */
  current(model?: string): Hold | null
  /** That of the rate. */
  readonly pause: Pause | null
}

export interface HoldsOptions {
  readonly work: Pick<JobWork, 'hold' | 'endTry' | 'retryHolds'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  /** Told of each hold as it is first heard of and when it is over. */
  readonly onChange: (hold: Hold, ended: boolean) => void
}

/** Jobs remembered as refused; one that is forgotten merely gets another try. */
const mostSuspects = 10_000

export function createHolds({ work, clock, log, onChange }: HoldsOptions): Holds {
  /** By place. */
  const known = new Map<string, Hold>()
  /** Jobs under way that find out whether a hold is over. */
  const trying = new Set<string>()
  const judge = createJudge()

  function keep(hold: Hold): void {
    const before = known.get(hold.place)
    known.set(hold.place, hold)
    if (!before) onChange(hold, false)
  }

  function drop(place: string): void {
    const hold = known.get(place)
    known.delete(place)
    if (hold) onChange(hold, true)
  }

  /** What cannot be written is found out again. */
  async function writing(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      log.debug({ err: error }, 'what holds submissions up cannot be written')
    }
  }

  async function hold(
    { id, model }: Submission,
    scope: HoldReason,
    { message }: Pick<JobError, 'message'>,
    pauseOf: (refusals: number) => number,
  ): Promise<number> {
    const now = clock.now()
    const place = placeOf(scope, model)
    const grown = (before: Hold | null): Hold => {
      const refusals = before ? before.refusals + 1 : 0
      const since = before?.since ?? now
      const until = now + pauseOf(refusals)
      return { place, scope, message, since, until, refusals, triedBy: null, triedUntil: null }
    }
    trying.delete(id)
    let { until } = grown(known.get(place) ?? null)
    await writing(async () => {
      const after = await work.hold(id, grown)
      keep(after)
      until = after.until
    })
    return until
  }

  /** Whatever it was to find out: these are over, and others may try the rest. */
  async function end({ id }: Submission, over: readonly string[]): Promise<void> {
    if (!trying.delete(id)) return
    await writing(async () => {
      await work.endTry(id, over)
      for (const place of over) drop(place)
    })
  }

  return {
    start: () => writing(() => work.retryHolds(clock.now())),

    reading() {
      // What this process writes meanwhile is newer.
      const before = new Map(known)
      const isOld = (place: string) => known.get(place) === before.get(place)
      return (found) => {
        for (const hold of found) {
          if (!isOld(hold.place)) continue
          const { since, refusals } = before.get(hold.place) ?? {}
          // Another process met it since whatever was accepted here.
          if (since !== hold.since || refusals !== hold.refusals) judge.others(hold.place)
          keep(hold)
        }
        for (const place of known.keys())
          if (isOld(place) && !found.some((hold) => hold.place === place)) drop(place)
      }
    },

    begin({ id, model }) {
      if (placesOf(model).some((place) => known.has(place))) trying.add(id)
      return judge.begin()
    },

    async refused(job, begun, scope, error) {
      const place = placeOf(scope, job.model)
      if (judge.isAtFault(job.id, begun, place)) {
        await end(job, [place])
        return { kind: 'atFault' }
      }
      return { kind: 'held', until: await hold(job, scope, error, holdPause) }
    },

    limited: (job, pauseMs, message) =>
      hold(job, 'rate', { message }, (refusals) => outagePause(refusals, pauseMs)),

    async accepted(job) {
      judge.accepted(job.id, [placesOfAll.other, job.model])
      await end(job, placesOf(job.model))
    },

    ended: (job, isRateKept) => end(job, isRateKept ? [placesOfAll.rate] : []),

    get any() {
      return known.size > 0
    },
    current: (model = placesOfAll.other) => known.get(placesOfAll.other) ?? known.get(model) ?? null,
    get pause(): Pause | null {
      const rate = known.get(placesOfAll.rate)
      return rate ? { reason: 'rate', message: rate.message, since: rate.since } : null
    },
  }
}

/**
 * Whether a refusal is the fault of its job. It goes by what this process was answered alone: of what another one was it is only
 * known that it met a hold, which speaks for the job. So a job may get another try, which costs nothing, and never one too few.
 */
function createJudge() {
  /** Which submission of each was refused last. */
  const suspects = new Map<string, number>()
  /** How many had begun when one was last accepted, of any model and of each; whether a later one was refused. */
  const proofs = new Map<string, { readonly at: number; spent: boolean }>()
  let submissions = 0

  return {
    begin() {
      submissions += 1
      return submissions
    },
    accepted(id: string, places: readonly string[]): void {
      suspects.delete(id)
      for (const place of places) proofs.set(place, { at: submissions, spent: false })
    },
    others(place: string): void {
      const proof = proofs.get(place)
      if (proof) proof.spent = true
    },
    isAtFault(id: string, begun: number, place: string): boolean {
      const refusedAt = suspects.get(id) ?? Number.POSITIVE_INFINITY
      const proof = proofs.get(place)
      suspects.delete(id)
      if (proof && !proof.spent && proof.at >= refusedAt) {
        // One acceptance convicts one job: for the next, the account may be the reason again.
        proof.spent = true
        return true
      }
      if (proof && proof.at < begun) proof.spent = true
      suspects.set(id, begun)
      const [oldest] = suspects.keys()
      if (suspects.size > mostSuspects && oldest !== undefined) suspects.delete(oldest)
      return false
    },
  }
}
