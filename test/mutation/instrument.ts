import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { controlOf, type Mutant } from './mutant.ts'
import { type Mutator, ownMutators } from './mutators.ts'

export interface Instrumented {
  readonly mutants: readonly Mutant[]
  /** The code with all mutants in it, each behind a switch, by file. */
  readonly sources: Readonly<Record<string, string>>
}

/** Puts every mutant of `files` behind a switch. The files themselves stay as they are. */
export async function instrument(files: readonly string[]): Promise<Instrumented> {
  await addOwnMutators()
  const originals = new Map<string, string>()
  for (const file of files) originals.set(file, await readFile(file, 'utf8'))
  const instrumenter = new Instrumenter(silent)
  const result = await instrumenter.instrument(
    [...originals].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: null, excludedMutations: [], ignorers: [] },
  )
  const mutants = result.mutants.map((mutant): Mutant => {
    const { start, end } = mutant.location
    const lines = (originals.get(mutant.fileName) ?? '').split('\n')
    const chosen = lines.slice(start.line, end.line + 1)
    chosen.push((chosen.pop() ?? '').slice(0, end.column))
    const original = [(chosen[0] ?? '').slice(start.column), ...chosen.slice(1)].join('\n')
    return {
      id: mutant.id,
      file: mutant.fileName,
      mutator: mutant.mutatorName,
      line: start.line + 1,
      original: onOneLine(original),
      replacement: onOneLine(mutant.replacement),
      within: (lines[start.line] ?? '').trim(),
    }
  })
  const sources = result.files.map(({ name, content }) => [name, withControl(name, content)])
  return { mutants: mutants.filter(isJudged), sources: Object.fromEntries(sources) }
}

/** A text with a space in it is for people: tests need not repeat it. Codes, names and keys have none. */
function isJudged({ mutator, original }: Mutant): boolean {
  return mutator !== 'StringLiteral' || !/\s/.test(original.replace(/\$\{[^}]*\}/g, ''))
}

function withControl(file: string, code: string): string {
  const active = `globalThis.__stryker__?.activeMutant`
  return `if (${active} === ${JSON.stringify(controlOf(file))}) throw new Error('the control mutant')\n${code}`
}

const onOneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/** The instrumenter has no option for them, so they join the list that it works by. */
async function addOwnMutators(): Promise<void> {
  const home = dirname(createRequire(import.meta.url).resolve('@stryker-mutator/instrumenter/package.json'))
  const list = pathToFileURL(join(home, 'dist/src/mutators/mutate.js')).href
  const { allMutators } = (await import(list)) as { allMutators: Mutator[] }
  allMutators.push(...ownMutators.filter((own) => !allMutators.includes(own)))
}

const quiet = () => {}
const silent = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
  fatal: quiet,
}
