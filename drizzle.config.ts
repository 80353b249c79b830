import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate` writes a migration from the difference between tables.ts and the last one. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/db/sqlite/tables.ts',
  out: './src/db/sqlite/migrations',
})
