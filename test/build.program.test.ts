import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createInstallation, listFiles, productionPackages } from './support/compiled.ts'
import { eventually } from './support/eventually.ts'

describe('what was compiled, with the packages of production only', () => {
  let installed: ReturnType<typeof createInstallation>
  beforeAll(() => {
    installed = createInstallation()
    return () => installed.remove()
  })

  const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts
  const data = (name: string) => join(installed.folder, name)
  const gatewayEnv = (name: string) => ({
    PORT: '0',
    DATABASE_URL: `file:${join(data(name), 'jobs.db')}`,
    WAVESPEED_BASE_URL: 'http://127.0.0.1:9',
  })
  /** A script of package.json as npm runs it. */
  function runScript(name: string, env: Record<string, string>) {
    const program = installed.run('/bin/sh', ['-c', scripts[name] ?? ''], env)
    onTestFinished(() => void program.child.kill('SIGKILL'))
    return program
  }
  /** Of a gateway that listens. */
  function client({ output }: ReturnType<typeof runScript>) {
    const url = /"url":"([^"]+)","msg":"listening"/.exec(output())?.[1] ?? ''
    const post = async (query: string) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
      return response.json()
    }
    return { url, post }
  }
  async function ended({ child }: ReturnType<typeof runScript>) {
    const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode]
    return code
  }

  it('starts where nothing but the data folder can be written, and writes nothing else', async () => {
    mkdirSync(data('data-start'))
    // Neither a folder nor to be made one: whoever writes there fails.
    const TMPDIR = join(installed.folder, 'package.json', 'tmp')
    const before = listFiles(installed.folder)
    const gateway = runScript('start', { ...gatewayEnv('data-start'), TMPDIR })
    await eventually(() => expect(gateway.output()).toContain('listening'))
    gateway.child.kill('SIGTERM')
    expect(await ended(gateway)).toBe(0)
    const after = listFiles(installed.folder).filter((line) => !line.includes('/data-start'))
    expect(after).toEqual(before.filter((line) => !line.includes('/data-start')))
  })

  it('is what every command of production runs, and none of them brings a compiler', async () => {
    for (const name of ['start', 'demo', 'sandbox', 'db:migrate', 'db:copy', 'keys']) {
      expect(scripts[name], name).toMatch(/^exec node dist\/[\w/-]+\.js$/)
    }
    const compilers = /\/(tsx|esbuild|typescript|@swc|ts-node)$/
    expect(productionPackages().filter((path) => compilers.test(path))).toEqual([])
    const migrate = runScript('db:migrate', gatewayEnv('data-migrate'))
    expect(await ended(migrate)).toBe(0)
    expect(migrate.output()).toContain('The tables are up to date.')
    const copy = runScript('db:copy', {})
    expect(await ended(copy)).toBe(1)
    expect(copy.output()).toMatch(/Usage: npm run db:copy/)
    const sandbox = runScript('sandbox', { SANDBOX_PORT: '0' })
    await eventually(() => expect(sandbox.output()).toContain('WaveSpeedAI SANDBOX'))
    sandbox.child.kill('SIGHUP')
    expect(await ended(sandbox)).toBe(0)
  })

  it('starts on a full disk, and what is there can be read', async () => {
    const env = gatewayEnv('data-full')
    expect(await ended(runScript('db:migrate', env))).toBe(0)
    // No file may grow beyond 4 KB: as on a disk without room.
    const limited = `ulimit -f 8; ${scripts['start']}`
    const gateway = installed.run('/bin/sh', ['-c', limited], env)
    onTestFinished(() => void gateway.child.kill('SIGKILL'))
    await eventually(() => expect(gateway.output()).toContain('listening'))
    const { url, post } = client(gateway)
    expect(await post('{ jobs(first: 1) { edges { cursor } } }')).toEqual({ data: { jobs: { edges: [] } } })
    const input = '{ video: "http://127.0.0.1:9/a.mp4", prompt: "a fox" }'
    expect(await post(`mutation { createV2VLoraJob(input: ${input}) { __typename } }`)).toMatchObject({
      errors: [{ extensions: { code: 'HISTORY_UNAVAILABLE' } }],
    })
    const ready = await fetch(new URL('/ready', url))
    expect([ready.status, (await ready.json()).checks.database.ok]).toEqual([503, false])
    gateway.child.kill('SIGTERM')
    expect(await ended(gateway)).toBe(0)
  })

  it('finds texts, for which a thread of its own file is started', async () => {
    const gateway = runScript('start', gatewayEnv('data-search'))
    await eventually(() => expect(gateway.output()).toContain('listening'))
    const { post } = client(gateway)
    const input = '{ video: "http://127.0.0.1:9/a.mp4", prompt: "a fox in the snow" }'
    await post(`mutation { createV2VLoraJob(input: ${input}) { __typename } }`)
    const found = (text: string) => post(`{ jobs(filter: { prompt: "${text}" }) { edges { cursor } } }`)
    const edges = [{ cursor: expect.any(String) }]
    for (const text of ['Fox', 'ow', 'a'])
      expect(await found(text), text).toEqual({ data: { jobs: { edges } } })
    expect(await found('wolf')).toEqual({ data: { jobs: { edges: [] } } })
    gateway.child.kill('SIGTERM')
    expect(await ended(gateway)).toBe(0)
  })

  it('shows the demo, whose clips are found', async () => {
    const demo = runScript('demo', { PORT: '0', SANDBOX_PORT: '0' })
    await eventually(() => expect(demo.output()).toMatch(/Ctrl\+C stops both/))
    const [clip = ''] = /http:\S+source\.mp4/.exec(demo.output()) ?? []
    expect((await fetch(clip)).headers.get('content-type')).toBe('video/mp4')
    demo.child.kill('SIGINT')
    expect(await ended(demo)).toBe(0)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly when npm is sent %s', async (signal) => {
    const npm = installed.run('npm', ['start'], {
      ...gatewayEnv(`data-npm-${signal}`),
      npm_config_update_notifier: 'false',
    })
    await eventually(() => expect(npm.output()).toContain('listening'))
    npm.child.kill(signal)
    // It ends when nobody can write there any more: npm, and the gateway.
    await once(npm.child, 'close')
    expect(npm.output()).toContain('"msg":"stopped"')
  })

  it('is kept where packages are installed without a compiler; where there is none, the words say what to do', async () => {
    const prepare = () => runScript('prepare', {})
    const kept = prepare()
    expect(await ended(kept)).toBe(0)
    expect(kept.output()).toMatch(/is used as it is/)
    const empty = createEmpty()
    const missing = installed.run(
      process.execPath,
      [join(empty, 'scripts/build.mjs'), '--prepare'],
      {},
      empty,
    )
    expect(await ended(missing)).toBe(1)
    expect(missing.output()).toMatch(/nothing compiled in dist.*Run `npm ci`/s)
  })

  function createEmpty(): string {
    const folder = data('empty')
    mkdirSync(join(folder, 'scripts'), { recursive: true })
    writeFileSync(
      join(folder, 'scripts/build.mjs'),
      readFileSync(join(installed.folder, 'scripts/build.mjs'), 'utf8'),
    )
    onTestFinished(() => rmSync(folder, { recursive: true }))
    return folder
  }
})
