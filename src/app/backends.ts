import type { Config } from '../config.ts'
import { StoppingError } from '../errors.ts'
import { createMemoryEvents } from '../events/memory.ts'
import { openSharedEvents } from '../events/shared.ts'
import type { Clock } from '../jobs/clock.ts'
import { openDatabaseClock, systemClock } from '../jobs/clock.ts'
import type { JobEvents } from '../jobs/events.ts'
import type { StepQueue } from '../jobs/queue.ts'
import type { JobStore } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { openBullQueue } from '../queue/bullmq.ts'
import { createEmbeddedQueue } from '../queue/embedded.ts'

/** What a queue tells of itself besides: how many steps it knows of in this process. */
type Queue = StepQueue & { readonly size: number }

/** Where the history, the steps and the events of a gateway are: in its process, or where others share them. */
export interface Backends {
  readonly shared: boolean
  readonly clock: Clock
  readonly store: JobStore
  readonly events: JobEvents & { readonly listeners: number }
  readonly queue: Queue
  /** Opens the queue of copies to the archive, where there is one. */
  openCopies(atOnce: number): Promise<Queue>
}

export interface BackendOptions {
  readonly config: Pick<Config, 'database' | 'redis'>
  /** Closes what was opened, the last first. */
  readonly stack: AsyncDisposableStack
  readonly log: Logger
  /** Instead of the system's clock, or the database's where it is shared. */
  readonly clock?: Clock | undefined
  readonly onStatement?: ((sql: string) => void) | undefined
}

/**
 * Opens what the configuration names. Only what is used is loaded: a gateway on SQLite knows no PostgreSQL.
 *
 * @throws Error with a sentence for people if something cannot be reached
 */
export async function openBackends(options: BackendOptions): Promise<Backends> {
  const { database } = options.config
  return database.kind === 'sqlite' ? openOwn(options, database) : openShared(options, database)
}

function storeOptions({ log, onStatement }: BackendOptions) {
  return {
    ...(onStatement && { onStatement }),
    onMigrated: (steps: number) => log.info({ steps }, 'the tables of the history were made or upgraded'),
    onUnreadable: (jobId: string, column: string) =>
      log.error({ jobId, column }, 'the row of a job is broken: it is left out until it is repaired'),
  }
}

async function openOwn(options: BackendOptions, { file }: { readonly file: string }): Promise<Backends> {
  const { openSqliteStore } = await import('../db/sqlite/store.ts')
  const { stack, clock = systemClock } = options
  const opened = stack.adopt(openSqliteStore({ file, ...storeOptions(options) }), (open) => open.close())
  return {
    shared: false,
    clock,
    store: opened,
    events: stack.adopt(createMemoryEvents(), (bus) => bus.close(new StoppingError())),
    queue: createEmbeddedQueue(clock),
    openCopies: async (atOnce) => createEmbeddedQueue(clock, atOnce),
  }
}

async function openShared(options: BackendOptions, { url }: { readonly url: string }): Promise<Backends> {
  const { openPostgresStore } = await import('../db/postgres/store.ts')
  const { config, stack, log } = options
  const opened = stack.adopt(await openPostgresStore({ url, ...storeOptions(options) }), (open) =>
    open.close(),
  )
  const clock =
    options.clock ?? stack.adopt(await openDatabaseClock(opened.time, log), (open) => open.close()).clock
  const between = config.redis
    ? { kind: 'redis' as const, ...config.redis }
    : { kind: 'postgres' as const, url }
  const events = stack.adopt(await openSharedEvents({ store: between, reader: opened, clock, log }), (bus) =>
    bus.close(new StoppingError()),
  )
  const openQueue = async (name: string, atOnce?: number) =>
    stack.adopt(
      await openBullQueue({ name, store: between, clock, log, ...(atOnce && { atOnce }) }),
      // Most often its user has stopped it: that does no harm.
      (queue) => queue.stop(),
    )
  return {
    shared: true,
    clock,
    store: opened,
    events,
    queue: await openQueue('steps'),
    openCopies: (atOnce) => openQueue('copies', atOnce),
  }
}
