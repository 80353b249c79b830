/**
 * `npm run tenants -- create|set|list`: what each tenant may have and do, on the command line. It works beside a running
 * gateway, which goes by it ten seconds later at most.
 */
import type { AuditEntry, TenantStore } from '../src/access/store.ts'
import { limitNames, newTenant, type Tenant, type TenantChange } from '../src/access/tenants.ts'
import { limitRange, limitVariables } from '../src/config/limits.ts'
import type { TenantId } from '../src/jobs/tenant.ts'
import { by, openAccessOfFolder, print, readArguments, tenantNamed } from './access-of-folder.ts'
import { runScript } from './run-script.ts'

/** `requestsPerSecond` as `requests-per-second`. */
const optionOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const limitOptions = limitNames.map((name) => [optionOf(name), name] as const)

const usage = `Usage:
  npm run tenants -- create TENANT [--weight WEIGHT] [limits]
  npm run tenants -- set TENANT [--weight WEIGHT] [limits]
  npm run tenants -- list

The weight is how large the tenant's share of the account is beside the others', 1 where nothing is said.
Limits, each a whole number, or "default" for what the variable says:
${limitOptions.map(([option, name]) => `  --${option.padEnd(22)} ${limitVariables[name]}`).join('\n')}`

const mostWeight = 1_000_000

await runScript(async () => {
  const { values, positionals } = readArguments(['weight', ...limitOptions.map(([option]) => option)], usage)
  const [command = '', name, ...more] = positionals
  const isOfOne = command === 'create' || command === 'set'
  if (more.length > 0 || !(command === 'list' ? name === undefined : isOfOne && name !== undefined))
    throw new Error(usage)
  const change = changeOf(values)
  const id = name === undefined ? null : tenantNamed(name, 'The tenant')
  const { options, close } = await openAccessOfFolder(command)
  try {
    const { store, clock } = options
    if (id === null) for (const tenant of await store.tenants()) print(lineOf(tenant))
    else await write(store, command, id, change, clock.now())
  } finally {
    await close()
  }
})

function changeOf(values: Readonly<Record<string, string | undefined>>): TenantChange {
  const { weight } = values
  const limits = limitOptions.flatMap(([option, name]) => {
    const value = values[option]
    return value === undefined ? [] : [[name, limitOf(option, value)]]
  })
  return { ...(weight !== undefined && { weight: weightOf(weight) }), ...Object.fromEntries(limits) }
}

function weightOf(text: string): number {
  const weight = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (weight > 0 && weight <= mostWeight) return weight
  throw new Error(`--weight is "${text}": it has to be a number above 0, up to ${mostWeight}.`)
}

function limitOf(option: string, text: string): number | null {
  if (text === 'default') return null
  const { minimum, maximum } = limitRange
  const limit = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (limit >= minimum && limit <= maximum) return limit
  throw new Error(
    `--${option} is "${text}": it has to be a whole number from ${minimum} to ${maximum}, or "default".`,
  )
}

async function write(
  store: TenantStore,
  command: string,
  id: TenantId,
  change: TenantChange,
  now: number,
): Promise<void> {
  const known = await store.tenant(id)
  const entry: AuditEntry = {
    at: now,
    tenant: id,
    ...by,
    action: command === 'create' ? 'createTenant' : 'changeTenant',
    target: id,
    result: 'OK',
  }
  if (command === 'create') {
    if (known)
      throw new Error(`There is a tenant ${id} already: change it with \`npm run tenants -- set ${id}\`.`)
    await store.addTenant({ ...newTenant(id, now), ...change }, entry)
  } else {
    if (!known)
      throw new Error(`There is no tenant ${id} yet: make it with \`npm run tenants -- create ${id}\`.`)
    if (Object.keys(change).length === 0) throw new Error(`There is nothing to change.\n${usage}`)
    await store.changeTenant(id, change, entry)
  }
  const written = await store.tenant(id)
  if (written) print(lineOf(written))
}

function lineOf(tenant: Tenant): string {
  const own = limitOptions.flatMap(([option, name]) =>
    tenant[name] === null ? [] : `${option} ${tenant[name]}`,
  )
  return [tenant.id, `weight ${tenant.weight}`, ...(own.length > 0 ? own : ['limits as for all'])].join('  ')
}
