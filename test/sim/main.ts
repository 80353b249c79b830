import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildIn } from './built-in/build-in.ts'
import { builtIns } from './built-in/built-in.ts'
import { loadModules, type Modules } from './modules.ts'
import { createReport } from './report.ts'
import { type Outcome, openScratch, runSeed } from './run.ts'

const usage = `The simulator: one seed is one life of a gateway, its users and its vendor, in virtual time.

  npm run sim -- --seed 42 --verbose   replays one seed and prints everything that happens
  npm run sim -- --seeds 5000          runs the seeds from 1 on, or --from another one; fails if a rule is broken
  npm run sim -- --seeds 500 --gateways 3
                                       the same, with three gateways that share the history
  npm run sim -- --seeds 200 --twice   runs each seed twice and compares what happened
  npm run sim -- --fresh 2000          runs seeds that nobody has seen; reports, and never fails
  npm run sim -- --built-in            builds faults into copies of the source, and fails if one is not found;
                                       with words, only those whose names have them
`

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    fresh: { type: 'string' },
    twice: { type: 'boolean', default: false },
    from: { type: 'string', default: '1' },
    gateways: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    'built-in': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

const print = (line: string) => void process.stdout.write(`${line}\n`)

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new Error(`--${name} takes a whole number, not ${JSON.stringify(text)}.`)
  return Number(text)
}

/** Runs these seeds one after the other; `see` answers whether to go on. */
async function runAll(
  modules: Modules,
  gateways: number,
  seeds: Iterable<number>,
  see: (outcome: Outcome) => boolean,
): Promise<void> {
  const scratch = openScratch(modules)
  const given = { modules, scratch, gateways }
  try {
    for (const seed of seeds) {
      const outcome = await runSeed(seed, { ...given, print: values.verbose ? print : null })
      if (values.twice) {
        const again = await runSeed(seed, given)
        if (again.hash !== outcome.hash)
          throw new Error(`seed ${seed}: two runs differ, ${outcome.hash} and ${again.hash}`)
      }
      if (!see(outcome)) return
    }
  } finally {
    scratch.close()
  }
}

function* range(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed
}

/** Whether every rule held. */
async function simulate(first: number, count: number): Promise<boolean> {
  const report = createReport(print)
  await runAll(
    await loadModules(root),
    whole('gateways', values.gateways),
    range(first, count),
    (outcome) => {
      report.add(outcome)
      return true
    },
  )
  print(report.summary(values.twice))
  return report.failed === 0
}

/** Whether each built-in fault was found by a rule that is meant to find it. */
async function findBuiltIns(): Promise<boolean> {
  let missed = 0
  const faults = builtIns.filter(({ name }) => positionals.every((words) => name.includes(words)))
  for (const fault of faults) {
    const built = buildIn(root, fault)
    let found: Outcome | null = null
    try {
      await runAll(await loadModules(built.root), fault.gateways ?? 1, range(1, fault.within), (outcome) => {
        if (outcome.breaches.some(({ rule }) => fault.rules.includes(rule))) found = outcome
        return found === null
      })
    } finally {
      built.remove()
    }
    const by = (found as Outcome | null)?.breaches.find(({ rule }) => fault.rules.includes(rule))
    if (!by) missed += 1
    const words = by ? `found by ${by.rule} at seed ${(found as Outcome | null)?.seed}` : 'NOT FOUND'
    print(`${words} (of ${fault.within}): ${fault.name}`)
  }
  print(`${faults.length - missed} of ${faults.length} built-in faults were found`)
  return faults.length > 0 && missed === 0
}

async function main(): Promise<boolean> {
  if (values['built-in']) return findBuiltIns()
  if (values.seed !== undefined) return simulate(whole('seed', values.seed), 1)
  if (values.seeds !== undefined) return simulate(whole('from', values.from), whole('seeds', values.seeds))
  if (values.fresh === undefined || values.help) {
    print(usage)
    return true
  }
  await simulate(randomInt(1_000_000, 2 ** 31), whole('fresh', values.fresh))
  return true
}

process.exitCode = (await main()) ? 0 : 1
