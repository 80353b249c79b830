import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createInstallation } from './support/compiled.ts'
import { eventually } from './support/eventually.ts'

describe('the commands for keys and tenants, as they were compiled', () => {
  let installed: ReturnType<typeof createInstallation>
  beforeAll(() => {
    installed = createInstallation()
    return () => installed.remove()
  })

  const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts

  /** A gateway and the command on the same data, as npm runs them. */
  function world(name: string) {
    const folder = join(installed.folder, name)
    const env = {
      PORT: '0',
      LOG_LEVEL: 'debug',
      DATABASE_URL: `file:${join(folder, 'jobs.db')}`,
      WAVESPEED_BASE_URL: 'http://127.0.0.1:9',
    }
    const run = (script: string, ...args: readonly string[]) => {
      const program = installed.run('/bin/sh', ['-c', `${scripts[script]} "$@"`, 'sh', ...args], env)
      onTestFinished(() => void program.child.kill('SIGKILL'))
      return program
    }
    const command =
      (name: string) =>
      async (...args: readonly string[]) => {
        const { child, output } = run(name, ...args)
        const [code] = (await once(child, 'close')) as [number]
        return { code, output: output() }
      }
    return { folder, run, keys: command('keys'), tenants: command('tenants') }
  }
  const create = ['create', '--name', 'a laptop', '--scopes', 'jobs:read,admin'] as const
  const secretIn = (output: string) => /^wsg_\w+$/m.exec(output)?.[0] ?? ''

  it('makes, lists and revokes keys beside a running gateway, which goes by them', async () => {
    const { folder, run, keys } = world('data-keys')
    const gateway = run('start')
    await eventually(() => expect(gateway.output()).toContain('listening'))
    const url = /"url":"([^"]+)","msg":"listening"/.exec(gateway.output())?.[1] ?? ''
    const ask = async (headers: Record<string, string> = {}) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"query":"{ viewer { tenant name scopes } }"}',
      })
      return { status: response.status, text: await response.text() }
    }
    expect((await ask()).status).toBe(200)

    const made = await keys(...create, '--tenant', 'acme', '--expires-in-days', '30')
    expect(made.code).toBe(0)
    const secret = secretIn(made.output)
    const [id = ''] = /key_[0-9a-f]{24}/.exec(made.output) ?? []
    expect(secret).toMatch(/^wsg_test_[0-9A-Za-z]{49}$/)
    expect(made.output.split(secret)).toHaveLength(2)
    const bearer = { authorization: `Bearer ${secret}` }
    expect(await ask(bearer)).toEqual({
      status: 200,
      text: '{"data":{"viewer":{"tenant":"acme","name":"a laptop","scopes":["JOBS_READ","ADMIN"]}}}',
    })
    await eventually(async () => expect((await ask()).status).toBe(401))

    const listed = await keys('list')
    expect(listed).toMatchObject({ code: 0, output: expect.stringContaining(secret.slice(0, 12)) })
    expect(listed.output).toMatch(new RegExp(`^${id} .* acme .*jobs:read,admin .*until .*a laptop$`, 'm'))
    expect((await keys('list', '--tenant', 'rival')).output).toBe('There is no key.\n')

    const revoked = await keys('revoke', id)
    expect(revoked).toMatchObject({ code: 0, output: expect.stringContaining(id) })
    await eventually(async () => expect((await ask(bearer)).status).toBe(401))
    expect((await keys('list')).output).toMatch(/revoked \d{4}-/)

    const written = readdirSync(folder).map((name) => join(folder, name))
    expect(written.some((path) => path.endsWith('-wal'))).toBe(true)
    for (const path of written) expect([path, readFileSync(path).includes(secret)]).toEqual([path, false])
    // The secret is what follows the hint; the row itself is there.
    expect(written.some((path) => readFileSync(path).includes('a laptop'))).toBe(true)
    for (const output of [gateway.output(), listed.output, revoked.output])
      expect(output).not.toContain(secret.slice(12))
    gateway.child.kill('SIGTERM')
    await once(gateway.child, 'close')
    expect(gateway.output()).not.toContain(secret.slice(12))
  })

  it('makes the first key before any gateway has started', async () => {
    const { keys } = world('data-first')
    expect(await keys('list')).toEqual({
      code: 1,
      output: expect.stringMatching(/^There is no history at .*jobs\.db yet/),
    })
    const made = await keys(...create)
    expect(made).toMatchObject({ code: 0, output: expect.stringContaining('of the tenant local') })
    expect((await keys('list')).output).toContain('for ever  never used  a laptop')
    expect(await keys('revoke', 'key_none')).toEqual({
      code: 1,
      output: expect.stringContaining('no key with the id "key_none"'),
    })
  })

  it.each([
    [[], /Usage:/],
    [['create'], /Usage:/],
    [['revoke'], /Usage:/],
    [['remove'], /Usage:/],
    [['create', '--nam', 'x'], /Usage:/],
    [['create', '--name', 'x', '--scopes', 'jobs:red,admin'], /has jobs:red: the scopes are jobs:read/],
    [['create', '--name', 'x'], /at least one scope/],
    [['create', '--name', ' ', '--scopes', 'admin'], /needs a name/],
    [[...create, '--tenant', 'No Tenant'], /--tenant is "No Tenant"/],
    [[...create, '--expires-in-days', 'soon'], /one minute to ten years/],
    [[...create, '--expires-in-days', ''], /one minute to ten years/],
  ])('says what is wrong with %j, and makes nothing', async (args, words) => {
    const { keys } = world('data-wrong')
    const refused = await keys(...args)
    expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(words)])
    expect(refused.output).not.toMatch(/^ +at /m)
    expect(secretIn(refused.output)).toBe('')
  })

  it('make, change and list tenants', async () => {
    const { keys, tenants } = world('data-tenants')
    expect((await tenants('list')).output).toMatch(/^There is no history at/)
    const made = await tenants('create', 'acme', '--weight', '2.5', '--creations-per-minute', '30')
    expect(made).toEqual({ code: 0, output: 'acme  weight 2.5  creations-per-minute 30\n' })
    const changed = await tenants('set', 'acme', '--creations-per-minute', 'default', '--running-jobs', '0')
    expect(changed).toEqual({ code: 0, output: 'acme  weight 2.5  running-jobs 0\n' })
    expect((await tenants('set', 'nobody', '--weight', '2')).output).toMatch(/no tenant nobody yet/)
    expect((await tenants('set', 'acme')).output).toMatch(/nothing to change/)
    // One of a key appears by itself.
    await keys(...create, '--tenant', 'other')
    expect((await tenants('list')).output).toBe(
      'acme  weight 2.5  running-jobs 0\nother  weight 1  limits as for all\n',
    )
    expect(await tenants('create', 'other')).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is a tenant other already'),
    })
  })

  it.each([
    [[], /Usage:/],
    [['create'], /Usage:/],
    [['list', 'acme'], /Usage:/],
    [['remove', 'acme'], /Usage:/],
    [['create', 'acme', 'more'], /Usage:/],
    [['create', 'acme', '--wait', '3'], /Usage:/],
    [['create', 'No Tenant'], /The tenant is "No Tenant"/],
    [['create', 'acme', '--weight', '0'], /--weight is "0"/],
    [['create', 'acme', '--streams', '1.5'], /--streams is "1.5": it has to be a whole number/],
    [['create', 'acme', '--streams', '9999999999'], /whole number from 0 to 2000000000/],
    [['set', 'nobody', '--weight', '2'], /no history at/],
  ])('say what is wrong with the tenant %j, and make nothing', async (args, words) => {
    const { tenants } = world('data-wrong-tenant')
    const refused = await tenants(...args)
    expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(words)])
    expect(refused.output).not.toMatch(/^ +at /m)
    // Not even a history was made.
    expect((await tenants('list')).output).toMatch(/^There is no history at/)
  })
})
