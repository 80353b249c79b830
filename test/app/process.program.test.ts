import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import {
  type GatewayProcess,
  outcomeOf,
  spawnInTerminal,
  spawnProgram,
  startGateway,
} from '../support/gateway-process.ts'

describe('the process of a gateway', () => {
  let folder: string
  let sandbox: Sandbox
  let gateway: GatewayProcess
  let env: Record<string, string>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-process-'))
    sandbox = await startSandbox({ taskSeconds: 2 })
    env = {
      DATABASE_URL: `file:${join(folder, 'jobs.db')}`,
      WAVESPEED_BASE_URL: sandbox.url,
      WAVESPEED_TIER: 'ultra',
      WAVESPEED_POLL_SECONDS: '0.2',
    }
  })
  afterEach(async () => {
    if (gateway?.process.exitCode === null) await gateway.end('SIGKILL')
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })

  async function graphql<T>(query: string): Promise<T> {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return ((await response.json()) as { data: T }).data
  }
  const create = async (prompt: string) => {
    const { result } = await graphql<{ result: { job: { id: string } } }>(
      `mutation { result: createV2VLoraJob(input: { video: "${sandbox.clips.source}", prompt: "${prompt}" }) {
        ... on CreateV2VLoraJobSuccess { job { id } } } }`,
    )
    return result.job.id
  }
  const states = async () => {
    const { jobs } = await graphql<{ jobs: { edges: { node: { state: string } }[] } }>(
      '{ jobs(first: 100) { edges { node { state } } } }',
    )
    return jobs.edges.map(({ node }) => node.state)
  }
  async function until(done: () => boolean | Promise<boolean>) {
    while (!(await done())) await pause(20)
  }

  it('that is killed goes on with every job when it starts again, and sends none twice', async () => {
    // Ten run and ten wait when it is killed; none is on its way just then.
    env = { ...env, WAVESPEED_CONCURRENCY: '10' }
    gateway = await startGateway(env)
    for (let index = 0; index < 20; index += 1) await create(`number ${index}`)
    await until(async () => {
      const now = await states()
      return (
        !now.includes('SUBMITTING') && now.filter((state) => /CREATED|PROCESSING/.test(state)).length === 10
      )
    })
    await gateway.end('SIGKILL')
    gateway = await startGateway(env)
    await until(async () => (await states()).every((state) => state === 'COMPLETED'))
    expect(await states()).toHaveLength(20)
    const prompts = sandbox.ledger.submits().map(({ input }) => input?.['prompt'])
    expect(new Set(prompts).size).toBe(20)
    expect(prompts).toHaveLength(20)
  })

  it('that is killed between the POST and its answer finds the task again and does not send it twice', async () => {
    sandbox.faults.add({ kind: 'hang', after: true, on: 'submit', times: 1 })
    gateway = await startGateway(env)
    await create('lost')
    await until(() => sandbox.ledger.submits().length === 1)
    await gateway.end('SIGKILL')
    gateway = await startGateway(env)
    await until(async () => (await states())[0] === 'COMPLETED')
    expect(sandbox.ledger.counts().accepted).toBe(1)
  })

  it('ends with code 0 on SIGTERM, within 10 seconds, with streams open and a submission hanging', async () => {
    gateway = await startGateway(env)
    const id = await create('[sandbox:never-finishes]')
    sandbox.faults.add({ kind: 'hang', after: true, on: 'submit' })
    await create('hanging')
    const sse = createSseClient({ url: gateway.url, retryAttempts: 0 })
    const ws = createWsClient({
      url: gateway.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const query = `subscription { prediction(jobId: "${id}") { state } }`
    const told: string[] = []
    for (const client of [sse, ws]) {
      client.subscribe(
        { query },
        {
          next: () => told.push('state'),
          error: () => told.push('broken'),
          complete: () => told.push('complete'),
        },
      )
    }
    await until(() => told.length === 2 && sandbox.ledger.submits().length === 2)
    const ended = await gateway.end('SIGTERM')
    expect(ended).toMatchObject({ code: 0, signal: null })
    expect(ended.ms).toBeLessThan(10_000)
    expect(gateway.output()).toMatch(/"msg":"stopped"/)
    await until(() => told.length === 4)
    // Never `complete`: that would look like the end of the job.
    expect(told.slice(2)).toEqual(['broken', 'broken'])
    sse.dispose()
    await ws.dispose()
  })

  it.each(['SIGINT', 'SIGHUP'] as const)(
    'stops cleanly on %s, also when npm passes it on a second time',
    async (signal) => {
      gateway = await startGateway(env)
      gateway.process.kill(signal)
      expect(await gateway.end(signal)).toMatchObject({ code: 0, signal: null })
      expect(gateway.output()).toMatch(/"msg":"stopped"/)
    },
  )

  it('sends nothing more once it is told to stop, though jobs wait and the vendor hangs', async () => {
    gateway = await startGateway({ ...env, WAVESPEED_CONCURRENCY: '3' })
    const first = await create('first')
    await until(async () => (await states())[0] === 'COMPLETED')
    sandbox.faults.add({ kind: 'hang', on: 'submit' })
    sandbox.faults.add({ kind: 'hang', on: 'delete' })
    for (let index = 0; index < 20; index += 1) await create(`number ${index}`)
    const deleted = graphql(`mutation { deleteJob(id: "${first}", fromVendor: true) { __typename } }`).catch(
      () => null,
    )
    await until(
      () => sandbox.ledger.submits().length === 4 && sandbox.ledger.counts().byOperation.delete === 1,
    )
    const ended = await gateway.end('SIGTERM')
    await deleted
    expect(ended).toMatchObject({ code: 0, signal: null })
    expect(ended.ms).toBeLessThan(10_000)
    expect(sandbox.ledger.submits()).toHaveLength(4)
  })

  it('refuses a history that another gateway has open, and leaves its jobs alone', async () => {
    gateway = await startGateway(env)
    await create('one')
    const { code, output } = await outcomeOf(spawnProgram('src/main.ts', { ...env, PORT: '0' }))
    expect(code).toBe(1)
    expect(output).toMatch(/Another gateway has the history .*jobs\.db open/)
    await until(async () => (await states())[0] === 'COMPLETED')
    expect(sandbox.ledger.counts().accepted).toBe(1)
  })

  it('lets clients go on with their stream after a restart on the same port', async () => {
    gateway = await startGateway(env)
    const port = new URL(gateway.url).port
    const id = await create('[sandbox:seconds=5]')
    const seen: Record<string, string[]> = { sse: [], ws: [] }
    const sse = createSseClient({ url: gateway.url, retryAttempts: 1_000, retry: () => pause(100) })
    const ws = createWsClient({
      url: gateway.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 1_000,
      retryWait: () => pause(100),
      shouldRetry: () => true,
    })
    const finished = Object.entries({ sse, ws }).map(
      ([name, client]) =>
        new Promise<void>((resolve, reject) => {
          client.subscribe<{ prediction: { state: string } }>(
            { query: `subscription { prediction(jobId: "${id}") { state } }` },
            {
              next: ({ data }) => seen[name]?.push(data?.prediction.state ?? ''),
              error: reject,
              complete: resolve,
            },
          )
        }),
    )
    await until(() => Object.values(seen).every((states) => states.length > 0))
    await gateway.end('SIGTERM')
    gateway = await startGateway({ ...env, PORT: port })
    await Promise.all(finished)
    expect(seen['sse']?.at(-1)).toBe('COMPLETED')
    expect(seen['ws']?.at(-1)).toBe('COMPLETED')
    sse.dispose()
    await ws.dispose()
  })

  it('never writes the key', async () => {
    const key = 'wsk_not-to-be-seen'
    gateway = await startGateway({ ...env, WAVESPEED_API_KEY: key, LOG_LEVEL: 'trace' })
    await create('refused')
    await until(() => /401/.test(gateway.output()))
    await gateway.end('SIGTERM')
    expect(gateway.output()).toMatch(/check WAVESPEED_API_KEY/)
    expect(sandbox.ledger.submits()).toHaveLength(0)
    expect(gateway.output()).not.toContain(key)
  })

  it('writes lines for people where its output is a terminal, without the key', async () => {
    const key = 'wsk_not-to-be-seen'
    const child = spawnInTerminal('src/main.ts', {
      ...env,
      PORT: '0',
      WAVESPEED_API_KEY: key,
      LOG_LEVEL: 'trace',
    })
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
    })
    await until(() => /INFO.*listening/.test(output) || child.exitCode !== null)
    child.stdin?.write('\x03') // Ctrl+C, as typed
    await once(child, 'close')
    expect(output).toMatch(/\d\d:\d\d:\d\d\.\d+.*INFO.*starting/)
    expect(output).toMatch(/INFO.*stopped/)
    expect(output).not.toMatch(/^\{/m)
    expect(output).not.toContain(key)
  })

  it('ends with code 1 and every fault of the configuration at once', async () => {
    const faulty = { PORT: 'http', WAVESPEED_TIER: 'platinum', HOST: '0.0.0.0', ALLOW_ANONYMOUS: '1' }
    const { code, output } = await outcomeOf(spawnProgram('src/main.ts', faulty, { cwd: folder }))
    expect(code).toBe(1)
    const words = ['PORT', 'WAVESPEED_TIER', 'platinum', 'npm run keys', 'WAVESPEED_API_KEY', 'npm run demo']
    for (const word of words) expect(output).toContain(word)
    expect(output).not.toMatch(/^\s+at /m)
  })

  it.each(['?password=hunter2', '?sslpassword=hunter2', ''])(
    'tells of a database that does not answer without its password: %s',
    async (query) => {
      const DATABASE_URL = `postgres://me:hunt%65r2@127.0.0.1:1/jobs${query}`
      const child = spawnProgram('src/main.ts', { ...env, PORT: '0', LOG_LEVEL: 'trace', DATABASE_URL })
      const { code, output } = await outcomeOf(child)
      expect(code).toBe(1)
      expect(output).toMatch(/postgres:\/\/127\.0\.0\.1:1\/jobs/)
      expect(output).not.toMatch(/hunter2|hunt%65r2/)
    },
  )

  it('ends with code 1 and a sentence when its port is taken', async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    const { code, output } = await outcomeOf(spawnProgram('src/main.ts', { ...env, PORT: String(port) }))
    other.close()
    expect(code).toBe(1)
    expect(output).toMatch(/the port is in use; stop the other program or set PORT/)
  })

  it('warns of a variable that has no effect, and tells once that it made its tables', async () => {
    gateway = await startGateway({ ...env, WAVESPEED_TEIR: 'ultra' })
    await gateway.end('SIGTERM')
    expect(gateway.output()).toMatch(/"level":40,.*"msg":"WAVESPEED_TEIR is no variable.*WAVESPEED_TIER\."/)
    expect(gateway.output()).toMatch(/"steps":\d+,"msg":"the tables of the history were made or upgraded"/)
    gateway = await startGateway(env)
    await gateway.end('SIGTERM')
    expect(gateway.output()).not.toMatch(/WAVESPEED_TEIR|made or upgraded/)
  })

  it.each([
    ['--version', 0, new RegExp(`^${JSON.parse(readFileSync('package.json', 'utf8')).version}\n$`)],
    ['--help', 0, /WAVESPEED_API_KEY\n[\s\S]*npm run demo/],
    ['--port', 1, /Unknown option '--port'[\s\S]*DATABASE_URL=file:data\/jobs\.db/],
  ])('answers %s and starts nothing', async (arg, exitCode, words) => {
    const { code, output } = await outcomeOf(spawnProgram('src/main.ts', {}, { args: [arg] }))
    expect(output).toMatch(words)
    expect(output).not.toContain('listening')
    expect(code).toBe(exitCode)
  })
})
