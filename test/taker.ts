/**
 * The queue and the event bus of a gateway in a process of their own. It says which steps it takes and holds each until
 * SIGTERM; then each asks to be run again at once, both are closed, and the process ends by itself if nothing is left.
 */
import { openSharedEvents } from '../src/events/shared.ts'
import { systemClock as clock } from '../src/jobs/clock.ts'
import { createLog } from '../src/log.ts'
import { openBullQueue } from '../src/queue/bullmq.ts'
import type { QueueStore } from '../src/queue/datastore.ts'
import { endWithParent } from './crash/program.ts'
import { sampleJob } from './support/job.ts'

endWithParent()
const { stores, name } = JSON.parse(process.argv[2] ?? '') as { stores: QueueStore[]; name: string }
const told = new Promise<void>((resolve) => process.once('SIGTERM', resolve))
const log = createLog('silent')

async function run(store: QueueStore): Promise<void> {
  const [queue, bus] = await Promise.all([
    openBullQueue({ name, store, clock, log }).catch(say),
    openSharedEvents({ store, reader: { page: () => [], job: () => null }, clock, log }).catch(say),
  ])
  if (!queue || !bus) return
  queue.start(async (key) => {
    process.stdout.write(`took ${key}\n`)
    await told
    return clock.now()
  })
  process.stdout.write('open\n')
  await told
  bus.publish(sampleJob())
  await Promise.all([queue.stop(), bus.close(new Error('stopping'))])
  process.stdout.write('closed\n')
}

function say(error: Error): void {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

await Promise.all(stores.map(run))
