import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { openPostgresStore } from '../../src/db/postgres/store.ts'
import { openSqliteStore } from '../../src/db/sqlite/store.ts'
import type { Job } from '../../src/jobs/job.ts'
import { type JobEvent, transition } from '../../src/jobs/state.ts'
import type { Decide } from '../../src/jobs/store.ts'
import type { JobStore } from '../../src/jobs/work.ts'
import { takeHistory } from './databases.ts'
import { sampleJob } from './job.ts'

export interface OpenStore {
  readonly store: JobStore
  /** Closes it and opens it again on the same data. */
  reopen(): Promise<JobStore>
  close(): Promise<void>
}

/** Every store that has to keep the contract, by name. */
export const stores: readonly {
  readonly name: string
  /** Whether several gateways may have it open. */
  readonly shared: boolean
  open(): Promise<OpenStore>
}[] = [
  {
    name: 'SQLite',
    shared: false,
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'wavespeed-store-'))
      const file = join(folder, 'jobs.db')
      let store = openSqliteStore({ file })
      return {
        get store() {
          return store
        },
        async reopen() {
          store.close()
          store = openSqliteStore({ file })
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
    async open() {
      const database = await takeHistory()
      let store = await openPostgresStore({ url: database.url })
      return {
        get store() {
          return store
        },
        async reopen() {
          await store.close()
          store = await openPostgresStore({ url: database.url })
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
