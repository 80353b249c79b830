import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export interface MutationOptions {
  /** Of `targets.ts`; null for all. */
  readonly module: string | null
  readonly file: string | null
  /** So many mutants, drawn by the seed; null for all. */
  readonly sample: number | null
  readonly seed: number
  /** Everything ends by then; null for no such limit. */
  readonly minutes: number | null
  readonly listSurvivors: boolean
  readonly workers: number
}

/** Reads the command's options; throws in words on anything else. */
export function readOptions(args: readonly string[]): MutationOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      module: { type: 'string' },
      file: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      'list-survivors': { type: 'boolean', default: false },
      // Some mutants do nothing but wait for their limit.
      workers: { type: 'string', default: String(availableParallelism() + 1) },
    },
  })
  return {
    module: values.module ?? null,
    file: values.file ?? null,
    sample: values.sample === undefined ? null : whole('sample', values.sample),
    seed: whole('seed', values.seed),
    minutes: values.minutes === undefined ? null : whole('minutes', values.minutes),
    listSurvivors: values['list-survivors'],
    workers: Math.max(whole('workers', values.workers), 1),
  }
}

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`)
  return Number(text)
}
