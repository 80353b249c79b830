/**
 * `npm run test:attack`: hostile requests to gateways of their own processes. Each has a bound that its answer has to stay in,
 * in words, in bytes and in CPU time of the gateways; afterwards these have to serve as before, with the memory of before, no
 * secret in their logs and no job by anybody who was refused. Exits with 1 and says why if a bound does not hold.
 *
 * `-- --only documents` sends one kind, `--list` says what came of each. CPU and memory are read from /proc: elsewhere than on
 * Linux they are not measured.
 */
import { parseArgs } from 'node:util'
import { lookAfter, memories, warmUp } from './aftermath.ts'
import { kinds } from './kinds.ts'
import { report } from './report.ts'
import { type Judged, sendAll } from './run.ts'
import { openWorld } from './world.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, list: { type: 'boolean', default: false } },
})
const begun = performance.now()
const world = await openWorld()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void world.close().finally(() => process.exit(130)))
}
try {
  await warmUp(world)
  const before = memories(world)
  const judged: Judged[] = []
  for (const kind of kinds) {
    if (values.only === undefined || kind.name.includes(values.only)) judged.push(await sendAll(kind, world))
  }
  const after = await lookAfter(world, before)
  const seconds = (performance.now() - begun) / 1_000
  process.exitCode = report(judged, after, { seconds, list: values.list }) ? 0 : 1
} finally {
  await world.close()
}
