import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { revokeKey } from '../../src/access/keys.ts'
import { openSqliteAccess } from '../../src/db/sqlite/access.ts'
import { createSigningKey, rules, setOf } from '../access/identity-provider.ts'
import { startGateway } from '../support/gateway-process.ts'
import { makeKey, tenant } from '../support/keys.ts'
import { freePort } from '../support/servers/server.ts'
import { listed } from './listed.ts'
import { makePrey, type Prey } from './prey.ts'

export interface Gateway {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** Its history. */
  readonly file: string
  output(): string
}

/** What the attacks are sent to, and what an attacker may have or look for. */
export interface World {
  /** Needs a key or a token of its identity provider, keeps outputs, and is called back. */
  readonly keyed: Gateway
  /** Behind a trusted proxy, so that requests come from whatever address they say; runs documents of a list alone. */
  readonly behind: Gateway
  /** Needs no key, since it is reached from this machine alone. */
  readonly keyless: Gateway
  readonly gateways: readonly Gateway[]
  readonly keys: Readonly<Record<KeyName, string>>
  readonly prey: Prey
  readonly provider: Provider
  readonly sandbox: Sandbox
  /** An address that nothing may connect to, and how often something did. */
  readonly trap: { readonly port: number; readonly visits: () => number }
  close(): Promise<void>
}

/** `victim` is of `acme`; `rival`, `reader` (who may only read) and those that are over are the attacker's. */
type KeyName = 'victim' | 'rival' | 'reader' | 'revoked' | 'expired' | 'behind'

interface Provider {
  readonly signing: Awaited<ReturnType<typeof createSigningKey>>
  /** How often its keys were asked for. */
  readonly asked: () => number
}

const hourMs = 3_600_000

/** Three gateways of their own processes, with a history each, and one sandbox. */
export async function openWorld(): Promise<World> {
  const closing: (() => unknown)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'wavespeed-attack-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const sandbox = await startSandbox({ taskSeconds: 1 })
    closing.push(() => sandbox.close())
    const provider = await startProvider(closing)
    const trap = await startTrap(closing)
    const file = (name: string) => join(folder, `${name}.db`)
    const keys = { ...(await makeKeys(file('keyed'))), behind: await keyIn(file('behind')) }

    const start = async (name: string, env: (port: number) => Record<string, string>): Promise<Gateway> => {
      const port = await freePort()
      const started = await startGateway({ ...common(sandbox, file(name)), PORT: String(port), ...env(port) })
      closing.push(() => started.end('SIGTERM'))
      return { name, port, pid: started.process.pid ?? 0, file: file(name), output: started.output }
    }
    const documents = join(folder, 'documents.json')
    writeFileSync(documents, JSON.stringify(listed))
    const [keyed, behind, keyless] = await Promise.all([
      start('keyed', (port) => ({
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        ARCHIVE_URL: `file:${join(folder, 'outputs')}`,
        ...provider.env,
        // Attacks come one after the other, faster than a well-meant client asks.
        TENANT_REQUESTS_PER_SECOND: '1000000',
        TENANT_COST_PER_MINUTE: '1000000000',
        TENANT_CREATIONS_PER_MINUTE: '1000',
      })),
      start('behind', () => ({
        PUBLIC_URL: 'https://gateway.example.com',
        TRUSTED_PROXIES: '1',
        PERSISTED_DOCUMENTS: documents,
        PERSISTED_ONLY: '1',
      })),
      start('keyless', () => ({})),
    ])
    const gateways = [keyed, behind, keyless]
    const prey = await makePrey(`http://127.0.0.1:${keyed.port}/graphql`, keys.victim, sandbox)
    return { keyed, behind, keyless, gateways, keys, prey, provider, sandbox, trap, close }
  } catch (error) {
    await close()
    throw error
  }
}

const common = (sandbox: Sandbox, file: string) => ({
  DATABASE_URL: `file:${file}`,
  WAVESPEED_BASE_URL: sandbox.url,
  WAVESPEED_TIER: 'ultra',
  WAVESPEED_POLL_SECONDS: '1',
  // Every request has a line, in which a secret could stand.
  LOG_LEVEL: 'debug',
})

async function makeKeys(file: string) {
  const { access: store, close } = openSqliteAccess(file)
  const now = Date.now()
  const revoked = await makeKey(store, { tenant: tenant('rival') })
  await revokeKey({ store, clock: { now: () => now } }, revoked.key.id, null, {
    actor: 'attacks',
    address: null,
  })
  const made = {
    victim: (await makeKey(store)).secret,
    rival: (await makeKey(store, { tenant: tenant('rival') })).secret,
    reader: (await makeKey(store, { tenant: tenant('rival'), scopes: ['jobs:read'] })).secret,
    revoked: revoked.secret,
    expired: (await makeKey(store, { tenant: tenant('rival'), lifeMs: hourMs }, now - 2 * hourMs)).secret,
  }
  close()
  return made
}

async function keyIn(file: string): Promise<string> {
  const { access: store, close } = openSqliteAccess(file)
  const { secret } = await makeKey(store)
  close()
  return secret
}

/** An identity provider whose keys are at an address of this machine. */
async function startProvider(closing: (() => unknown)[]) {
  const signing = await createSigningKey('first')
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.end(setOf(signing))
  })
  const port = await listen(server, closing)
  const env = {
    AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys`,
    AUTH_ISSUER: rules.issuer,
    AUTH_AUDIENCE: rules.audience,
  }
  return { signing, asked: () => asked, env }
}

async function startTrap(closing: (() => unknown)[]) {
  let visits = 0
  const server = createTcpServer((socket) => {
    visits += 1
    socket.destroy()
  })
  return { port: await listen(server, closing), visits: () => visits }
}

async function listen(server: Server, closing: (() => unknown)[]): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}
