/** The gateway as `npm start` runs it, but with the scaled clock and a slow network on its way to the vendor. */
import { setTimeout as pause } from 'node:timers/promises'
import { startApp } from '../../src/app/app.ts'
import { runUntilSignal } from '../../src/app/process.ts'
import { loadConfig, readEnvironment } from '../../src/config.ts'
import { createFetch, type VendorFetch } from '../../src/wavespeed/fetch.ts'
import { createRandom } from '../support/random.ts'
import { steady } from '../support/steady.ts'
import { endWithParent, readArguments } from './program.ts'
import { createScaledClock, speed } from './scaled-clock.ts'

/** The longest that a POST takes to leave, and its answer to arrive: it widens the moments in which a kill hurts. */
const longestWayMs = 150

endWithParent()
const { epoch, seed } = readArguments()
const random = createRandom(seed)
const wire = createFetch({ timeoutMs: 30_000 / speed, connectTimeoutMs: 10_000 / speed })

const fetch: VendorFetch = async (request, options) => {
  if (request.method !== 'POST') return wire.fetch(request)
  await pause(random.between(0, longestWayMs))
  const answer = await wire.fetch(request, options)
  await pause(random.between(0, longestWayMs))
  return answer
}

await runUntilSignal(async () => {
  const config = loadConfig(readEnvironment(process.cwd()))
  const clock = createScaledClock(epoch)
  const app = await startApp(config, { clock: steady(clock), fetch })
  return {
    async stop() {
      await app.stop()
      await wire.close()
    },
  }
})
