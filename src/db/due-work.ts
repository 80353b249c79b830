import { retention } from '../jobs/cadence.ts'
import type { Submission } from '../jobs/submission.ts'
import type { Finished, JobWork } from '../jobs/work.ts'
import { createHoldWork } from './holds.ts'
import type { Run } from './reader.ts'
import type { WorkStatements } from './work-statements.ts'

export type DueWork = Pick<
  JobWork,
  | 'job'
  | 'waitingSince'
  | 'newestTime'
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
  | 'durations'
  | 'jobOfPrediction'
  | 'rivals'
  | 'submission'
  | 'hold'
  | 'endTry'
  | 'retryHolds'
>

const day = 24 * 60 * 60_000

/** What took its time longer ago says little of today. */
const durationsKept = 90 * day

/** What is due and who does it, on either database; a history that others share keeps their leases and has a clock of its own. */
export function createDueWork(options: { readonly statements: WorkStatements; readonly run: Run }): DueWork {
  const { statements, run } = options

  async function firstDue(kind: Parameters<JobWork['firstDue']>[0]): Promise<number | null> {
    return (await run(statements.firstDue, { kind }))[0]?.at ?? null
  }

  const finish: JobWork['finish'] = async (kind, owner, results) => {
    const again = results.filter((result): result is Finished & { at: number } => result.at !== null)
    const done = results.filter(({ at }) => at === null)
    if (again.length > 0) {
      const ids = again.map(({ id }) => id)
      await run(statements.giveBack, { kind, owner, ids, times: again.map(({ at }) => Math.round(at)) })
    }
    if (done.length > 0) await run(statements.done, { kind, owner, ids: done.map(({ id }) => id) })
  }

  return {
    ...createHoldWork(options),
    job: async (id) => (await run(statements.anyJob, { id }))[0] ?? null,
    waitingSince: async () => (await run(statements.firstWaiting, {}))[0]?.at ?? null,
    newestTime: async () => (await run(statements.newestTime, {}))[0]?.at ?? null,
    firstDue,
    finish,
    async take({ kind, now, limit, lease }) {
      const taken = await run(statements.take, { kind, now, limit, ...lease })
      const ids = taken.map(({ id }) => id)
      const jobs = ids.length > 0 ? await run(statements.anyListed, { ids }) : []
      let orphans: readonly Submission[] = []
      if (jobs.length < ids.length) {
        const known = new Set(jobs.map(({ id }) => id))
        const gone = ids.filter((id) => !known.has(id))
        if (kind === 'poll') orphans = await run(statements.openSubmissions, { ids: gone })
        // What is to be followed is not done.
        await finish(
          kind,
          lease.owner,
          gone.map((id) => ({ id, at: null })),
        )
      }
      return { jobs, orphans, nextAt: ids.length < limit ? await firstDue(kind) : now }
    },
    async renew(kind, ids, lease) {
      await run(statements.renew, { kind, ids, ...lease })
    },
    async put(kind, id, at) {
      await run(statements.put, { kind, id, at, owner: null })
    },
    async repair(kind, now) {
      if (kind === 'poll') await run(statements.addPolls, { now })
      // What the vendor has dropped cannot be copied any more.
      else await run(statements.addCopies, { now, finishedAfter: now - retention })
    },
    async bringForward(kind, now, latest) {
      await run(statements.bringForward, { kind, now, latest })
    },
    async durations(kind, model) {
      const rows = await run(statements.durations, { kind, model })
      const of = (wanted: string) => rows.filter((row) => row.kind === wanted).map(({ ms }) => ms)
      return { ofKind: of(kind), ofModel: of(model) }
    },
    async prune(now, deletedBefore) {
      await run(statements.prune, { before: now - retention - day })
      await run(statements.pruneDeletions, { before: deletedBefore })
      await run(statements.pruneDurations, { before: now - durationsKept })
    },
    rivals: (fingerprint, id) => run(statements.rivals, { fingerprint, id }),
    async submission(jobId) {
      return (await run(statements.submission, { id: jobId }))[0] ?? null
    },
    async spread(kind, now) {
      await run(statements.spread, { kind, now })
    },
    async release() {},
    async jobOfPrediction(predictionId) {
      return (await run(statements.jobOfPrediction, { predictionId }))[0]?.id ?? null
    },
  }
}
