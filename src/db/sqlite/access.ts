import { realpathSync } from 'node:fs'
import type { AccessStore } from '../../access/store.ts'
import { explainFileFault } from '../../file-fault.ts'
import { createAccessStore } from '../access-statements.ts'
import { aroundEach } from '../around.ts'
import { connect } from './connect.ts'
import { createExecute, dialect } from './execute.ts'
import { translating } from './fault.ts'
import { HeldError } from './file.ts'
import { openSqliteStore } from './store.ts'

/** Who runs a command can wait while the gateway writes. */
const busyMs = 5_000

/** What is kept of keys in a file that a gateway may have open: their tables are the only ones that others write. */
export function openSqliteAccess(file: string): { readonly access: AccessStore; close(): void } {
  try {
    openSqliteStore({ file }).close() // Makes the tables.
  } catch (error) {
    // Then a gateway has made them.
    if (!(error instanceof HeldError)) throw error
  }
  try {
    const client = connect(realpathSync(file))
    client.pragma('synchronous = FULL')
    client.pragma(`busy_timeout = ${busyMs}`)
    const execute = createExecute(client)
    const access = createAccessStore({
      dialect,
      run: async (statement, parameters) => execute(statement, parameters),
      together: async (writes) =>
        client
          .transaction(() => {
            for (const [statement, parameters] of writes) execute(statement, parameters as never) // its own: see `Write`
          })
          .immediate(),
    })
    return { access: aroundEach(access, translating()), close: () => client.close() }
  } catch (error) {
    throw explainFileFault(error, 'DATABASE_URL', 'the history', file)
  }
}
