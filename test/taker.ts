/**
 * The work and the events of a gateway in a process of their own. It says which jobs it takes and keeps each until SIGTERM;
 * then each is due again at once, everything is closed, and the process ends by itself if nothing is left.
 */

import { createNotify } from '../src/events/notify.ts'
import { openSharedEvents } from '../src/events/shared.ts'
import { systemClock as clock } from '../src/jobs/clock.ts'
import { createLog } from '../src/log.ts'
import { createLoop } from '../src/worker/loop.ts'
import { endWithParent } from './crash/program.ts'
import { sampleJob } from './support/job.ts'
import { openPostgresStore } from './support/stores.ts'

endWithParent()
const url = process.argv[2] ?? ''
const told = new Promise<void>((resolve) => process.once('SIGTERM', resolve))
const log = createLog('silent')
const nowhere = { transaction: 0, sequence: 0 }

async function run(): Promise<void> {
  const bus = await openSharedEvents({
    open: (options) => createNotify(url, options),
    work: { job: async () => null },
    changes: {
      latest: async () => nowhere,
      changesAfter: async () => ({ jobs: [], place: nowhere, isLast: true }),
    },
    clock,
    log,
    closeMs: 1_000,
  })
  const store = await openPostgresStore({ url })
  const loop = createLoop({
    kind: 'poll',
    work: store,
    clock,
    log,
    owner: `taker ${process.pid}`,
    shared: true,
    longestMs: 60_000,
  })
  await loop.start(async ({ id }) => {
    process.stdout.write(`took ${id}\n`)
    await told
    return clock.now()
  })
  process.stdout.write('open\n')
  await told
  bus.publish(sampleJob())
  await Promise.all([loop.stop(), bus.close(new Error('stopping'))])
  await store.close()
  process.stdout.write('closed\n')
}

await run().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
