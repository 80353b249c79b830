import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { startSandbox } from '../sandbox/sandbox.ts'
import { gatewayVariables, sandboxVariables } from '../src/config.ts'
import { listFiles } from './support/compiled.ts'
import { buildImage, type Image } from './support/dockerfile.ts'
import { eventually } from './support/eventually.ts'
import { freePort } from './support/servers/server.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const nobody = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

describe('the image, built by hand', () => {
  let image: Image
  beforeAll(() => {
    image = buildImage(project)
    if (isRoot) chownSync(join(image.app, 'data'), nobody.uid, nobody.gid)
    return () => image.remove()
  })

  function run(command: readonly string[], env: Record<string, string>, user = {}) {
    const [program = '', ...args] = command
    const { PATH = '' } = process.env
    const child = spawn(program, args, { cwd: image.app, env: { PATH, ...image.env, ...env }, ...user })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    return { child, output: () => output, ended: () => codeOf(child) }
  }
  async function codeOf(child: ChildProcess) {
    if (child.exitCode === null) await once(child, 'close')
    return child.exitCode
  }

  it('begins with exact versions, holds no compiler and no sources, and is not run by root', () => {
    for (const base of image.bases) expect(base).toMatch(/^[\w/]+:\d+\.\d+\.\d+/)
    for (const path of [
      'node_modules/tsx',
      'node_modules/typescript',
      'src',
      'test',
      'data/jobs.db',
      '.env',
    ]) {
      expect(existsSync(join(image.app, path)), path).toBe(false)
    }
    expect(image.user).toBe('node')
  })

  it.each([
    ['root or whoever runs the tests', {}],
    ['somebody else', isRoot ? nobody : {}],
  ])('makes a job, answers its health check and writes nothing but data, run by %s', async (_who, user) => {
    const sandbox = await startSandbox({ taskSeconds: 0.1 })
    onTestFinished(() => sandbox.close())
    const secret = join(image.app, 'data', 'key')
    writeFileSync(secret, 'sandbox\n')
    const port = String(await freePort())
    const env = {
      PORT: port,
      LOCAL_WITHOUT_KEY: '1',
      WAVESPEED_API_KEY_FILE: secret,
      WAVESPEED_BASE_URL: sandbox.url,
      WAVESPEED_POLL_SECONDS: '0.2',
      DATABASE_URL: `file:data/${Object.keys(user).length}.db`,
      TMPDIR: '/nonexistent',
    }
    const before = listFiles(image.app).filter((line) => !line.includes('/data'))
    const gateway = run(image.command, env, user)
    await eventually(() => {
      expect(gateway.output()).toContain('listening')
    })
    expect(await run(image.health, env, user).ended()).toBe(0)
    const video = sandbox.clips.source
    const post = async (query: string) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query }),
      })
      return (await answer.json()).data
    }
    await post(`mutation { createV2VLoraJob(input: { video: "${video}", prompt: "a fox" }) { __typename } }`)
    await eventually(async () => {
      const { jobs } = await post('{ jobs(first: 1) { edges { node { state } } } }')
      expect(jobs.edges).toEqual([{ node: { state: 'COMPLETED' } }])
    })
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended()).toBe(0)
    expect(await run(image.health, env, user).ended()).toBe(1)
    expect(listFiles(image.app).filter((line) => !line.includes('/data'))).toEqual(before)
  })

  it('lets nobody in without a key, and its commands make one beside it', async () => {
    const port = String(await freePort())
    const env = { PORT: port, WAVESPEED_BASE_URL: 'http://127.0.0.1:9', DATABASE_URL: 'file:data/keys.db' }
    const gateway = run(image.command, env)
    await eventually(() => expect(gateway.output()).toContain('listening'))
    expect(gateway.output()).toMatch(/nobody is let in: make one with `npm run keys -- create`/)
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: '{ viewer { tenant } }' }),
      })
      return { status: response.status, text: await response.text() }
    }
    expect((await ask({})).status).toBe(401)
    const made = run(
      ['node', 'dist/scripts/keys.js', 'create', '--name', 'one', '--scopes', 'jobs:read'],
      env,
    )
    expect(await made.ended()).toBe(0)
    const [key = ''] = /wsg_\w+/.exec(made.output()) ?? []
    expect((await ask({ authorization: `Bearer ${key}` })).text).toContain('"tenant":"local"')
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended()).toBe(0)
  })

  it('has the commands of the database and the sandbox', async () => {
    const migrate = run(['node', 'dist/scripts/db-migrate.js'], {
      LOCAL_WITHOUT_KEY: '1',
      DATABASE_URL: 'file:data/m.db',
    })
    expect(await migrate.ended()).toBe(0)
    const copy = run(['node', 'dist/scripts/db-copy.js'], {})
    expect(await copy.ended()).toBe(1)
    expect(copy.output()).toContain('Usage')
    const sandbox = run(['node', 'dist/sandbox/main.js'], {
      SANDBOX_PORT: '0',
      SANDBOX_FOLDER: 'data/sandbox',
    })
    await eventually(() => expect(sandbox.output()).toContain('SANDBOX'))
    sandbox.child.kill('SIGTERM')
    expect(await sandbox.ended()).toBe(0)
  })
})

describe('compose.yaml', () => {
  const read = (name: string) => parse(readFileSync(join(project, name), 'utf8'), { merge: true })
  const { services } = read('compose.yaml')
  const sandboxed = read('compose.sandbox.yaml').services
  const gateways = ['gateway-1', 'gateway-2', 'gateway-3']

  it('passes every variable on to each gateway', () => {
    for (const name of gateways) {
      const passed = Object.keys(services[name].environment)
      expect(passed).toEqual(expect.arrayContaining(Object.keys(gatewayVariables)))
      expect(services[name].environment).toMatchObject({
        WAVESPEED_API_KEY_FILE: '/run/secrets/wavespeed_api_key',
      })
    }
    expect(Object.keys(sandboxed.sandbox.environment)).toEqual(
      expect.arrayContaining(Object.keys(sandboxVariables)),
    )
  })

  it('builds one image once, from exact versions', () => {
    const all = { ...services, ...sandboxed }
    expect(Object.values<{ build?: string }>(all).filter(({ build }) => build)).toHaveLength(1)
    for (const { image } of Object.values<{ image?: string }>(services)) {
      expect(image).toMatch(/^wavespeed-graphql:local$|:\d+\.\d+/)
    }
  })

  it('has no sandbox beside the real vendor', () => {
    expect(Object.keys(services).filter((name) => /sandbox/.test(name))).toEqual([])
    expect(JSON.stringify(services)).not.toContain('sandbox')
    for (const name of gateways)
      expect(sandboxed[name].environment.WAVESPEED_BASE_URL).toMatch(/127\.0\.0\.1/)
  })
})
