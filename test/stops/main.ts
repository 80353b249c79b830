/**
 * `npm run test:stops`: a gateway under load is stopped by SIGTERM at a random moment, again and again. Each stop has to
 * end with code 0 within ten seconds, and once the last life has finished the jobs, none is lost and none sent twice.
 *
 * `-- --count 20` is a short run, `--postgres` has the history on PostgreSQL, and `--seed` draws the same moments.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createUsers, type Users } from '../cluster/users.ts'
import { disagreements } from '../crash/agreement.ts'
import { createClient } from '../crash/client.ts'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { createRandom, type Random } from '../support/random.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { freePort } from '../support/servers/server.ts'

const jobsInLife = 8
/** The process's own limit of a stop. */
const stopLimitMs = 10_000
const lastJobEndsWithinMs = 120_000

/** What the vendor does to some: answers that outlast what a stop waits for, to a submission or to a poll. */
const oddities = [
  '[sandbox:slow=8000,after]',
  '[sandbox:slow=8000,on=result,times=1]',
  '[sandbox:slow=1500]',
] as const

const print = (text: string) => process.stdout.write(text)

interface Stop {
  readonly code: number | null
  readonly ms: number
}

async function live(
  life: number,
  {
    env,
    users,
    told,
    random,
  }: { env: Record<string, string>; users: Users; told: Map<string, string>; random: Random },
): Promise<Stop> {
  const gateway = await startGateway(env)
  running = gateway
  const created = Array.from({ length: jobsInLife }, async (_, index) => {
    const prompt = `#${life}.${index}# ${random.chance(0.04) ? random.one(oddities) : ''}`.trim()
    await pause(random.between(0, 1_500))
    told.set(prompt, await users.create(prompt))
  })
  // Who is not answered tries again at the next one.
  wishes.push(...created.map((one) => one.catch((error: unknown) => void faults.push(String(error)))))
  await pause(random.between(0, 1_500))
  const { code, ms } = await gateway.end('SIGTERM')
  if (code !== 0) print(`\n${gateway.output().split('\n').slice(-8).join('\n')}\n`)
  return { code, ms }
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
  },
})
const random = createRandom(Number(values.seed))
const wishes: Promise<void>[] = []
const faults: string[] = []
let running: GatewayProcess | null = null
const closing: (() => unknown)[] = [() => running?.end('SIGTERM')]
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void close().finally(() => process.exit(130)))
}
try {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-stops-'))
  closing.push(() => rmSync(folder, { recursive: true, force: true }))
  const postgres = values.postgres ? await startPostgres() : null
  closing.push(() => postgres?.stop())
  const sandbox = await startSandbox({ taskSeconds: [1, 6], tier: 'ultra' })
  closing.push(() => sandbox.close())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/graphql`
  const env = {
    PORT: String(port),
    DATABASE_URL: postgres?.url ?? `file:${join(folder, 'jobs.db')}`,
    WAVESPEED_BASE_URL: sandbox.url,
    WAVESPEED_TIER: 'ultra',
    WAVESPEED_POLL_SECONDS: '1',
  }
  const users = createUsers([url], sandbox.clips.source)
  closing.push(() => users.close())
  const told = new Map<string, string>()
  const stops: Stop[] = []
  const count = Number(values.count)
  for (let life = 1; life <= count; life += 1) {
    stops.push(await live(life, { env, users, told, random }))
    if (life % 10 === 0) print(`${life} stops, ${told.size} jobs\n`)
  }
  running = await startGateway(env)
  const client = createClient(url, sandbox.clips.source)
  const end = Date.now() + lastJobEndsWithinMs
  await Promise.race([Promise.all(wishes), pause(lastJobEndsWithinMs)])
  while ((await client.unfinished()) > 0 && Date.now() < end) await pause(200)
  await Promise.race([Promise.all(users.following), pause(10_000)])

  const history = await client.history()
  const tasks = sandbox.tasks.all().map((task) => ({
    ...sandbox.tasks.show(task),
    input: task.input as { readonly prompt: string; readonly seed: number },
  }))
  const unseen = users.followers.filter(({ events }) => events.at(-1)?.state !== 'COMPLETED')
  const slowest = stops.map(({ ms }) => ms).sort((one, other) => other - one)
  const wrong = [
    ...faults,
    ...stops.flatMap(({ code, ms }, index) =>
      code === 0 && ms < stopLimitMs ? [] : [`stop ${index + 1} ended with code ${code} after ${ms} ms`],
    ),
    ...(told.size === count * jobsInLife ? [] : [`${told.size} of ${count * jobsInLife} jobs were recorded`]),
    ...disagreements(told, history, tasks),
    ...unseen.map(({ jobId }) => `the subscriber of ${jobId} did not see its video`),
  ]
  const half = slowest[Math.floor(slowest.length / 2)] ?? 0
  print(`${stops.length} stops, ${history.length} jobs, ${tasks.length} tasks; a stop took `)
  print(`${Math.round(half)} ms, ${Math.round(slowest[0] ?? 0)} ms at the most\n`)
  for (const line of wrong) print(`WRONG ${line}\n`)
  print(
    wrong.length === 0
      ? 'ok: every stop was clean, and nothing was lost\n'
      : `FAILED: ${wrong.length} faults\n`,
  )
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  await close()
}

async function close(): Promise<void> {
  const [endGateway, ...others] = closing.splice(0)
  await endGateway?.()
  for (const end of others.reverse()) await end()
}
