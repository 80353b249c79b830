/**
 * `npm run keys -- create|list|revoke`: the gateway's keys, on the command line. It works beside a running gateway, and is
 * where the first key comes from.
 */
import { parseArgs } from 'node:util'
import { createKey, type KeyOptions, revokeKey } from '../src/access/keys.ts'
import { isScope, scopes } from '../src/access/viewer.ts'
import { isLoopbackHost } from '../src/address.ts'
import { loadConfig, readEnvironment } from '../src/config.ts'
import { systemClock } from '../src/jobs/clock.ts'
import { localTenant, tenantForm, tenantOf } from '../src/jobs/tenant.ts'
import { runScript } from './run-script.ts'

const usage = `Usage:
  npm run keys -- create --name NAME --scopes ${scopes.join(',')} [--tenant TENANT] [--expires-in-days DAYS]
  npm run keys -- list [--tenant TENANT]
  npm run keys -- revoke ID`

const by = { actor: 'command line', address: null }
const dayMs = 24 * 3_600_000
const print = (line: string) => void process.stdout.write(`${line}\n`)

await runScript(async () => {
  const { values, positionals } = readArguments()
  const [command, id] = positionals
  const opened = await open()
  const { options } = opened
  try {
    if (command === 'create') await create(options, values)
    else if (command === 'list') await list(options, values.tenant)
    else if (command === 'revoke' && id !== undefined) await revoke(options, id)
    else throw new Error(usage)
  } finally {
    await opened.close()
  }
})

function readArguments() {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      options: { name: text, scopes: text, tenant: text, 'expires-in-days': text },
      allowPositionals: true,
    })
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`)
  }
}

/** The history that the gateway of this folder uses. */
async function open(): Promise<{ readonly options: KeyOptions; close(): void | Promise<void> }> {
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
    const { access: store, close } = openSqliteAccess(database.file)
    return { options: { ...given, store }, close }
  }
  const { openPostgresStore } = await import('../src/db/postgres/store.ts')
  const { access: store, close } = await openPostgresStore({ url: database.url, connections: 1 })
  return { options: { ...given, store }, close }
}

function tenantNamed(name: string) {
  const tenant = tenantOf(name)
  if (tenant === null) throw new Error(`--tenant is ${JSON.stringify(name)}: it has to be ${tenantForm}.`)
  return tenant
}

async function create(
  options: KeyOptions,
  values: ReturnType<typeof readArguments>['values'],
): Promise<void> {
  const { name, scopes: list = '', tenant = localTenant, 'expires-in-days': days } = values
  if (name === undefined) throw new Error(usage)
  const wanted = list.split(',').filter((word) => word !== '')
  const unknown = wanted.filter((word) => !isScope(word))
  if (unknown.length > 0)
    throw new Error(`--scopes has ${unknown.join(', ')}: the scopes are ${scopes.join(', ')}.`)
  const wish = {
    name,
    tenant: tenantNamed(tenant),
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
  const keys = await store.keys(tenant === undefined ? null : tenantNamed(tenant))
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
