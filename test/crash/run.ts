import { setTimeout as pause } from 'node:timers/promises'
import { createRandom, type Random } from '../support/random.ts'
import { type Client, createClient, type HistoryJob } from './client.ts'
import type { CrashOptions } from './options.ts'
import { drawWishes, type Wish, weather } from './plan.ts'
import { createScaledClock } from './scaled-clock.ts'
import { createVendorControl, type VendorControl, type VendorSubmit, type VendorTask } from './vendor.ts'
import type { World } from './world.ts'

export interface RunResult {
  /** Which job each client was told of, by its prompt. */
  readonly told: ReadonlyMap<string, string>
  readonly history: readonly HistoryJob[]
  readonly tasks: readonly VendorTask[]
  readonly submits: readonly VendorSubmit[]
  readonly deliveries: readonly { readonly answer: number | string }[]
  /** Moments of the kills, by the scaled clock. */
  readonly kills: readonly number[]
  readonly killsAtStart: number
  readonly cuts: number
  /** What the gateways wrote at the level of an error, and what clients were told wrongly. */
  readonly faults: readonly string[]
  /** How the last gateway ended on SIGTERM. */
  readonly exitCode: number | null
}

/** After the last kill every job has to end: the search for a lost task takes 30 s, a deadline 15 s. */
const lastJobEndsWithinMs = 120_000

/** Lives one life of the gateway after another until all kills are done, then lets the last one finish the jobs. */
export async function run(world: World, options: CrashOptions, epoch: number): Promise<RunResult> {
  const random = createRandom(options.seed)
  const clock = createScaledClock(epoch)
  const vendor = createVendorControl(world.sandboxUrl)
  const client = createClient(world.graphqlUrl, `${world.sandboxUrl}/clips/source.mp4`)
  const wishes = drawWishes(options.jobs, random)
  const perLife = Math.ceil(options.jobs / (options.kills + 1))
  const told = new Map<string, string>()
  const users: Promise<void>[] = []
  const kills: number[] = []
  const failures: string[] = []
  const note = (error: unknown) => void failures.push(String(error))
  let killsAtStart = 0

  for (let life = 0; life <= options.kills; life += 1) {
    const gateway = world.startGateway(options.seed + life)
    const lasts = random.between(50, 1_200)
    const last = life === options.kills
    // Some are killed while they start, in the middle of their recovery perhaps.
    const atStart = !last && random.chance(0.15)
    if (!atStart) {
      await gateway.listening
      await disturb(vendor, random)
    }
    // Spread over the life and a little beyond, so that a kill cuts some of them.
    for (const wish of wishes.splice(0, perLife)) {
      users.push(use(client, wish, told, random.between(0, lasts * 1.1)).catch(note))
    }
    if (last) return await finish(gateway)
    await pause(lasts)
    await gateway.end('SIGKILL')
    kills.push(clock.now())
    if (atStart) killsAtStart += 1
    process.stdout.write(`\r${kills.length} killed, ${told.size} recorded `)
  }
  throw new Error('The last life returns.')

  async function finish(gateway: ReturnType<World['startGateway']>): Promise<RunResult> {
    await vendor.clearFaults()
    await Promise.race([Promise.all(users), pause(lastJobEndsWithinMs)])
    const end = Date.now() + lastJobEndsWithinMs
    while ((await client.unfinished()) > 0 && Date.now() < end) await pause(200)
    await redeliver(vendor, random, 20)
    const [history, tasks, submits, deliveries] = await Promise.all([
      client.history(),
      vendor.tasks(),
      vendor.submits(),
      vendor.deliveries(),
    ])
    const exitCode = await gateway.end('SIGTERM')
    const { cuts } = client
    return {
      told,
      history,
      tasks,
      submits,
      deliveries,
      kills,
      killsAtStart,
      cuts,
      faults: [...world.faults, ...failures],
      exitCode,
    }
  }
}

async function use(client: Client, wish: Wish, told: Map<string, string>, afterMs: number): Promise<void> {
  await pause(afterMs)
  const id = await client.create(wish)
  told.set(wish.prompt, id)
  if (wish.cancelAfterMs === null) return
  await pause(wish.cancelAfterMs)
  await client.cancel(id)
}

async function disturb(vendor: VendorControl, random: Random): Promise<void> {
  if (random.chance(0.25)) await vendor.addFault(random.one(weather))
  if (random.chance(0.5)) await redeliver(vendor, random, 2)
}

/** Sends webhooks of any tasks again: duplicates of some, too early, late or forged ones of others. */
async function redeliver(vendor: VendorControl, random: Random, count: number): Promise<void> {
  const tasks = (await vendor.tasks()).filter(({ webhook }) => webhook !== undefined)
  for (let index = 0; index < count; index += 1) {
    const task = tasks[Math.floor(random.next() * tasks.length)]
    if (task) await vendor.deliver({ predictionId: task.id, forged: random.chance(0.2) })
  }
}
