/**
 * `npm run db:copy -- --from file:data/jobs.db --to postgres://…`: copies a history from SQLite to PostgreSQL and
 * verifies the counts. May be run again.
 */
import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config.ts'
import { copyHistory } from '../src/db/copy-history.ts'
import { runScript } from './run-script.ts'

const usage = 'npm run db:copy -- --from file:data/jobs.db --to postgres://user:password@host:5432/database'

await runScript(async () => {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } })
  const from = databaseOf(values.from)
  const to = databaseOf(values.to)
  if (from?.kind !== 'sqlite' || to?.kind !== 'postgres') throw new Error(`Usage: ${usage}`)
  const result = await copyHistory({
    file: from.file,
    url: to.url,
    onProgress: (jobs) => void (process.stdout.isTTY && process.stdout.write(`\r${jobs} jobs `)),
  })
  process.stdout.write(
    [
      `${result.jobs} jobs with ${result.entries} entries of their timelines are in the database: ${result.written} written now`,
      result.newer > 0 ? `, ${result.newer} are further there than in the file and were left` : '',
      '.\n',
    ].join(''),
  )
})

function databaseOf(url: string | undefined) {
  return url === undefined ? null : loadConfig({ WAVESPEED_API_KEY: 'unused', DATABASE_URL: url }).database
}
