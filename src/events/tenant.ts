import type { JobEvents } from '../jobs/events.ts'
import type { TenantId } from '../jobs/tenant.ts'

/** The same events, of one tenant's jobs alone. (Of a single job, whoever asks has read it before.) */
export function eventsOf(events: JobEvents, tenant: TenantId): JobEvents {
  return {
    ...events,
    ofAll: (wanted = () => true) => events.ofAll((job) => job.tenant === tenant && wanted(job)),
  }
}
