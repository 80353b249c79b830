import { openPostgresStore, type PostgresStore } from '../../src/db/postgres/store.ts'
import type { EventStore } from '../../src/events/broadcast.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { openSharedEvents } from '../../src/events/shared.ts'
import type { Clock } from '../../src/jobs/clock.ts'
import type { JobEvents } from '../../src/jobs/events.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createLog } from '../../src/log.ts'
import { createDatabase, createRedisNamespace } from './databases.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import type { Need } from './needs.ts'
import { startPostgres } from './servers/postgres.ts'
import { startRedis } from './servers/redis.ts'
import type { Server } from './servers/server.ts'

export type Bus = JobEvents & {
  readonly listeners: number
  close(reason: Error): void | Promise<void>
}

/** Where buses tell each other of changes, and the rows of those. */
export interface BusPlace {
  readonly relay: EventStore
  readonly rows: PostgresStore
  remove(): Promise<void>
}

export interface SharedBusVariant {
  readonly name: string
  readonly need: Need | null
  prepare(): Promise<BusPlace>
  /** A server that a test may end. */
  startServer(): Promise<Server>
  /** What stands on such a server. */
  relayOn(server: Pick<Server, 'url'>): EventStore
}

/** One of the buses of a place: of as many gateways, for all that they can tell. */
export async function openSharedBus(
  { relay, rows }: Pick<BusPlace, 'relay' | 'rows'>,
  { clock, warnings = [] }: { readonly clock: Clock; readonly warnings?: string[] },
): Promise<Bus> {
  return openSharedEvents({
    store: relay,
    reader: rows,
    clock,
    log: createLog('warn', { write: (line) => void warnings.push(line) }),
  })
}

/** The rows are on PostgreSQL, whatever carries the messages. */
async function prepareRows() {
  const database = await createDatabase()
  const rows = await openPostgresStore({ url: database.url })
  return {
    url: database.url,
    rows,
    async remove() {
      await rows.close()
      await database.drop()
    },
  }
}

/** The buses of many processes. */
export const sharedBuses: readonly SharedBusVariant[] = [
  {
    name: 'PostgreSQL',
    need: null,
    async prepare() {
      const { url, ...rows } = await prepareRows()
      return { ...rows, relay: { kind: 'postgres', url } }
    },
    startServer: startPostgres,
    relayOn: ({ url }) => ({ kind: 'postgres', url }),
  },
  {
    name: 'Redis',
    need: 'Redis',
    async prepare() {
      const { url, prefix, clear } = createRedisNamespace()
      const { rows, remove } = await prepareRows()
      return {
        rows,
        relay: { kind: 'redis', url, prefix },
        remove: async () => void (await Promise.all([remove(), clear()])),
      }
    },
    startServer: startRedis,
    relayOn: ({ url }) => ({ kind: 'redis', url }),
  },
]

/** Every bus that has to keep the contract, by name. */
export const buses: readonly {
  readonly name: string
  readonly need: Need | null
  prepare(): Promise<BusPlace | null>
  open(place: BusPlace | null, clock: FakeClock): Promise<Bus>
}[] = [
  {
    name: 'memory',
    need: null,
    prepare: async () => null,
    open: async () => createMemoryEvents(),
  },
  ...sharedBuses.map((variant) => ({
    ...variant,
    async open(place: BusPlace | null, clock: FakeClock) {
      if (!place) throw new Error('this bus needs a place')
      return openSharedBus(place, { clock })
    },
  })),
]

let days = 0
/** A clock on a day of its own: what was changed on another one is not read again. */
export const createDayClock = () => {
  days += 1
  return createFakeClock(Date.UTC(2026, 0, days))
}

/** The next changes of a stream, with `count` of them. */
export async function take(stream: AsyncIterator<Job>, count: number): Promise<Job[]> {
  const jobs: Job[] = []
  while (jobs.length < count) jobs.push((await stream.next()).value)
  return jobs
}
