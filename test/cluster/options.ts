import { parseArgs } from 'node:util'

export interface ClusterOptions {
  readonly jobs: number
  /** Whether the limits of the account are what is tried, and nothing is disturbed. */
  readonly limits: boolean
  /** Whether it is tried how tenants are served, and nothing is disturbed. */
  readonly tenants: boolean
}

/** Reads `--jobs`, `--limits` and `--tenants`; throws in words on anything else. */
export function readOptions(args: readonly string[]): ClusterOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: 'string' },
      limits: { type: 'boolean', default: false },
      tenants: { type: 'boolean', default: false },
    },
  })
  const jobs = values.jobs ?? (values.limits ? '300' : '500')
  if (!/^\d{1,5}$/.test(jobs)) throw new Error(`--jobs must be a whole number, not "${jobs}"`)
  return { jobs: Number(jobs), limits: values.limits, tenants: values.tenants }
}
