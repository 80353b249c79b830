import { parseArgs } from 'node:util'

export interface CrashOptions {
  readonly jobs: number
  readonly kills: number
  /** Draws the faults, the moments of the kills and the pauses; the machine's own timing it cannot draw. */
  readonly seed: number
}

/** Reads `--jobs`, `--kills` and `--seed`; throws in words on anything else. */
export function readOptions(args: readonly string[]): CrashOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: 'string', default: '200' },
      kills: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  })
  return {
    jobs: whole('jobs', values.jobs),
    kills: whole('kills', values.kills),
    seed: whole('seed', values.seed),
  }
}

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`)
  return Number(text)
}
