import { defineConfig } from 'drizzle-kit'

/**
 * `npm run db:generate` writes a migration of each database from the difference between its tables.ts and the last one.
 * drizzle-kit knows one database at a time; DIALECT says which.
 */
const dialect = process.env['DIALECT'] === 'postgresql' ? 'postgresql' : 'sqlite'
const folder = dialect === 'postgresql' ? 'postgres' : 'sqlite'

export default defineConfig({
  dialect,
  schema: `./src/db/${folder}/tables.ts`,
  out: `./src/db/${folder}/migrations`,
})
