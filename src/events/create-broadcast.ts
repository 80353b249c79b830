import type { Broadcast, BroadcastOptions, EventStore } from './broadcast.ts'
import { createNotify } from './notify.ts'
import { createRelay } from './relay.ts'

/** What each datastore does best: docs/decisions/0009-many-gateways.md has the figures. */
export function createBroadcast(store: EventStore, options: BroadcastOptions): Broadcast {
  return store.kind === 'redis' ? createRelay(store, options) : createNotify(store.url, options)
}
