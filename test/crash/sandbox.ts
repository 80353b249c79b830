/** The sandbox with the scaled clock. Writes its address as its first line. */
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createRandom } from '../support/random.ts'
import { endWithParent, readArguments } from './program.ts'
import { createScaledClock } from './scaled-clock.ts'

endWithParent()
const { epoch, seed } = readArguments()
const sandbox = await startSandbox({
  taskSeconds: [5, 40],
  clock: createScaledClock(epoch),
  random: createRandom(seed).next,
})
process.once('SIGTERM', () => void sandbox.close())
process.stdout.write(`${sandbox.url}\n`)
