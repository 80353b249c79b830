import { randomUUID } from 'node:crypto'
import { setTimeout as realPause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Clock } from '../../src/jobs/clock.ts'
import { systemClock } from '../../src/jobs/clock.ts'
import type { StepQueue } from '../../src/jobs/queue.ts'
import { createLog } from '../../src/log.ts'
import { openBullQueue } from '../../src/queue/bullmq.ts'
import type { QueueStore } from '../../src/queue/datastore.ts'
import { createEmbeddedQueue } from '../../src/queue/embedded.ts'
import { createDatabase, createRedisNamespace } from './databases.ts'
import { eventually } from './eventually.ts'
import { createFakeClock } from './fake-clock.ts'
import type { Need } from './needs.ts'
import { startPostgres } from './servers/postgres.ts'
import { startRedis } from './servers/redis.ts'
import type { Server } from './servers/server.ts'

type Queue = StepQueue & { readonly size: number }

export interface OpenQueue {
  readonly queue: Queue
  now(): number
  /** Lets time go by: real time for a queue of BullMQ, whose datastore has a clock of its own. */
  pass(ms: number): Promise<void>
  /** Comes when every entry is where it waits, as long as no step runs. */
  written(): Promise<void>
  /** Lets time go by until `check` stops throwing. */
  until(check: () => void): Promise<void>
  /** Stops the queue, if that was not done, and says how many timers it left. */
  close(): Promise<number>
}

/** A place for the entries of queues that share them. */
export interface QueuePlace {
  readonly store: QueueStore
  remove(): Promise<void>
}

/** Queues of different names know nothing of each other: tests share a place and take a name each. */
export const uniqueQueueName = () => `test-${randomUUID()}`

export interface QueueVariant {
  readonly name: string
  readonly need: Need | null
  /** Nothing but a name for the embedded queue, which has no place. */
  prepare(): Promise<QueuePlace | null>
  open(place: QueuePlace | null, atOnce?: number): Promise<OpenQueue>
}

export interface SharedQueueVariant extends QueueVariant {
  prepare(): Promise<QueuePlace>
  /** A server that a test may end. */
  startServer(): Promise<Server>
  /** What stands on such a server. */
  storeOn(server: Pick<Server, 'url'>): QueueStore
  /** Whether entries are still there after a restart of the tests' server. */
  readonly lasting: boolean
}

/** One of the queues of one name: of as many processes, for all that they can tell. */
export async function openSharedQueue(
  store: QueueStore,
  name: string,
  atOnce?: number,
  clock: Clock = systemClock,
): Promise<Queue> {
  return openBullQueue({
    name,
    store,
    clock,
    log: createLog('silent'),
    ...(atOnce && { atOnce }),
  })
}

async function openOnRealTime(place: QueuePlace | null, atOnce?: number): Promise<OpenQueue> {
  if (!place) throw new Error('this queue needs a place')
  const queue = await openSharedQueue(place.store, uniqueQueueName(), atOnce)
  const written = () => eventually(() => expect(queue.size).toBe(0))
  return {
    queue,
    now: systemClock.now,
    pass: (ms) => realPause(ms),
    written,
    until: eventually,
    async close() {
      await queue.stop()
      await written() // A stop waits for a second at the most, which a busy machine may need for one entry.
      return queue.size
    },
  }
}

/** The queues of many processes. */
export const sharedQueues: readonly SharedQueueVariant[] = [
  {
    name: 'BullMQ on PostgreSQL',
    need: null,
    async prepare() {
      const database = await createDatabase()
      return { store: { kind: 'postgres', url: database.url }, remove: database.drop }
    },
    open: openOnRealTime,
    startServer: startPostgres,
    storeOn: ({ url }) => ({ kind: 'postgres', url }),
    lasting: true,
  },
  {
    name: 'BullMQ on Redis',
    need: 'Redis',
    async prepare() {
      const { url, prefix, clear } = createRedisNamespace()
      return { store: { kind: 'redis', url, prefix }, remove: clear }
    },
    open: openOnRealTime,
    startServer: startRedis,
    storeOn: ({ url }) => ({ kind: 'redis', url }),
    lasting: false,
  },
]

/** Every queue that has to keep the contract, by name. */
export const queues: readonly QueueVariant[] = [
  {
    name: 'embedded',
    need: null,
    prepare: async () => null,
    async open(_place, atOnce) {
      const clock = createFakeClock()
      const queue = createEmbeddedQueue(clock, atOnce)
      return {
        queue,
        now: clock.now,
        pass: clock.advance,
        written: async () => {},
        until: (check) =>
          clock.until(() => {
            try {
              check()
              return true
            } catch {
              return false
            }
          }, 10),
        async close() {
          await queue.stop()
          return clock.pending
        },
      }
    },
  },
  ...sharedQueues,
]
