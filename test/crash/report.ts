import { disagreements } from './agreement.ts'
import { interruptions } from './interruption.ts'
import type { CrashOptions } from './options.ts'
import type { RunResult } from './run.ts'

/** Prints what happened and whether everybody agrees on it. */
export function agreeAndReport(result: RunResult, { seed }: CrashOptions): boolean {
  const { told, history, tasks, submits, deliveries, kills } = result
  const met = interruptions(history, submits, kills)
  const says = (words: RegExp) =>
    history.flatMap(({ timeline }) => timeline).filter(({ message }) => words.test(message)).length
  const figures = {
    jobs: history.length,
    kills: kills.length,
    'kills while it started': result.killsAtStart,
    'kills that met a submission': new Set(met.map(({ killedAt }) => killedAt)).size,
    'submissions they met': count(met, ({ phase }) => phase),
    'requests of clients that were cut': result.cuts,
    submits: submits.length,
    'tasks made': tasks.length,
    'lost answers': says(/answer was lost/),
    adopted: says(/^Found at the vendor/),
    unknown: history.filter(({ error }) => error?.code === 'SUBMISSION_UNKNOWN').length,
    'webhooks by answer': count(deliveries, ({ answer }) => String(answer)),
    states: count(history, ({ state }) => state),
    errors: count(
      history.flatMap(({ error }) => error ?? []),
      ({ code }) => code,
    ),
    duplicates: tasks.length - new Set(tasks.map(({ input }) => input.prompt)).size,
    seed,
  }
  const width = Math.max(...Object.keys(figures).map((name) => name.length))
  process.stdout.write('\n')
  for (const [name, value] of Object.entries(figures)) {
    process.stdout.write(
      `${name.padEnd(width)}  ${typeof value === 'number' ? value : JSON.stringify(value)}\n`,
    )
  }
  const wrong = [
    ...disagreements(told, history, tasks),
    ...result.faults,
    ...(result.exitCode === 0 ? [] : [`the last gateway ended with code ${result.exitCode}`]),
  ]
  for (const line of wrong) process.stdout.write(`DISAGREE ${line}\n`)
  process.stdout.write(
    wrong.length === 0 ? 'ok: history and vendor agree\n' : `FAILED: ${wrong.length} faults\n`,
  )
  return wrong.length === 0
}

function count<T>(list: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of list) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1
  return counts
}
