import { parseArgs } from 'node:util'

export interface ClusterOptions {
  readonly jobs: number
  /** Whether steps and events go through Redis; else through PostgreSQL. */
  readonly redis: boolean
  /** Whether the limits of the account are what is tried, and nothing is disturbed. */
  readonly limits: boolean
}

/** Reads `--jobs`, `--redis` and `--limits`; throws in words on anything else. */
export function readOptions(args: readonly string[]): ClusterOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: 'string' },
      redis: { type: 'boolean', default: false },
      limits: { type: 'boolean', default: false },
    },
  })
  const jobs = values.jobs ?? (values.limits ? '300' : '500')
  if (!/^\d{1,5}$/.test(jobs)) throw new Error(`--jobs must be a whole number, not "${jobs}"`)
  return { jobs: Number(jobs), redis: values.redis, limits: values.limits }
}
