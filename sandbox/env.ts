import { type SandboxOptions, type Tier, tiers } from './options.ts'

/** The options, or every fault of the environment in words. */
export type SandboxEnvironment =
  | {
      ok: true
      options: { port: number; taskSeconds: number | [number, number]; tier: Tier } & SandboxOptions
    }
  | { ok: false; faults: string[] }

/** Reads SANDBOX_PORT, SANDBOX_TASK_SECONDS, SANDBOX_TIER and SANDBOX_FOLDER; an empty one counts as not set. */
export function readSandboxOptions(env: { readonly [name: string]: string | undefined }): SandboxEnvironment {
  const faults: string[] = []
  const { SANDBOX_PORT, SANDBOX_TASK_SECONDS, SANDBOX_TIER, SANDBOX_FOLDER } = env

  const port = SANDBOX_PORT?.trim() || '4010'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    faults.push(`SANDBOX_PORT must be a whole number from 0 to 65535 (0 takes a free port), not "${port}"`)
  }

  const seconds = SANDBOX_TASK_SECONDS?.trim() || '8'
  const taskSeconds = readSeconds(seconds)
  if (taskSeconds === undefined) {
    faults.push(
      `SANDBOX_TASK_SECONDS must be a number of seconds such as 8, or a range such as 1-3, not "${seconds}"`,
    )
  }

  const tier = SANDBOX_TIER?.trim() || 'ultra'
  if (!isTier(tier)) {
    faults.push(`SANDBOX_TIER must be one of ${Object.keys(tiers).join(', ')}, not "${tier}"`)
  }

  const folder = SANDBOX_FOLDER?.trim()

  return faults.length > 0 || taskSeconds === undefined || !isTier(tier)
    ? { ok: false, faults }
    : { ok: true, options: { port: Number(port), taskSeconds, tier, ...(folder && { folder }) } }
}

function readSeconds(text: string): number | [number, number] | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(text)
  if (!match?.[1]) return undefined
  const minimum = Number(match[1])
  if (match[2] === undefined) return minimum
  const maximum = Number(match[2])
  return maximum < minimum ? undefined : [minimum, maximum]
}

function isTier(text: string): text is Tier {
  return Object.hasOwn(tiers, text)
}
