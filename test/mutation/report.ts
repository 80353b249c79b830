import type { Mutant, Verdict } from './mutant.ts'
import type { Verdicts } from './run.ts'
import type { Module } from './targets.ts'

/** Of the mutants that are another program, so many have to be noticed: per cent. */
export const least = 95

export interface Row {
  readonly name: string
  readonly mutants: number
  readonly killed: number
  readonly timedOut: number
  readonly equivalent: number
  readonly survived: number
  /** Per cent of those that are not equivalent. */
  readonly noticed: number
}

export function rowOf(name: string, verdicts: readonly Verdict[], equivalent: number): Row {
  const count = (...wanted: readonly Verdict[]) => verdicts.filter((one) => wanted.includes(one)).length
  const killed = count('killed')
  const timedOut = count('timedOut')
  return {
    name,
    mutants: verdicts.length + equivalent,
    killed,
    timedOut,
    equivalent,
    survived: count('survived', 'uncovered'),
    noticed: verdicts.length === 0 ? 100 : (100 * (killed + timedOut)) / verdicts.length,
  }
}

/** A row for each module, and one for all of them. */
export function rowsOf(
  modules: readonly Module[],
  verdicts: Verdicts,
  equivalent: readonly Mutant[],
): { readonly modules: readonly Row[]; readonly all: Row } {
  const pick = (files: readonly string[]) => ({
    verdicts: [...verdicts].flatMap(([mutant, verdict]) => (files.includes(mutant.file) ? [verdict] : [])),
    equivalent: equivalent.filter(({ file }) => files.includes(file)).length,
  })
  const rows = modules.map(({ name, files }) => {
    const picked = pick(files)
    return rowOf(name, picked.verdicts, picked.equivalent)
  })
  const all = pick(modules.flatMap(({ files }) => files))
  return {
    modules: rows.filter(({ mutants }) => mutants > 0),
    all: rowOf('all', all.verdicts, all.equivalent),
  }
}

export function tableOf(rows: readonly Row[]): string {
  const titles = ['module', 'mutants', 'killed', 'timed out', 'equivalent', 'survived', 'noticed']
  const cells = rows.map((row) => [
    row.name,
    ...[row.mutants, row.killed, row.timedOut, row.equivalent, row.survived].map(String),
    `${row.noticed.toFixed(1)} %`,
  ])
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => (line[column] ?? '').length)),
  )
  return [titles, ...cells]
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return column === 0 ? cell.padEnd(width) : cell.padStart(width)
        })
        .join('  '),
    )
    .join('\n')
}

/** One line for a mutant, as `equivalents.json` describes it. */
export function lineOf({ file, line, mutator, original, replacement }: Mutant, verdict: string): string {
  return `${file}:${line}  ${verdict}  ${mutator}: ${short(original)} → ${short(replacement)}`
}

const short = (text: string) => (text.length > 90 ? `${text.slice(0, 60)} … ${text.slice(-25)}` : text)
