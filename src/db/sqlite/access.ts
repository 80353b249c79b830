import { existsSync, realpathSync, statSync } from 'node:fs'
import type { AccessStore } from '../../access/store.ts'
import { explainFileFault } from '../../file-fault.ts'
import { createAccessStore } from '../access-statements.ts'
import { aroundEach } from '../around.ts'
import { OlderHistoryError } from '../newer.ts'
import { connect } from './connect.ts'
import { createExecute, dialect } from './execute.ts'
import { translating } from './fault.ts'
import { HeldError } from './file.ts'
import { missingSteps } from './migrate.ts'
import { openSqliteStore } from './store.ts'

/** Who runs a command can wait while the gateway writes. */
const busyMs = 5_000

/**
 * What is kept of keys in a file that a gateway may have open: their tables are the only ones that others write. Where there is
 * no history yet, one is made, unless only what is there is to be read or changed.
 *
 * @throws Error with a sentence for people if it cannot be opened, or is of an older version, which is left as it is
 */
export function openSqliteAccess(
  file: string,
  { make = true }: { readonly make?: boolean } = {},
): { readonly access: AccessStore; close(): void } {
  if (!make && !existsSync(file)) throw new Error(`There is no history at ${file} yet (DATABASE_URL).`)
  try {
    if (isEmpty(file)) makeTables(file)
    const client = connect(realpathSync(file))
    try {
      if (missingSteps(client, file) > 0) throw new OlderHistoryError(file)
    } catch (error) {
      client.close()
      throw error
    }
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

const isEmpty = (file: string) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0

function makeTables(file: string): void {
  try {
    openSqliteStore({ file }).close()
  } catch (error) {
    // Then a gateway has made them.
    if (!(error instanceof HeldError)) throw error
  }
}
