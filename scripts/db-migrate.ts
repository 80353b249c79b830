/**
 * `npm run db:migrate`: brings the tables of DATABASE_URL up to date. A gateway does so when it starts; this is for those
 * who let another user of the database do it first.
 */
import { loadConfig, readEnvironment } from '../src/config.ts'
import { migratePostgres } from '../src/db/postgres/migrate.ts'
import { openSqliteStore } from '../src/db/sqlite/store.ts'
import { runScript } from './run-script.ts'

await runScript(async () => {
  // The key is the gateway's matter: whoever may change tables need not have it.
  const key = { WAVESPEED_API_KEY: 'unused', WAVESPEED_API_KEY_FILE: undefined }
  const { database } = loadConfig({ ...readEnvironment(process.cwd()), ...key })
  if (database.kind === 'sqlite') openSqliteStore({ file: database.file }).close()
  else await migratePostgres(database.url, { always: true })
  process.stdout.write('The tables are up to date.\n')
})
