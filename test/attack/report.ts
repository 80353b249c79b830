import type { Aftermath } from './aftermath.ts'
import type { Judged, Result } from './run.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)
const measured = (ms: number | null) => (ms === null ? 'not measured' : `${ms} ms`)
const largest = (values: readonly number[]) => Math.max(0, ...values)

/** Prints what happened, and every bound that does not hold; answers whether all do. */
export function report(
  judged: readonly Judged[],
  { figures, wrong: later }: Aftermath,
  { seconds, list }: { readonly seconds: number; readonly list: boolean },
): boolean {
  const results = judged.flatMap(({ results }) => results)
  if (list)
    for (const { name, outcome, bytes, cpuMs } of results)
      print([name, outcome, bytes, measured(cpuMs)].join(' | '))
  print(row('kind', 'attacks', 'most CPU of one', 'most bytes of one'))
  for (const { kind, results, cpuMs } of judged) {
    const most = largest(results.map(({ bytes }) => bytes))
    print(row(kind, String(results.length), mostCpuOf(results, cpuMs), String(most)))
  }
  for (const [name, value] of Object.entries(figures)) print(`${name}: ${value}`)
  const wrong = [
    ...results.flatMap(({ name, wrong }) => wrong.map((why) => `${name}: ${why}`)),
    ...later.map((why) => `afterwards: ${why}`),
  ]
  for (const line of wrong) print(`WRONG ${line}`)
  print(`${results.length} attacks, ${wrong.length} wrong; ${Math.round(seconds)} s`)
  return wrong.length === 0
}

function mostCpuOf(results: readonly Result[], all: number | null): string {
  const each = results.flatMap(({ cpuMs }) => cpuMs ?? [])
  if (each.length > 0) return measured(largest(each))
  return all === null ? measured(null) : `${measured(all)} together`
}

const row = (kind: string, ...others: readonly string[]) =>
  [kind.padEnd(26), ...others.map((text) => text.padStart(20))].join('')
