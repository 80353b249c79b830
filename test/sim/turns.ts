import type { Job } from '../../src/jobs/job.ts'
import type { Judge } from './rules.ts'

/** After the end of its task a submission counts for what is left of its minute; a clock may be slow. */
const countsForMs = 3 * 60_000

interface Tenant {
  /** Its waiting jobs as they stand, and since when. */
  readonly waiting: Map<string, { readonly job: Job; readonly since: number }>
  /** What was sent and is not known to be over. */
  readonly open: Set<string>
  /** How many claims of all there had been with its last one; 0 if there was none. */
  servedAt: number
  lastOver: number
}

/** Whose jobs start one after the other: who has nothing goes before whoever was served later. */
export function createTurns({
  judge,
  now,
  clockIsSet,
}: {
  readonly judge: Judge
  readonly now: () => number
  /** Whether a clock is set, by which it is counted what was sent in a minute. */
  readonly clockIsSet: boolean
}) {
  const tenants = new Map<string, Tenant>()
  let claims = 0

  function tenantOf({ tenant: name }: Job): Tenant {
    const known = tenants.get(name)
    if (known) return known
    const tenant: Tenant = { waiting: new Map(), open: new Set(), servedAt: 0, lastOver: 0 }
    tenants.set(name, tenant)
    return tenant
  }

  const hasNothing = ({ servedAt, open, lastOver }: Tenant) =>
    servedAt === 0 || (!clockIsSet && open.size === 0 && now() - lastOver > countsForMs)

  function checkClaim(claimed: Job, own: Tenant): void {
    for (const [name, other] of tenants) {
      if (other === own || other.servedAt >= own.servedAt || !hasNothing(other)) continue
      for (const { job, since } of other.waiting.values())
        if (since < now() && job.runAt <= claimed.updatedAt)
          judge.report('fair', `${claimed.id} starts before ${job.id}, though ${name} has nothing`)
    }
  }

  function keep(job: Job): void {
    const { waiting } = tenantOf(job)
    if (job.state === 'QUEUED') waiting.set(job.id, { job, since: now() })
    else waiting.delete(job.id)
  }

  return {
    inserted: keep,
    removed: (job: Job) => void tenantOf(job).waiting.delete(job.id),
    changed(before: Job, after: Job): void {
      const tenant = tenantOf(after)
      const isClaim = before.state === 'QUEUED' && after.state === 'SUBMITTING'
      if (isClaim) checkClaim(after, tenant)
      keep(after)
      if (isClaim) {
        claims += 1
        tenant.servedAt = claims
        tenant.open.add(after.id)
      } else if (isOverAtVendor(after)) {
        tenant.open.delete(after.id)
        tenant.lastOver = now()
      }
    },
  }
}

/** Or never got there. What was canceled may go on there, and what is late. */
const isOverAtVendor = ({ state, error }: Job) =>
  state === 'QUEUED' || state === 'COMPLETED' || (state === 'FAILED' && error?.code !== 'DEADLINE_EXCEEDED')
