import type { Backends } from '../../src/app/backends.ts'
import { type Around, aroundEach, aroundHistory } from '../../src/db/around.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { takeHistory } from './databases.ts'
import type { FakeClock } from './fake-clock.ts'
import { createPostgresPeek, type Peek } from './peek.ts'
import { openPostgresStore } from './stores.ts'
import { startTcpProxy } from './tcp-proxy.ts'

/** Where the history of a gateway lies, for suites that run on each. */
export const histories = ['SQLite', 'PostgreSQL'] as const
export type HistoryName = (typeof histories)[number]

export interface PostgresHistory {
  readonly url: string
  /** Whether its server is out of reach. */
  away(isAway: boolean): void
  readonly peek: Peek
  /** What a gateway is given that begins on this history, or begins again. */
  backends(): Backends
  close(): Promise<void>
}

/**
 * A history on PostgreSQL, shared as far as a gateway can tell, that goes by the fake clock. Events are in the process:
 * those of many gateways go by real time.
 */
export async function openPostgresHistory(clock: FakeClock): Promise<PostgresHistory> {
  const database = await takeHistory()
  const way = await startTcpProxy(database.url)
  const opened = await openPostgresStore({ url: way.url })
  const still = standingStill(clock)
  const history = aroundHistory(opened, still)
  const access = aroundEach(opened.access, still)
  return {
    url: way.url,
    peek: createPostgresPeek(database.url),
    away(isAway) {
      if (isAway) way.refuse()
      else way.accept()
    },
    backends: () => ({
      shared: true,
      clock,
      history,
      access,
      uploads: opened.uploads,
      events: createMemoryEvents(),
    }),
    async close() {
      await opened.close()
      await way.close()
      await database.drop()
    },
  }
}

/** Time stands still while a statement is under way. */
const standingStill =
  (clock: FakeClock): Around =>
  (_, call) =>
  (...args) =>
    clock.during(call(...args))
