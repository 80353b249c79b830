import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/db/sqlite/store.ts'
import type { JobStore } from '../../src/jobs/ports.ts'

export interface OpenStore {
  readonly store: JobStore
  /** Closes it and opens it again on the same data. */
  reopen(): JobStore
  close(): void
}

/** Every store that has to keep the contract, by name. */
export const stores: readonly { readonly name: string; open(): OpenStore }[] = [
  {
    name: 'SQLite',
    open() {
      const folder = mkdtempSync(join(tmpdir(), 'wavespeed-store-'))
      const file = join(folder, 'jobs.db')
      let store = openSqliteStore({ file })
      return {
        get store() {
          return store
        },
        reopen() {
          store.close()
          store = openSqliteStore({ file })
          return store
        },
        close() {
          store.close()
          rmSync(folder, { recursive: true })
        },
      }
    },
  },
]
