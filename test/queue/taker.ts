/**
 * A gateway's queue in a process of its own. It says which steps it takes and holds each until SIGTERM; then each asks
 * to be run again at once, the queue is stopped, and the process ends by itself if nothing is left open.
 */
import { systemClock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'
import { openBullQueue } from '../../src/queue/bullmq.ts'
import type { QueueStore } from '../../src/queue/datastore.ts'
import { endWithParent } from '../crash/program.ts'

endWithParent()
const { store, name } = JSON.parse(process.argv[2] ?? '') as { store: QueueStore; name: string }
const told = new Promise<void>((resolve) => process.once('SIGTERM', resolve))
try {
  const queue = await openBullQueue({ name, store, clock: systemClock, log: createLog('silent') })
  queue.start(async (key) => {
    process.stdout.write(`took ${key}\n`)
    await told
    return systemClock.now()
  })
  process.stdout.write('open\n')
  await told
  await queue.stop()
  process.stdout.write('stopped\n')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
