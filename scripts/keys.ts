/**
 * `npm run keys -- create|list|revoke`: the gateway's keys, on the command line. It works beside a running gateway, and is
 * where the first key comes from.
 */
import { createKey, type KeyOptions, revokeKey } from '../src/access/keys.ts'
import { isScope, scopes } from '../src/access/viewer.ts'
import { localTenant } from '../src/jobs/tenant.ts'
import { by, openAccessOfFolder, print, readArguments, tenantNamed } from './access-of-folder.ts'
import { runScript } from './run-script.ts'

const usage = `Usage:
  npm run keys -- create --name NAME --scopes ${scopes.join(',')} [--tenant TENANT] [--expires-in-days DAYS]
  npm run keys -- list [--tenant TENANT]
  npm run keys -- revoke ID`

const optionNames = ['name', 'scopes', 'tenant', 'expires-in-days'] as const
type Values = { readonly [N in (typeof optionNames)[number]]?: string }

const dayMs = 24 * 3_600_000

await runScript(async () => {
  const { values, positionals } = readArguments(optionNames, usage)
  const [command = '', id] = positionals
  if (!['create', 'list', 'revoke'].includes(command) || (command === 'revoke' && id === undefined))
    throw new Error(usage)
  const { options, close } = await openAccessOfFolder(command)
  try {
    if (command === 'create') await create(options, values)
    else if (command === 'list') await list(options, values.tenant)
    else if (id !== undefined) await revoke(options, id)
  } finally {
    await close()
  }
})

async function create(options: KeyOptions, values: Values): Promise<void> {
  const { name, scopes: list = '', tenant = localTenant, 'expires-in-days': days } = values
  if (name === undefined) throw new Error(usage)
  const wanted = list.split(',').filter((word) => word !== '')
  const unknown = wanted.filter((word) => !isScope(word))
  if (unknown.length > 0)
    throw new Error(`--scopes has ${unknown.join(', ')}: the scopes are ${scopes.join(', ')}.`)
  const wish = {
    name,
    tenant: tenantNamed(tenant, '--tenant'),
    scopes: wanted.filter(isScope),
    lifeMs: days === undefined ? null : Number(days) * dayMs,
  }
  const { key, secret } = await createKey(options, wish, by)
  print(`${key.id}, "${key.name}", of the tenant ${key.tenant}: ${key.scopes.join(', ')}`)
  print('The key is shown this once:')
  print('')
  print(secret)
}

async function list({ store }: KeyOptions, tenant: string | undefined): Promise<void> {
  const keys = await store.keys(tenant === undefined ? null : tenantNamed(tenant, '--tenant'))
  if (keys.length === 0) print('There is no key.')
  for (const key of keys) {
    const day = (time: number) => new Date(time).toISOString().slice(0, 10)
    const state =
      key.revokedAt !== null
        ? `revoked ${day(key.revokedAt)}`
        : key.expiresAt !== null
          ? `until ${day(key.expiresAt)}`
          : 'for ever'
    const used = key.lastUsedAt === null ? 'never used' : `last used ${day(key.lastUsedAt)}`
    print([key.id, key.hint, key.tenant, key.scopes.join(','), state, used, key.name].join('  '))
  }
}

async function revoke(options: KeyOptions, id: string): Promise<void> {
  const key = await revokeKey(options, id, null, by)
  if (key === null)
    throw new Error(`There is no key with the id ${JSON.stringify(id)}: see \`npm run keys -- list\`.`)
  print(`${key.id}, "${key.name}", lets nobody in any more; its streams end within 30 seconds.`)
}
