/**
 * `npm run test:crash`: jobs with every kind of fault go through a gateway that is killed again and again, and in the
 * end the history and the vendor's own books have to agree. Exits with 1 and lists the jobs if they do not.
 */

import { readOptions } from './options.ts'
import { agreeAndReport } from './report.ts'
import { run } from './run.ts'
import { openWorld } from './world.ts'

const options = readOptions(process.argv.slice(2))
const epoch = Date.now()
process.stdout.write(`${options.jobs} jobs, ${options.kills} kills, --seed ${options.seed}\n`)
const world = await openWorld({ epoch, seed: options.seed })
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void world.close().finally(() => process.exit(130)))
}
try {
  const result = await run(world, options, epoch)
  process.exitCode = agreeAndReport(result, options) ? 0 : 1
} finally {
  await world.close()
}
