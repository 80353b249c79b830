import { createHash } from 'node:crypto'
import type { JsonValue } from './input.ts'
import type { Job } from './job.ts'
import { isActive } from './state.ts'
import type { TenantId } from './tenant.ts'

/**
 * A POST as the account's limits count it: from before it leaves until the vendor's task is over, whatever becomes of the job.
 * One that the vendor surely did not take is none. Times are milliseconds since 1970.
 */
export interface Submission {
  readonly jobId: string
  readonly tenant: TenantId
  /** The same for the same request: see `fingerprintOf`. Empty where an older version sent it. */
  readonly fingerprint: string
  /** The version of the job that its claim made: a later claim of the same job is another submission. */
  readonly attempt: number
  readonly begunAt: number
  /** Written right before the first byte may leave; null means that none has. */
  readonly sentAt: number | null
  /** From when the vendor counts it, at the latest: its beginning, then its sending, then its answer. */
  readonly countedAt: number
  readonly predictionId: string | null
  /** Whether only the search says so: of equal requests it cannot be sure. */
  readonly guessed: boolean
  /** When it was heard that the task is over. */
  readonly endedAt: number | null
}

/** What a change of a job makes of its submission; null for nothing. */
export type SubmissionChange =
  | { readonly kind: 'begun' }
  /** The vendor surely does not have it. */
  | { readonly kind: 'withdrawn' }
  /** The vendor has it, or had: then it ended. */
  | { readonly kind: 'known'; readonly ended: boolean }
  | null

export function submissionChange(before: Job | null, after: Job): SubmissionChange {
  if (after.state === 'SUBMITTING' && before?.state === 'QUEUED') return { kind: 'begun' }
  if (before !== null && before.submittedAt !== null && after.submittedAt === null)
    return { kind: 'withdrawn' }
  // Its answer was lost: if it arrived, then before now.
  if (after.state === 'SUBMITTING' && before?.state === 'SUBMITTING') return { kind: 'known', ended: false }
  const ended = isTaskOver(after)
  const isNews = before === null || before.predictionId !== after.predictionId || ended !== isTaskOver(before)
  const wasSent = [before, after].some(
    (job) => job !== null && (job.predictionId !== null || isActive(job.state)),
  )
  return isNews && wasSent ? { kind: 'known', ended } : null
}

/** Whether the vendor has nothing to do for it any more. A job that was canceled or is late tells nothing of its task. */
export function isTaskOver({ state, error }: Pick<Job, 'state' | 'error'>): boolean {
  return state === 'COMPLETED' || (state === 'FAILED' && error?.code !== 'DEADLINE_EXCEEDED')
}

/** When a job was sent, as far as its row tells. */
export function sentAtOf({ submittedAt, createdAt }: Pick<Job, 'submittedAt' | 'createdAt'>): number {
  return submittedAt ?? createdAt
}

/** The submission of a job after such a change; `known` is what was known of it. */
export function submissionAfter(
  known: Submission | null,
  change: Exclude<SubmissionChange, { kind: 'withdrawn' } | null>,
  job: Job,
  guessed = false,
): Submission {
  const at = job.state === 'SUBMITTING' ? job.updatedAt : (job.submittedAt ?? job.updatedAt)
  const begun: Submission = {
    jobId: job.id,
    tenant: job.tenant,
    fingerprint: known?.fingerprint || fingerprintOf(job),
    attempt: job.version,
    begunAt: at,
    sentAt: null,
    countedAt: at,
    predictionId: null,
    guessed: false,
    endedAt: null,
  }
  if (change.kind === 'begun') return begun
  const before = known ?? { ...begun, sentAt: job.submittedAt }
  return {
    ...before,
    // What the vendor has was sent.
    sentAt: before.sentAt ?? (job.predictionId === null ? null : at),
    // One that is found may have arrived at any time before that.
    countedAt: Math.max(before.countedAt, before.predictionId === job.predictionId ? at : job.updatedAt),
    predictionId: job.predictionId,
    guessed: before.predictionId === job.predictionId ? before.guessed : guessed,
    endedAt: change.ended ? job.updatedAt : null,
  }
}

/** What tells a request from others without its texts, which are deleted with the job. */
export function fingerprintOf({ model, input }: Pick<Job, 'model' | 'input'>): string {
  return createHash('sha256')
    .update(canonical([model, input]))
    .digest('base64url')
}

/** JSON in one form, whatever the order of its members. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  )
}
