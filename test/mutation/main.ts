/**
 * Makes small changes to the code, one at a time, and runs the tests that run the changed line: `npm run test:mutation`.
 * What no test notices is a rule that nobody states. CONTRIBUTING.md says how to read the table.
 *
 * The changes are those of StrykerJS and a few of our own (`mutators.ts`). Texts for people are left out: a literal with a
 * space in it. Its own runner is not used, since it does not tell the truth with vitest 4; `harness.ts` says how tests
 * run here.
 */
import { type Equivalent, equivalents } from './equivalents.ts'
import { instrument } from './instrument.ts'
import type { Mutant, Verdict } from './mutant.ts'
import { type MutationOptions, readOptions } from './options.ts'
import { sampleOf } from './plan.ts'
import { createPool, type Pool } from './pool.ts'
import { least, lineOf, rowsOf, tableOf } from './report.ts'
import { coverAll, judgeAll, type RunOptions, type Verdicts } from './run.ts'
import { type Module, modules } from './targets.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

const isMutant = (mutant: Mutant) => (one: Equivalent) =>
  one.file === mutant.file &&
  one.mutator === mutant.mutator &&
  one.original === mutant.original &&
  one.replacement === mutant.replacement &&
  one.within === mutant.within

function chosenModules(options: MutationOptions): Module[] {
  const chosen = modules()
    .filter(({ name }) => options.module === null || options.module === name)
    .map((module) => ({
      ...module,
      files: module.files.filter((file) => options.file === null || options.file === file),
    }))
    .filter(({ files }) => files.length > 0)
  if (chosen.length === 0) throw new Error('no such module or file in test/mutation/targets.ts')
  return chosen
}

async function run(options: MutationOptions, chosen: readonly Module[], hold: (pool: Pool) => void) {
  const endsAt = options.minutes === null ? Number.POSITIVE_INFINITY : Date.now() + options.minutes * 60_000
  const files = chosen.flatMap((module) => module.files)
  const { mutants, sources } = await instrument(files)
  const equivalent = mutants.filter((mutant) => equivalents.some(isMutant(mutant)))
  const gone = equivalents.filter((one) => files.includes(one.file) && !mutants.some((m) => isMutant(m)(one)))
  const others = mutants.filter((mutant) => !equivalent.includes(mutant))
  const asked = options.sample === null ? others : sampleOf(others, options.sample, options.seed)

  const pool = await createPool(sources)
  hold(pool)
  let done = 0
  const settings: RunOptions = {
    pool,
    workers: options.workers,
    endsAt,
    onTaint: (fault, count) => print(`… ${count} mutants are judged again: ${fault}`),
    onVerdict(mutant: Mutant, verdict: Verdict) {
      done += 1
      if (options.listSurvivors && (verdict === 'survived' || verdict === 'uncovered')) {
        print(lineOf(mutant, verdict))
      }
      if (done % 500 === 0) print(`… ${done} of ${asked.length}`)
    },
  }
  const tests = [...new Set(chosen.flatMap((module) => module.tests))]
  print(
    `${asked.length} of ${mutants.length} mutants of ${files.length} files, ${tests.length} files of tests`,
  )
  const coverages = await coverAll(tests, settings)
  const verdicts = await judgeAll(asked, coverages, settings)
  const known = options.sample === null ? equivalent : []
  return { verdicts, equivalent: known, gone, left: asked.length - verdicts.size }
}

/** Prints the table; answers whether the tests notice enough. */
function conclude(
  options: MutationOptions,
  chosen: readonly Module[],
  {
    verdicts,
    equivalent,
    gone,
    left,
  }: {
    readonly verdicts: Verdicts
    readonly equivalent: readonly Mutant[]
    readonly gone: readonly Equivalent[]
    readonly left: number
  },
): boolean {
  const rows = rowsOf(chosen, verdicts, equivalent)
  print(`\n${tableOf([...rows.modules, rows.all])}\n`)
  if (left > 0) print(`${left} mutants have no verdict after ${options.minutes} minutes.`)
  for (const { file, original, replacement } of gone) {
    print(`No longer a mutant, to be removed from equivalents.json: ${file}: ${original} → ${replacement}`)
  }
  // Of a sample a module has too few for a verdict of its own, so one counts for all.
  if (verdicts.size === 0) print('No mutant was judged.')
  const judged = options.sample === null ? rows.modules : [rows.all]
  const poor = judged.filter(({ noticed }) => noticed < least)
  for (const { name, noticed } of poor)
    print(`${name}: ${noticed.toFixed(1)} % noticed, less than ${least} %`)
  return verdicts.size > 0 && poor.length === 0 && gone.length === 0
}

const options = readOptions(process.argv.slice(2))
let held: Pool | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void (held?.close() ?? Promise.resolve()).finally(() => process.exit(130)))
}
try {
  const chosen = chosenModules(options)
  const outcome = await run(options, chosen, (pool) => {
    held = pool
  })
  process.exitCode = conclude(options, chosen, outcome) ? 0 : 1
} finally {
  await held?.close()
}
