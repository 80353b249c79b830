import type { Job } from '../../src/jobs/job.ts'
import type { TenantId } from '../../src/jobs/tenant.ts'
import type { JobChange } from '../../src/service/changes.ts'
import type { Commits, LastCommit } from './commits.ts'
import { isOver } from './history.ts'
import type { Judge, RuleName } from './rules.ts'

/** What a client has on its disk: it is as old as its sequence. */
interface Kept {
  /** The version of each job, and whether it is only known from the beginning of the stream. */
  readonly jobs: ReadonlyMap<string, { readonly version: number; readonly isPresent: boolean }>
  readonly gone: ReadonlySet<string>
  readonly sequence: string | null
  /** When that was told. */
  readonly toldAt: number
  /** How many commits there had been when it began: all that came later it has to be told. */
  readonly since: number
}

const nothing: Kept = { jobs: new Map(), gone: new Set(), sequence: null, toldAt: 0, since: 0 }

/** A client's copy of a tenant's jobs, and what the stream promises about it. */
export interface Copy {
  /** Where to go on; null: it has to begin anew. */
  readonly sequence: string | null
  readonly toldAt: number
  /** Forgets everything. */
  begin(): void
  hear(change: JobChange): void
  /** What it has comes onto its disk. */
  save(): void
  /** It has died, and goes on from what is on its disk. */
  goBack(): void
  /** Compares it with what was committed until `at`, by this rule. */
  judge(rule: RuleName, at: number): void
}

export function createCopy(options: {
  readonly name: string
  readonly tenant: TenantId
  readonly commits: Commits
  readonly judge: Judge
  readonly now: () => number
}): Copy {
  const { name, tenant, commits, judge, now } = options
  let saved = nothing
  let jobs = new Map(nothing.jobs)
  let gone = new Set(nothing.gone)
  let { sequence, toldAt, since } = nothing

  const grows = (detail: string) => judge.report('mirror-grows', `${name}: ${detail}`)

  function hearJob({ id, version, ...job }: Job, isPresent: boolean): void {
    const known = jobs.get(id)
    const what = `${id} v${version}`
    if (job.tenant !== tenant) grows(`${what} is another tenant's`)
    if (gone.has(id)) grows(`${what} after its deletion`)
    // What changed while the beginning was read may be in it, and is told nevertheless.
    const repeats = known?.isPresent && !isPresent && known.version === version
    if (known && known.version >= version && !repeats) grows(`${what} after v${known.version}`)
    jobs.set(id, { version, isPresent })
  }

  function hearDeletion(id: string): void {
    if (gone.has(id)) grows(`${id} is deleted a second time`)
    if (commits.last.get(id)?.tenant !== tenant) grows(`the deletion of ${id} is another tenant's`)
    jobs.delete(id)
    gone.add(id)
  }

  /** What is wrong about a job in it; null for nothing. */
  function faultOf(id: string, { job, number }: LastCommit): string | null {
    const version = jobs.get(id)?.version ?? null
    const isDue = number > since || (job !== null && !isOver(job))
    const has = version === null ? (gone.has(id) ? 'it deleted' : 'nothing of it') : `v${version}`
    if (job === null)
      return version !== null || (isDue && !gone.has(id)) ? `deleted, and the copy has ${has}` : null
    const isWrong = version === null ? isDue : version < job.version
    return isWrong ? `at v${job.version}, and the copy has ${has}` : null
  }

  return {
    get sequence() {
      return sequence
    },
    get toldAt() {
      return toldAt
    },
    begin() {
      jobs = new Map()
      gone = new Set()
      sequence = null
      since = commits.count
    },
    hear({ kind, jobId, job, sequence: told }) {
      if (kind === 'DELETED' && jobId !== null) hearDeletion(jobId)
      if (job !== null) hearJob(job, kind === 'PRESENT')
      if ((told === null) !== (kind === 'PRESENT'))
        grows(`${kind} has ${told === null ? 'no' : 'a'} sequence`)
      if (told === null) return
      sequence = told
      toldAt = now()
    },
    save() {
      saved = { jobs: new Map(jobs), gone: new Set(gone), sequence, toldAt, since }
    },
    goBack() {
      jobs = new Map(saved.jobs)
      gone = new Set(saved.gone)
      sequence = saved.sequence
      toldAt = saved.toldAt
      since = saved.since
    },
    judge(rule, at) {
      for (const [id, last] of commits.last) {
        const fault = last.tenant === tenant && last.at <= at ? faultOf(id, last) : null
        if (fault !== null) judge.report(rule, `${name}: ${id} is ${fault}`)
      }
    },
  }
}
