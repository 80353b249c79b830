/**
 * A PostgreSQL for as long as this runs: `node --import tsx test/support/servers/main.ts`. Writes its URL on a line, and
 * ends it on SIGTERM or SIGINT.
 */

import { startPostgres } from './postgres.ts'

const postgres = await startPostgres()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void postgres.stop())
process.stdout.write(`${postgres.url}\n`)
