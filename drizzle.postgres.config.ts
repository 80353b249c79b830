import { defineConfig } from 'drizzle-kit'

/** The same for PostgreSQL: drizzle-kit knows one database at a time. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/db/postgres/tables.ts',
  out: './src/db/postgres/migrations',
})
