import type { JobError } from './job.ts'
import type { HoldScope } from './vendor.ts'

/** What submissions were refused for. */
export type HoldReason = HoldScope | 'rate'

/**
 * A pause of submissions: of all, or of those of one model. It is a row, so that all who share a history pause as one, and
 * one of them all finds out whether it is over. Times are milliseconds since 1970.
 */
export interface Hold {
  /** What pauses: a model, or one of `placesOfAll`. */
  readonly place: string
  readonly scope: HoldReason
  /** The vendor's words. */
  readonly message: JobError['message']
  readonly since: number
  readonly until: number
  /** How often it has come again. */
  readonly refusals: number
  /** The job that finds out whether it is over, and until when it may take for that: whoever sent it may have died. */
  readonly triedBy: string | null
  readonly triedUntil: number | null
}

/** Models have other names. */
export const placesOfAll = { rate: 'rate', other: '' } as const

export function placeOf(scope: HoldReason, model: string): string {
  return scope === 'model' ? model : scope === 'rate' ? placesOfAll.rate : placesOfAll.other
}

/** What may hold up a job of this model. */
export const placesOf = (model: string): readonly string[] => [...Object.values(placesOfAll), model]

/** What holds leave to a claim. */
export interface Gate {
  /** Until when nothing may start; null if something may. */
  readonly closedUntil: number | null
  /** Models of which nothing may start, and when that is over for the first of them. */
  readonly without: readonly string[]
  readonly nextAt: number | null
  /** Whether waiting jobs are to be tried one after the other, since one of them may be what is refused. */
  readonly inTurn: boolean
}

export function gateOf(holds: readonly Hold[], now: number): Gate {
  const closed = holds.flatMap((hold) => {
    const until = hold.until > now ? hold.until : (hold.triedUntil ?? 0)
    return until > now ? { place: hold.place, until } : []
  })
  const all: readonly string[] = Object.values(placesOfAll)
  const ofAll = closed.filter(({ place }) => all.includes(place))
  const ofModels = closed.filter(({ place }) => !all.includes(place))
  return {
    closedUntil: ofAll.length === 0 ? null : Math.max(...ofAll.map(({ until }) => until)),
    without: ofModels.map(({ place }) => place),
    nextAt: ofModels.length === 0 ? null : Math.min(...ofModels.map(({ until }) => until)),
    inTurn: holds.some(({ scope }) => scope !== 'rate'),
  }
}
