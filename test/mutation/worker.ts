/** Runs tests for one request after the other. It is a process of its own, so that a mutant that never ends can be killed. */
import fastCheck from 'fast-check'
import { createHarness, type Harness, type Switches } from './harness.ts'
import type { Answer, Coverage, Request, Selection, Verdict } from './mutant.ts'

const switches: Switches = {
  activeMutant: undefined,
  currentTestId: undefined,
  hitCount: undefined,
  hitLimit: undefined,
  mutantCoverage: { static: {}, perTest: {} },
}
Object.assign(globalThis, { __stryker__: switches })
// The same inputs for each mutant, or a verdict would depend on chance.
fastCheck.configureGlobal({ seed: 20_261_125 })

/** No test takes so long as the code stands. */
const coverLimitMs = 120_000 // 2 minutes

let harness: Harness | undefined

function loaded(): Harness {
  if (!harness) throw new Error('nothing is loaded')
  return harness
}

async function cover(testFile: string): Promise<Coverage> {
  const { mutantCoverage } = switches
  mutantCoverage.static = {}
  mutantCoverage.perTest = {}
  const begun = performance.now()
  const { passed, fault, tests } = await loaded().run(testFile, null, coverLimitMs)
  const hits: Record<string, number> = {}
  for (const counts of [mutantCoverage.static, ...tests.map(({ coverage }) => coverage)]) {
    for (const [id, count] of Object.entries(counts)) hits[id] = (hits[id] ?? 0) + count
  }
  return {
    testFile,
    loading: Object.keys(mutantCoverage.static),
    tests: tests.map(({ ms, coverage }) => ({ mutants: Object.keys(coverage), ms })),
    hits,
    fault: passed ? null : fault,
    ms: performance.now() - begun,
  }
}

async function judge(id: string, selections: readonly Selection[], hitLimit: number): Promise<Verdict> {
  switches.activeMutant = id
  switches.hitCount = 0
  switches.hitLimit = hitLimit
  try {
    for (const { testFile, tests, limitMs } of selections) {
      const run = await loaded().run(testFile, tests && new Set(tests), limitMs)
      const isEndless = run.timedOut || (switches.hitCount ?? 0) > hitLimit
      if (!run.passed) return isEndless ? 'timedOut' : 'killed'
    }
    return 'survived'
  } finally {
    switches.activeMutant = undefined
    switches.hitCount = undefined
  }
}

async function answer(request: Request): Promise<Answer> {
  switch (request.type) {
    case 'load':
      harness = await createHarness(process.cwd(), request.sources, switches)
      return { type: 'ready' }
    case 'cover':
      return { type: 'covered', coverage: await cover(request.testFile) }
    case 'judge':
      return {
        type: 'judged',
        verdict: await judge(request.id, request.selections, request.hitLimit),
      }
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (given) => process.send?.(given),
    (error: unknown) => process.send?.({ type: 'fault', message: String(error) } satisfies Answer),
  )
})
// The parent has gone, and with it whoever would read an answer.
process.on('disconnect', () => process.exit())
