import type { Correction, Sent } from '../../jobs/correction.ts'
import type { Job, Transition } from '../../jobs/job.ts'
import type { Corrected } from '../../jobs/work.ts'
import type { Execute } from './execute.ts'
import { statements } from './statements.ts'

/** Corrects what the search has guessed, inside a transaction. */
export function createCorrect({
  execute,
  save,
}: {
  readonly execute: Execute
  readonly save: (before: Job, transition: Transition) => void
}) {
  function sent(id: string): Sent | null {
    const [job] = execute(statements.anyJob, { id })
    const [submission = null] = execute(statements.submission, { id })
    return job ? { job, submission } : null
  }

  return (
    id: string,
    predictionId: string,
    decide: (own: Sent, holder: Sent | null) => Correction | null,
  ): Corrected | null => {
    const [held] = execute(statements.jobOfPrediction, { predictionId })
    const own = sent(id)
    const holder = held && held.id !== id ? sent(held.id) : null
    // What a job held that was deleted stays with it.
    const isGone = held !== undefined && held.id !== id && holder === null
    const decided = own === null || isGone ? null : decide(own, holder)
    if (own === null || decided === null) return null
    const change = { before: own.job, after: decided.own.job }
    if (holder && decided.holder) execute(statements.freePrediction, { id: holder.job.id })
    save(own.job, decided.own)
    if (!holder || !decided.holder) return { own: change, holder: null }
    save(holder.job, decided.holder)
    return { own: change, holder: { before: holder.job, after: decided.holder.job } }
  }
}
