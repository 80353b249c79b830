/**
 * `npm run test:cluster`: three gateways on one history, with subscribers on all of them. One gateway is killed, one is
 * stopped, and PostgreSQL is restarted. Every job has to end, none may be sent twice, and every subscriber has to see the end.
 *
 * With `--limits` nothing is disturbed: a burst of jobs must never make the gateways together exceed what the account
 * allows. Exits with 1 and says why if a rule does not hold.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { readOptions } from './options.ts'
import { report } from './report.ts'
import { run } from './run.ts'
import { openWorld, type World } from './world.ts'

const options = readOptions(process.argv.slice(2))
const limits = { videosPerMinute: 200, concurrency: 25 }
const faults: string[] = []

async function disturb({ gateways, postgres }: World): Promise<void> {
  const [, killed, stopped] = gateways
  await pause(10_000)
  say('SIGKILL for gateway 2')
  await killed?.end('SIGKILL')
  await pause(5_000)
  await killed?.start()
  await pause(3_000)
  say('SIGTERM for gateway 3')
  const end = await stopped?.end('SIGTERM')
  if (end?.code !== 0) faults.push(`gateway 3 ended on SIGTERM with ${JSON.stringify(end)}`)
  await pause(3_000)
  await stopped?.start()
  await pause(3_000)
  say('PostgreSQL restarts')
  await postgres.restart()
  await pause(9_000)
  say('quiet again')
}

function say(words: string): void {
  process.stdout.write(`${words}\n`)
}

say(`${options.jobs} jobs, three gateways, PostgreSQL${options.limits ? ', limits' : ''}`)
const world = await openWorld({
  sandbox: options.limits
    ? { taskSeconds: [1, 2], overflow: 'reject', ...limits }
    : { taskSeconds: [6, 12], tier: 'ultra' },
  env: options.limits
    ? {
        WAVESPEED_VIDEOS_PER_MINUTE: String(limits.videosPerMinute),
        WAVESPEED_CONCURRENCY: String(limits.concurrency),
      }
    : { WAVESPEED_TIER: 'ultra' },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void world.close().finally(() => process.exit(130)))
}
try {
  const result = await run(world, options, options.limits ? undefined : disturb)
  process.exitCode = report(result, faults) ? 0 : 1
} finally {
  await world.close()
}
