/** A gateway's event bus in a process of its own: open until SIGTERM, and the process ends by itself if nothing is left. */

import type { EventStore } from '../../src/events/broadcast.ts'
import { openSharedEvents } from '../../src/events/shared.ts'
import { systemClock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'
import { endWithParent } from '../crash/program.ts'
import { sampleJob } from '../support/job.ts'

endWithParent()
const store = JSON.parse(process.argv[2] ?? '') as EventStore
const told = new Promise<void>((resolve) => process.once('SIGTERM', resolve))
try {
  const bus = await openSharedEvents({
    store,
    reader: { page: () => [], job: () => null },
    clock: systemClock,
    log: createLog('silent'),
  })
  void bus
    .ofAll()
    .next()
    .catch(() => {})
  process.stdout.write('open\n')
  await told
  bus.publish(sampleJob())
  await bus.close(new Error('stopping'))
  process.stdout.write('closed\n')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
