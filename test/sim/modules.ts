import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The program that is simulated. It may be another copy of the source than the one beside the simulator. */
export interface Modules {
  readonly createCore: typeof import('../../src/app/core.ts').createCore
  readonly openSqliteStore: typeof import('../../src/db/sqlite/store.ts').openSqliteStore
  readonly createMemoryEvents: typeof import('../../src/events/memory.ts').createMemoryEvents
  readonly openSharedEvents: typeof import('../../src/events/shared.ts').openSharedEvents
  readonly followJob: typeof import('../../src/service/follow.ts').followJob
  readonly followJobs: typeof import('../../src/service/follow.ts').followJobs
  readonly followChanges: typeof import('../../src/service/changes.ts').followChanges
  readonly ChangesExpiredError: typeof import('../../src/service/error.ts').ChangesExpiredError
  readonly openSystemClock: typeof import('../../src/jobs/clock.ts').openSystemClock
  readonly openDatabaseClock: typeof import('../../src/jobs/clock.ts').openDatabaseClock
  readonly createLog: typeof import('../../src/log.ts').createLog
  readonly ExpectedError: typeof import('../../src/expected-error.ts').ExpectedError
  readonly HistoryUnavailableError: typeof import('../../src/jobs/history-error.ts').HistoryUnavailableError
  readonly StoppingError: typeof import('../../src/events/error.ts').StoppingError
  readonly NotSentError: typeof import('../../src/wavespeed/error.ts').NotSentError
}

/** @param root the folder that has `src` in it */
export async function loadModules(root: string): Promise<Modules> {
  const load = (path: string) => import(pathToFileURL(join(root, 'src', path)).href)
  const loaded = await Promise.all([
    load('app/core.ts'),
    load('db/sqlite/store.ts'),
    load('events/memory.ts'),
    load('events/shared.ts'),
    load('events/error.ts'),
    load('service/follow.ts'),
    load('service/changes.ts'),
    load('service/error.ts'),
    load('jobs/clock.ts'),
    load('log.ts'),
    load('expected-error.ts'),
    load('jobs/history-error.ts'),
    load('wavespeed/error.ts'),
  ])
  return Object.assign({}, ...loaded) as Modules // by the paths above
}
