import { parseArgs } from 'node:util'
import type { KeyOptions } from '../src/access/keys.ts'
import { isLoopbackHost } from '../src/address.ts'
import { loadConfig, readEnvironment } from '../src/config.ts'
import { systemClock } from '../src/jobs/clock.ts'
import { type TenantId, tenantForm, tenantOf } from '../src/jobs/tenant.ts'

/** What commands about keys and tenants have in common. */

/** Who does it, for the audit log. */
export const by = { actor: 'command line', address: null }

export const print = (line: string) => void process.stdout.write(`${line}\n`)

/** The words of a command and its options, each a text; throws with how it is used on an option that it does not have. */
export function readArguments<Name extends string>(names: readonly Name[], usage: string) {
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    return { values: values as { readonly [N in Name]?: string }, positionals } // Each of them is a text.
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`)
  }
}

/**
 * What is kept of keys and tenants in the history that the gateway of this folder uses.
 *
 * @param command which makes a history where there is none if it creates something
 */
export async function openAccessOfFolder(command: string | undefined): Promise<{
  readonly options: KeyOptions
  close(): void | Promise<void>
}> {
  // The vendor's key is the gateway's matter.
  const key = { WAVESPEED_API_KEY: 'unused', WAVESPEED_API_KEY_FILE: undefined }
  const { database, vendor } = loadConfig({ ...readEnvironment(process.cwd()), ...key })
  const isSandbox = isLoopbackHost(new URL(vendor.baseUrl).hostname)
  const given = {
    clock: systemClock,
    random: (bytes: Uint8Array) => crypto.getRandomValues(bytes),
    environment: isSandbox ? 'test' : 'live',
  } as const
  if (database.kind === 'sqlite') {
    const { openSqliteAccess } = await import('../src/db/sqlite/access.ts')
    const { access: store, close } = openSqliteAccess(database.file, { make: command === 'create' })
    return { options: { ...given, store }, close }
  }
  const { openPostgresStore } = await import('../src/db/postgres/store.ts')
  const { access: store, close } = await openPostgresStore({
    url: database.url,
    connections: 1,
    onlyNew: true,
  })
  return { options: { ...given, store }, close }
}

export function tenantNamed(name: string, argument: string): TenantId {
  const tenant = tenantOf(name)
  if (tenant === null) throw new Error(`${argument} is ${JSON.stringify(name)}: it has to be ${tenantForm}.`)
  return tenant
}
