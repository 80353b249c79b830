/**
 * PostgreSQL and Redis for as long as this runs: `node --import tsx test/support/servers/main.ts`. Writes the URL of
 * each on a line, and ends them on SIGTERM or SIGINT.
 */

import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

const redis = await startRedis()
const postgres = await startPostgres()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.all([redis.stop(), postgres.stop()]))
}
process.stdout.write(`${postgres.url}\n${redis.url}\n`)
