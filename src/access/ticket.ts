import type { Clock } from '../jobs/clock.ts'
import type { RandomBytes } from '../jobs/id.ts'
import { AccessKeyError } from './error.ts'
import { hashOf } from './key.ts'
import type { AccessStore, Ticket } from './store.ts'
import type { Viewer } from './viewer.ts'

/** So long a ticket can be shown: a client does so at once. */
export const ticketLifeMs = 60_000 // 1 minute

/**
 * Makes a ticket for who cannot send headers, such as `EventSource`: whoever shows it first may follow these jobs, or all
 * where none is named, for as long as the rights of its maker last.
 *
 * @throws AccessKeyError if the maker may follow nothing
 */
export async function createTicket(
  {
    store,
    clock,
    random,
  }: {
    readonly store: Pick<AccessStore, 'addTicket'>
    readonly clock: Pick<Clock, 'now'>
    readonly random: RandomBytes
  },
  { tenant, kind, id, name, expiresAt, scopes }: Viewer,
  jobIds: readonly string[] | null,
): Promise<{ readonly ticket: string; readonly expiresAt: number }> {
  if (!scopes.has('jobs:read')) throw new AccessKeyError('A ticket needs the scope jobs:read.')
  const ticket = `wst_${Buffer.from(random(new Uint8Array(32))).toString('hex')}`
  const until = clock.now() + ticketLifeMs
  await store.addTicket({
    hash: hashOf(ticket),
    tenant,
    kind,
    viewerId: id,
    name,
    jobIds,
    expiresAt: until,
    endsAt: expiresAt,
  })
  return { ticket, expiresAt: until }
}

export const isTicket = (text: string): boolean => /^wst_[0-9a-f]{64}$/.test(text)

/** Who comes with a ticket: its maker, who may do no more than follow. */
export function viewerOfTicket({ tenant, kind, viewerId, name, jobIds, endsAt }: Ticket): Viewer {
  return { tenant, kind, id: viewerId, name, scopes: new Set(), expiresAt: endsAt, follows: jobIds }
}
