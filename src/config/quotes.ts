import { type Environment, gatewayVariables } from './variables.ts'

/**
 * The same without quotes around values, each noted as a fault. A shell and `.env` remove them; Docker's `--env-file`,
 * systemd and panels of hosters hand them on, and a key or an address with quotes in it is another one.
 */
export function withoutQuotes(env: Environment, faults: string[]): Environment {
  const bare: Record<string, string | undefined> = { ...env }
  for (const name of Object.keys(gatewayVariables)) {
    const value = env[name]?.trim() ?? ''
    if (!/^["'`]|["'`]$/.test(value)) continue
    faults.push(`${name} has quotes around it, which are a part of it here: write it without them.`)
    bare[name] = value.replace(/^["'`]+|["'`]+$/g, '')
  }
  return bare
}
