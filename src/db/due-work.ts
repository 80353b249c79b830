import { retention } from '../jobs/cadence.ts'
import type { ListedJob } from '../jobs/job.ts'
import type { Awaitable } from '../jobs/store.ts'
import type { Submission } from '../jobs/submission.ts'
import type { Finished, JobWork } from '../jobs/work.ts'
import type { Statement, Statements } from './statements.ts'
import type { WorkStatements } from './work-statements.ts'

type Execute = <Parameters extends object, Row>(
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
) => Awaitable<Row[]>

export type DueWork = Pick<
  JobWork,
  | 'take'
  | 'finish'
  | 'renew'
  | 'put'
  | 'firstDue'
  | 'repair'
  | 'bringForward'
  | 'spread'
  | 'release'
  | 'prune'
  | 'jobOfPrediction'
  | 'submission'
>

const day = 24 * 60 * 60_000

/** Work for a job whose row cannot be read is tried again after so long: somebody may repair it. */
const brokenPauseMs = 60_000 // 1 minute

/** What is due and who does it, on either database; a history that others share keeps their leases and has a clock of its own. */
export function createDueWork(options: {
  readonly statements: Statements & WorkStatements
  readonly execute: Execute
  readonly isReadable: (row: ListedJob) => boolean
}): DueWork {
  const { statements, execute, isReadable } = options

  async function firstDue(kind: Parameters<JobWork['firstDue']>[0]): Promise<number | null> {
    return (await execute(statements.firstDue, { kind }))[0]?.at ?? null
  }

  const finish: JobWork['finish'] = async (kind, owner, results) => {
    const again = results.filter((result): result is Finished & { at: number } => result.at !== null)
    const done = results.filter(({ at }) => at === null)
    if (again.length > 0) {
      const ids = again.map(({ id }) => id)
      await execute(statements.giveBack, { kind, owner, ids, times: again.map(({ at }) => Math.round(at)) })
    }
    if (done.length > 0) await execute(statements.done, { kind, owner, ids: done.map(({ id }) => id) })
  }

  return {
    firstDue,
    finish,
    async take({ kind, now, limit, lease }) {
      const taken = await execute(statements.take, { kind, now, limit, ...lease })
      const ids = taken.map(({ id }) => id)
      const rows = ids.length > 0 ? await execute(statements.listedOf, { ids }) : []
      const jobs = rows.filter(isReadable)
      let orphans: readonly Submission[] = []
      if (jobs.length < ids.length) {
        const known = new Set(rows.map(({ id }) => id))
        const gone = ids.filter((id) => !known.has(id))
        if (kind === 'poll' && gone.length > 0)
          orphans = await execute(statements.openSubmissions, { ids: gone })
        const taken = new Set([...jobs.map(({ id }) => id), ...orphans.map(({ jobId }) => jobId)])
        const others = ids.filter((id) => !taken.has(id))
        const at = (id: string) => (known.has(id) ? now + brokenPauseMs : null)
        await finish(
          kind,
          lease.owner,
          others.map((id) => ({ id, at: at(id) })),
        )
      }
      return { jobs, orphans, nextAt: ids.length < limit ? await firstDue(kind) : now }
    },
    async renew(kind, ids, lease) {
      await execute(statements.renew, { kind, ids, ...lease })
    },
    async put(kind, id, at) {
      await execute(statements.put, { kind, id, at: Math.round(at), owner: null })
    },
    async repair(kind, now) {
      if (kind === 'poll') await execute(statements.addPolls, { now })
      // What the vendor has dropped cannot be copied any more.
      else await execute(statements.addCopies, { now, finishedAfter: now - retention })
    },
    async bringForward(kind, now, latest) {
      await execute(statements.bringForward, { kind, now, latest })
    },
    async prune(now) {
      await execute(statements.prune, { before: now - retention - day })
    },
    async submission(jobId) {
      return (await execute(statements.submission, { id: jobId }))[0] ?? null
    },
    async spread(kind, now) {
      await execute(statements.spread, { kind, now })
    },
    async release() {},
    async jobOfPrediction(predictionId) {
      return (await execute(statements.jobOfPrediction, { predictionId }))[0]?.id ?? null
    },
  }
}
