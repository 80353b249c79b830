import type { Copied } from './copy.ts'

/** So often a lasting failure has to be seen before it is believed, which takes five minutes: a CDN may be late. */
const lastingTries = 6

export type Failed = Exclude<Copied, { kind: 'kept' }>

/** Where a job goes on in its next turn, and what of the earlier outputs failed. */
export interface Round {
  readonly from: number
  readonly failed: readonly Failed[]
}

/** What the tries of one job came to. */
export interface Tally {
  /** Rounds that failed by the outputs' own fault. */
  readonly count: number
  /** Whether it was the outputs' fault this time, and not the archive's. */
  readonly isOwnFault: boolean
  /** Whether another try may help. */
  readonly isOpen: boolean
}

/** What became of the jobs that are tried again; a restart forgets it and tries afresh. */
export interface Tries {
  /** The jobs of which something has failed. */
  readonly failing: readonly string[]
  /** The round that was interrupted, or a new one. */
  resume(jobId: string): Round
  /** Other jobs have their turn first. */
  interrupt(jobId: string, round: Round): void
  /** Counts what failed in a round. */
  count(jobId: string, failed: readonly Failed[]): Tally
  /** Nothing of this job fails any more. */
  forget(jobId: string): void
}

export function createTries(): Tries {
  const failures = new Map<string, { readonly count: number; readonly lasting: number }>()
  const rounds = new Map<string, Round>()
  return {
    get failing() {
      return [...failures.keys()]
    },
    resume(jobId) {
      const round = rounds.get(jobId) ?? { from: 0, failed: [] }
      rounds.delete(jobId)
      return round
    },
    interrupt(jobId, round) {
      rounds.set(jobId, round)
    },
    count(jobId, failed) {
      const before = failures.get(jobId) ?? { count: 0, lasting: 0 }
      const isOwnFault = failed.some(({ kind }) => kind !== 'refused')
      const count = before.count + (isOwnFault ? 1 : 0)
      const lasting = before.lasting + (failed.some(({ kind }) => kind === 'lasting') ? 1 : 0)
      failures.set(jobId, { count, lasting })
      const isOpen = failed.some(
        ({ kind }) => kind !== 'hopeless' && (kind !== 'lasting' || lasting < lastingTries),
      )
      return { count, isOwnFault, isOpen }
    },
    forget(jobId) {
      failures.delete(jobId)
      rounds.delete(jobId)
    },
  }
}
