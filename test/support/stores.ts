import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { AccessStore } from '../../src/access/store.ts'
import {
  openPostgresStore as openPostgresHistory,
  type PostgresHistory,
  type PostgresOptions,
} from '../../src/db/postgres/store.ts'
import {
  openSqliteStore as openSqliteHistory,
  type SqliteHistory,
  type SqliteOptions,
} from '../../src/db/sqlite/store.ts'
import type { Job } from '../../src/jobs/job.ts'
import { type JobEvent, transition } from '../../src/jobs/state.ts'
import type { Decide, TenantHistory } from '../../src/jobs/store.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import type { History, JobWork } from '../../src/jobs/work.ts'
import type { UploadStore } from '../../src/uploads/upload.ts'
import { takeHistory } from './databases.ts'
import { sampleJob } from './job.ts'
import { isJudging } from './judging.ts'

/** A history with the methods of all its roles at hand, for the one tenant there is. */
export type JobStore = History &
  JobWork &
  TenantHistory & { readonly access: AccessStore; readonly uploads: UploadStore }

export function whole<H extends History>(history: H): H & JobWork & TenantHistory {
  const { change: _, job: __, ...work } = history.work
  return { ...work, ...history.for(localTenant), ...history } as H & JobWork & TenantHistory // `change` and `job` of both take the same
}

/** The same store with other methods, in whichever role they are asked for. */
export function withMethods<S extends JobStore>(store: S, methods: Partial<JobWork & TenantHistory>): S {
  const changed = <T extends object>(role: T): T => ({
    ...role,
    ...Object.fromEntries(Object.entries(methods).filter(([name]) => name in role)),
  })
  return { ...store, ...methods, work: changed(store.work), for: (tenant) => changed(store.for(tenant)) }
}

export type SqliteStore = SqliteHistory & JobStore
export const openSqliteStore = (options: SqliteOptions): SqliteStore => whole(openSqliteHistory(options))

export type PostgresStore = PostgresHistory & JobStore
export const openPostgresStore = async (options: PostgresOptions): Promise<PostgresStore> =>
  whole(await openPostgresHistory(options))

export interface OpenStore {
  readonly store: JobStore
  /** Closes it and opens it again on the same data. */
  reopen(): Promise<JobStore>
  close(): Promise<void>
}

interface Store {
  readonly name: string
  /** Whether several gateways may have it open. */
  readonly shared: boolean
  open(options?: { readonly walkedFirst?: number }): Promise<OpenStore>
}

const everyStore: readonly Store[] = [
  {
    name: 'SQLite',
    shared: false,
    async open(options = {}) {
      const folder = mkdtempSync(join(tmpdir(), 'wavespeed-store-'))
      const file = join(folder, 'jobs.db')
      let store = openSqliteStore({ file, ...options })
      return {
        get store() {
          return store
        },
        async reopen() {
          store.close()
          store = openSqliteStore({ file, ...options })
          return store
        },
        async close() {
          store.close()
          rmSync(folder, { recursive: true })
        },
      }
    },
  },
  {
    name: 'PostgreSQL',
    shared: true,
    async open(options = {}) {
      const database = await takeHistory()
      let store = await openPostgresStore({ url: database.url, ...options })
      return {
        get store() {
          return store
        },
        async reopen() {
          await store.close()
          store = await openPostgresStore({ url: database.url, ...options })
          return store
        },
        async close() {
          await store.close()
          await database.drop()
        },
      }
    },
  },
]

/** One that reads nothing in a thread of its own. It cannot be opened again. */
export const inMemory: Store = {
  name: 'SQLite in memory',
  shared: false,
  async open(options = {}) {
    const store = openSqliteStore({ file: ':memory:', ...options })
    return { store, reopen: async () => store, close: async () => store.close() }
  },
}

/** Every store that has to keep the contract, by name. Mutants are judged without a server, and so on SQLite alone. */
export const stores = everyStore.filter(({ shared }) => !shared || !isJudging)

/** Opens a store for each test, and closes it after it. */
export function useStore(open: () => Promise<OpenStore>) {
  let opened: OpenStore
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.close())
  return {
    get store() {
      return opened.store
    },
    reopen: () => opened.reopen(),
    insert: (change: Partial<Job> = {}) => record(opened.store, change),
  }
}

/** Records a sample job, but for `change`. */
export async function record(store: JobStore, change: Partial<Job> = {}): Promise<Job> {
  const job = sampleJob(change)
  const { version, updatedAt: at, state } = job
  await store.insert(job, { version, at, state, message: 'Recorded.' })
  return job
}

/** What an event makes of whatever job it meets. */
export const decide =
  (event: JobEvent, now = 5_000): Decide =>
  (job) =>
    transition(job, event, now)

export const ids = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id)
