import type { Job } from '../../src/jobs/job.ts'
import type { Judge } from './rules.ts'

/** After the end of its task a submission counts for what is left of its minute; a clock may be slow. */
const countsForMs = 3 * 60_000

interface Tenant {
  /** Its waiting jobs as they stand, and since when. */
  readonly waiting: Map<string, { readonly job: Job; readonly since: number }>
  /** What was sent and is not known to be over. */
  readonly open: Set<string>
  /** Of these, those that surely are at the vendor or on their way: the row says so. */
  readonly running: Set<string>
  /** How many claims of all there had been with its last one; 0 if there was none. */
  servedAt: number
  lastOver: number
}

/** Whose jobs start one after the other: who has nothing goes before whoever was served later, and nobody has more than it may. */
export function createTurns({
  judge,
  now,
  clockIsSet,
  mostRunning,
}: {
  readonly judge: Judge
  readonly now: () => number
  /** Whether a clock is set, by which it is counted what was sent in a minute. */
  readonly clockIsSet: boolean
  /** How many jobs a tenant may have at the vendor; null for any number. */
  readonly mostRunning: (tenant: string) => number | null
}) {
  const tenants = new Map<string, Tenant>()
  let claims = 0

  function tenantOf({ tenant: name }: Job): Tenant {
    const known = tenants.get(name)
    if (known) return known
    const tenant: Tenant = {
      waiting: new Map(),
      open: new Set(),
      running: new Set(),
      servedAt: 0,
      lastOver: 0,
    }
    tenants.set(name, tenant)
    return tenant
  }

  const hasNothing = ({ servedAt, open, lastOver }: Tenant) =>
    servedAt === 0 || (!clockIsSet && open.size === 0 && now() - lastOver > countsForMs)

  function checkClaim(claimed: Job, own: Tenant): void {
    const most = mostRunning(claimed.tenant)
    if (most !== null && own.running.size >= most)
      judge.report(
        'fair',
        `${claimed.id} starts, though ${claimed.tenant} has ${own.running.size} of ${most}`,
      )
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
    removed(job: Job): void {
      const { waiting, running } = tenantOf(job)
      waiting.delete(job.id)
      running.delete(job.id)
    },
    changed(before: Job, after: Job): void {
      const tenant = tenantOf(after)
      const isClaim = before.state === 'QUEUED' && after.state === 'SUBMITTING'
      if (isClaim) checkClaim(after, tenant)
      keep(after)
      if (isClaim) {
        claims += 1
        tenant.servedAt = claims
        tenant.open.add(after.id)
        tenant.running.add(after.id)
        return
      }
      if (!isRunning(after)) tenant.running.delete(after.id)
      if (isOverAtVendor(after)) {
        tenant.open.delete(after.id)
        tenant.lastOver = now()
      }
    },
  }
}

const isRunning = ({ state }: Job) => ['SUBMITTING', 'CREATED', 'PROCESSING'].includes(state)

/** Or never got there. What was canceled may go on there, and what is late. */
const isOverAtVendor = ({ state, error }: Job) =>
  state === 'QUEUED' || state === 'COMPLETED' || (state === 'FAILED' && error?.code !== 'DEADLINE_EXCEEDED')
