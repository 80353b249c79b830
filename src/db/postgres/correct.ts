import type { Sent } from '../../jobs/correction.ts'
import type { JobWork } from '../../jobs/work.ts'
import type { Execute } from './execute.ts'
import { lockedJob, statements, type Writes } from './writes.ts'

/** Corrects what the search has guessed: both jobs in one transaction, while nobody else may write either. */
export function createCorrect({
  transaction,
  save,
}: Pick<Writes, 'transaction' | 'save'>): JobWork['correct'] {
  async function sent(on: Execute, id: string): Promise<Sent | null> {
    const [job] = await on(lockedJob, { id })
    const [submission = null] = await on(statements.submission, { id })
    return job ? { job, submission } : null
  }

  return (id, predictionId, decide) =>
    transaction(async (on) => {
      const heldBy = async () => (await on(statements.jobOfPrediction, { predictionId }))[0]?.id ?? id
      const other = await heldBy()
      const found = new Map<string, Sent | null>()
      // In the same order by everybody, so that two of them do not wait for each other.
      for (const one of new Set([id, other].sort())) found.set(one, await sent(on, one))
      const own = found.get(id) ?? null
      const holder = other === id ? null : (found.get(other) ?? null)
      // What a job held that was deleted stays with it; and what has changed hands meanwhile is told again.
      if (own === null || (other !== id && holder === null) || (await heldBy()) !== other) return null
      const decided = decide(own, holder)
      if (decided === null) return null
      const change = { before: own.job, after: decided.own.job }
      if (holder && decided.holder) await on(statements.freePrediction, { id: holder.job.id })
      await save(on, own.job, decided.own)
      if (!holder || !decided.holder) return { own: change, holder: null }
      await save(on, holder.job, decided.holder)
      return { own: change, holder: { before: holder.job, after: decided.holder.job } }
    })
}
