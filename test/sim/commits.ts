import type { Job } from '../../src/jobs/job.ts'
import type { TenantId } from '../../src/jobs/tenant.ts'
import type { CommitObserver } from './disk.ts'

/** What was committed last of a job. */
export interface LastCommit {
  readonly tenant: TenantId
  /** Null: that it was deleted. */
  readonly job: Job | null
  /** Which of all commits it was, the first being 1. */
  readonly number: number
  readonly at: number
}

/** The last commit of every job. */
export interface Commits {
  readonly count: number
  readonly last: ReadonlyMap<string, LastCommit>
}

/** The same observer, and what it is told of. */
export function withCommits(
  observer: CommitObserver,
  now: () => number,
): { readonly observer: CommitObserver; readonly commits: Commits } {
  const last = new Map<string, LastCommit>()
  let count = 0
  function note({ id, tenant }: Job, job: Job | null): void {
    count += 1
    last.set(id, { tenant, job, number: count, at: now() })
  }
  return {
    commits: {
      get count() {
        return count
      },
      last,
    },
    observer: {
      ...observer,
      inserted(job) {
        note(job, job)
        observer.inserted(job)
      },
      changed(before, after, words) {
        note(after, after)
        observer.changed(before, after, words)
      },
      removed(job) {
        note(job, null)
        observer.removed(job)
      },
    },
  }
}
