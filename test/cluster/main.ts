/**
 * `npm run test:cluster`: three gateways on one history, with subscribers on all of them. One gateway is killed, one is
 * stopped, and PostgreSQL is restarted. Every job has to end, none may be sent twice, and every subscriber has to see the end.
 *
 * With `--limits` nothing is disturbed: a burst of jobs must never make the gateways together exceed what the account
 * allows. With `--tenants` a thousand jobs of one tenant must not hold up those of two others. Exits with 1 and says why if a rule does not hold.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { readOptions } from './options.ts'
import { conclude, report } from './report.ts'
import { run } from './run.ts'
import { serveTenants } from './tenants.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

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

/** What the gateways and the sandbox are told, by what is tried. */
function worldOptions(): WorldOptions {
  if (options.tenants) {
    return {
      sandbox: { taskSeconds: [0.5, 1], overflow: 'reject', videosPerMinute: 100_000, concurrency: 5 },
      env: {
        WAVESPEED_VIDEOS_PER_MINUTE: '100000',
        WAVESPEED_CONCURRENCY: '5',
        WAVESPEED_POLL_SECONDS: '0.2',
        TENANT_CREATIONS_PER_MINUTE: '100000',
      },
    }
  }
  if (!options.limits)
    return { sandbox: { taskSeconds: [6, 12], tier: 'ultra' }, env: { WAVESPEED_TIER: 'ultra' } }
  return {
    sandbox: { taskSeconds: [1, 2], overflow: 'reject', ...limits },
    env: {
      WAVESPEED_VIDEOS_PER_MINUTE: String(limits.videosPerMinute),
      WAVESPEED_CONCURRENCY: String(limits.concurrency),
    },
  }
}

async function tryOut(world: World): Promise<boolean> {
  if (!options.tenants) return report(await run(world, options, options.limits ? undefined : disturb), faults)
  const { figures, wrong } = await serveTenants(world)
  return conclude(figures, wrong)
}

const words = options.tenants ? 'tenants with 1,000, 10 and 1 jobs' : `${options.jobs} jobs`
say(`${words}, three gateways, PostgreSQL${options.limits ? ', limits' : ''}`)
const world = await openWorld(worldOptions())
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void world.close().finally(() => process.exit(130)))
}
try {
  process.exitCode = (await tryOut(world)) ? 0 : 1
} finally {
  await world.close()
}
