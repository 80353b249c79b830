import { createMemoryEvents } from '../../src/events/memory.ts'
import { createNotify } from '../../src/events/notify.ts'
import { openSharedEvents } from '../../src/events/shared.ts'
import type { Clock } from '../../src/jobs/clock.ts'
import type { JobEvents } from '../../src/jobs/events.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createLog } from '../../src/log.ts'
import { createDatabase } from './databases.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { isJudging } from './judging.ts'
import { openPostgresStore, type PostgresStore } from './stores.ts'

export type Bus = JobEvents & {
  readonly listeners: number
  close(reason: Error): void | Promise<void>
}

/** Where buses tell each other of changes, and the rows of those. */
export interface BusPlace {
  readonly url: string
  readonly rows: PostgresStore
  remove(): Promise<void>
}

/** One of the buses of a place: of as many gateways, for all that they can tell. */
export async function openSharedBus(
  { url, rows }: Pick<BusPlace, 'url' | 'rows'>,
  { clock, warnings = [] }: { readonly clock: Clock; readonly warnings?: string[] },
): Promise<Bus> {
  return openSharedEvents({
    closeMs: 1_000,
    open: (options) => createNotify(url, options),
    ...rows,
    clock,
    log: createLog('warn', { write: (line) => void warnings.push(line) }),
  })
}

/** A database of its own for buses, which the rows and the messages share. */
export async function prepareBuses(): Promise<BusPlace> {
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

interface BusKind {
  readonly name: string
  prepare(): Promise<BusPlace | null>
  open(place: BusPlace | null, clock: FakeClock): Promise<Bus>
}

const sharedBus: BusKind = {
  name: 'PostgreSQL',
  prepare: prepareBuses,
  async open(place, clock) {
    if (!place) throw new Error('this bus needs a place')
    return openSharedBus(place, { clock })
  },
}

/** Every bus that has to keep the contract, by name. Mutants are judged without a server, and so in memory alone. */
export const buses: readonly BusKind[] = [
  {
    name: 'memory',
    prepare: async () => null,
    open: async () => createMemoryEvents(),
  },
  ...(isJudging ? [] : [sharedBus]),
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
