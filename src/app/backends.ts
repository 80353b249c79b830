import type { AccessStore } from '../access/store.ts'
import { describeRules, rulesOf } from '../config/access-rules.ts'
import type { Config } from '../config.ts'
import type { BroadcastOptions } from '../events/broadcast.ts'
import { StoppingError } from '../events/error.ts'
import { createMemoryEvents } from '../events/memory.ts'
import { createNotify, listenerName } from '../events/notify.ts'
import { openSharedEvents } from '../events/shared.ts'
import type { ClockOptions, OpenClock, SteadyClock, SystemClock } from '../jobs/clock.ts'
import { openDatabaseClock, openSystemClock, systemClock } from '../jobs/clock.ts'
import type { JobEvents } from '../jobs/events.ts'
import type { History } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import type { UploadStore } from '../uploads/upload.ts'
import { stopShares } from './stop.ts'

/** Where the history and the events of a gateway are: in its process, or where others share them. */
export interface Backends {
  readonly shared: boolean
  readonly clock: SteadyClock
  readonly history: History
  /** What is kept of keys. */
  readonly access: AccessStore
  /** What is kept of uploads. */
  readonly uploads: UploadStore
  readonly events: JobEvents & { readonly listeners: number }
}

export interface BackendOptions {
  readonly config: Pick<Config, 'access' | 'database' | 'role'>
  /** Closes what was opened, the last first. */
  readonly stack: AsyncDisposableStack
  readonly log: Logger
  /** In the place of one that follows the machine's, or the database's where it is shared. */
  readonly clock?: SteadyClock | undefined
  /** The machine's own. */
  readonly system?: SystemClock | undefined
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
    onPutAside: (rows: number) =>
      log.error({ rows }, 'rows of jobs that cannot be read were put aside: see the table unreadable_jobs'),
  }
}

/** The clock of this process, which no history is ahead of. */
async function openClock(
  { stack, log, clock, system = systemClock }: BackendOptions,
  { work }: Pick<History, 'work'>,
  open: (options: ClockOptions) => OpenClock | Promise<OpenClock>,
): Promise<SteadyClock> {
  if (clock) return clock
  const notBefore = await work.newestTime()
  return stack.adopt(await open({ log, system, notBefore }), (opened) => opened.close()).clock
}

async function openOwn(options: BackendOptions, { file }: { readonly file: string }): Promise<Backends> {
  const { openSqliteStore } = await import('../db/sqlite/store.ts')
  const { stack } = options
  const opened = stack.adopt(openSqliteStore({ file, ...storeOptions(options) }), (open) => open.close())
  return {
    shared: false,
    clock: await openClock(options, opened, openSystemClock),
    history: opened,
    access: opened.access,
    uploads: opened.uploads,
    events: stack.adopt(createMemoryEvents(), (bus) => bus.close(new StoppingError())),
  }
}

async function openShared(options: BackendOptions, { url }: { readonly url: string }): Promise<Backends> {
  const { openPostgresStore } = await import('../db/postgres/store.ts')
  const { sessionNames } = await import('../db/postgres/session.ts')
  const { stack, log } = options
  const onNoTextIndex = () =>
    log.warn('the database has no index of texts, so searches for prompts are slow: see docs/operations.md')
  const onWeakWall = (why: string) =>
    log.warn({ why }, 'row-level security is no second wall between tenants: see docs/operations.md')
  const opened = stack.adopt(
    await openPostgresStore({ url, ...storeOptions(options), onNoTextIndex, onWeakWall }),
    (open) => open.close(),
  )
  const clock = await openClock(options, opened, (given) => openDatabaseClock(opened.time, given))
  const { busMs: closeMs } = stopShares
  const open = (given: BroadcastOptions) => createNotify(url, given, nameOf(options.config))
  const events = stack.adopt(await openSharedEvents({ open, ...opened, clock, log, closeMs }), (bus) =>
    bus.close(new StoppingError()),
  )
  refuseOtherRules(options.config, await sessionNames(opened.pool, nameOfRules('')))
  return {
    shared: true,
    clock,
    history: opened,
    access: opened.access,
    uploads: opened.uploads,
    events,
  }
}

/** How the sessions are called of gateways that let clients in by these rules. */
const nameOfRules = (rules: string) => `${listenerName}, ${rules}`

/** A process that serves no clients lets nobody in. */
const nameOf = ({ access, role }: BackendOptions['config']) =>
  role === 'worker' ? listenerName : nameOfRules(rulesOf(access))

/**
 * Gateways that share a history go by the same rules: whoever is refused by one would be let in by the next.
 *
 * @param names of the sessions of all that serve clients
 * @throws Error with a sentence for people
 */
function refuseOtherRules(config: BackendOptions['config'], names: readonly string[]): void {
  const others = names.filter((name) => name !== nameOf(config))
  const [first] = others
  if (config.role === 'worker' || first === undefined) return
  throw new Error(
    `Another gateway on this history ${describeRules(first.slice(nameOfRules('').length))}, and this one ` +
      `${describeRules(rulesOf(config.access))}. Gateways that share a history let in the same: give them the same variables.`,
  )
}
