import type { Backends } from '../../src/app/backends.ts'
import { openPostgresStore } from '../../src/db/postgres/store.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import type { JobStore } from '../../src/jobs/work.ts'
import { takeHistory } from './databases.ts'
import type { FakeClock } from './fake-clock.ts'
import { createPostgresPeek, type Peek } from './peek.ts'
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
  const store = standingStill(opened, clock)
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
      store,
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
function standingStill(store: JobStore, clock: FakeClock): JobStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args)
        return answer instanceof Promise ? clock.during(answer) : answer
      }
    },
  })
}
