import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../crash/client.ts'
import type { ClusterOptions } from './options.ts'
import { createUsers } from './users.ts'
import type { World } from './world.ts'

export type ClusterResult = Awaited<ReturnType<typeof run>>

/** Jobs are created for so long, so that each disturbance meets some in every state. */
const creatingMs = 50_000 // 50 seconds
/** A claim that a SIGKILL cut before its POST is searched for ten minutes before it is given up. */
const lastJobEndsWithinMs = 13 * 60_000 // 13 minutes

/** Lets jobs through three gateways; what happens to these meanwhile is `disturb`'s. */
export async function run(
  world: World,
  options: ClusterOptions,
  disturb: (world: World) => Promise<void> = async () => {},
) {
  const { sandbox, gateways } = world
  const urls = gateways.map(({ url }) => url)
  const users = createUsers(urls, sandbox.clips.source)
  const client = createClient(urls[0] ?? '', sandbox.clips.source)
  const begun = Date.now()
  let quietSince = begun
  try {
    const told = new Map<string, string>()
    const disturbed = disturb(world).then(() => {
      quietSince = Date.now()
    })
    const spread = options.limits ? 0 : creatingMs
    await Promise.all(
      Array.from({ length: options.jobs }, async (_, index) => {
        await pause((index / options.jobs) * spread)
        const prompt = `job-${String(index).padStart(5, '0')}`
        told.set(prompt, await users.create(prompt))
      }),
    )
    await disturbed
    const end = Date.now() + lastJobEndsWithinMs
    for (
      let left = await client.unfinished();
      left > 0 && Date.now() < end;
      left = await client.unfinished()
    ) {
      if (process.stdout.isTTY) process.stdout.write(`\r${left === 100 ? 'many' : left} to end `)
      await pause(500)
    }
    await Promise.race([Promise.all(users.following), pause(15_000)])
    return {
      told,
      history: await client.history(),
      tasks: sandbox.tasks.all().map((task) => ({
        ...sandbox.tasks.show(task),
        input: task.input as { readonly prompt: string; readonly seed: number },
        endsAt: task.endsAt,
      })),
      followers: users.followers,
      counts: sandbox.ledger.counts(),
      quietSince,
      seconds: Math.round((Date.now() - begun) / 1_000),
    }
  } finally {
    await users.close()
  }
}
