import { parseArgs } from 'node:util'

export interface CrashOptions {
  readonly jobs: number
  readonly kills: number
  /** Draws the faults, the moments of the kills and the pauses; the machine's own timing it cannot draw. */
  readonly seed: number
  /** Whether a client that was cut repeats its create with the same key, or has to look into the history first. */
  readonly idempotencyKeys: boolean
}

/** Reads `--jobs`, `--kills`, `--seed` and `--idempotency-keys`; throws in words on anything else. */
export function readOptions(args: readonly string[]): CrashOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: 'string', default: '200' },
      kills: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      'idempotency-keys': { type: 'boolean', default: false },
    },
  })
  return {
    jobs: whole('jobs', values.jobs),
    kills: whole('kills', values.kills),
    seed: whole('seed', values.seed),
    idempotencyKeys: values['idempotency-keys'],
  }
}

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`)
  return Number(text)
}
