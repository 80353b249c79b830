import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore } from '../../src/db/postgres/store.ts'
import { openSqliteStore } from '../../src/db/sqlite/store.ts'
import type { JobStore } from '../../src/jobs/ports.ts'
import { createDatabase } from './databases.ts'

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
      const database = await createDatabase()
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
