import { createClient } from 'graphql-sse'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type App, startApp } from '../../src/app/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'
import { clip, hashOf, upload } from '../support/uploads.ts'

describe('gateways that share a history, by their role', () => {
  let database: Database
  let sandbox: Sandbox
  let apps: App[]
  let lines: string[]
  beforeEach(async () => {
    database = await createDatabase()
    sandbox = await startSandbox({ taskSeconds: 1 })
    apps = []
    lines = []
  })
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.stop()))
    await sandbox.close()
    await database.drop()
  })

  const configure = (env: Record<string, string> = {}) =>
    loadConfig({
      PORT: '0',
      DATABASE_URL: database.url,
      WAVESPEED_BASE_URL: sandbox.url,
      WAVESPEED_TIER: 'ultra',
      WAVESPEED_POLL_SECONDS: '0.2',
      ...env,
    })
  async function start(role: string, env: Record<string, string> = {}): Promise<App> {
    const log = createLog('info', { write: (line) => void lines.push(line) })
    const app = await startApp(configure({ ROLE: role, ...env }), { log })
    apps.push(app)
    return app
  }
  async function ask<T>(app: App, query: string): Promise<T> {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return ((await response.json()) as { data: T }).data
  }
  async function createFrom(app: App, video: string): Promise<string> {
    const { result } = await ask<{ result: { job: { id: string } } }>(
      app,
      `mutation { result: createV2VLoraJob(input: { video: "${video}", prompt: "a fox" }) {
        ... on CreateV2VLoraJobSuccess { job { id } } } }`,
    )
    return result.job.id
  }
  const create = (app: App) => createFrom(app, sandbox.clips.source)
  const state = async (app: App, id: string) =>
    (await ask<{ job: { state: string } }>(app, `{ job(id: "${id}") { state } }`)).job.state
  async function follow(app: App, id: string): Promise<string[]> {
    const client = createClient({ url: `${app.url}/graphql` })
    const states: string[] = []
    const query = `subscription { prediction(jobId: "${id}") { state } }`
    for await (const { data } of client.iterate<{ prediction: { state: string } }>({ query })) {
      if (data) states.push(data.prediction.state)
    }
    client.dispose()
    return states
  }

  it('a web gateway records jobs and leaves them to a worker, whose changes its subscribers see', async () => {
    const web = await start('web')
    const id = await create(web)
    const followed = follow(web, id)
    expect(await state(web, id)).toBe('QUEUED')
    expect(sandbox.ledger.submits()).toEqual([])
    const worker = await start('worker')
    const states = await followed
    expect(states[0]).toBe('QUEUED')
    expect(states.at(-1)).toBe('COMPLETED')
    expect(sandbox.ledger.submits()).toHaveLength(1)
    expect(web.gauges()).toEqual({ listeners: 0, steps: 0 })
    await eventually(() => expect(worker.gauges()).toEqual({ listeners: 0, steps: 0 }))
  })

  it('a clip that is sent to one makes a job at another, which a third follows', async () => {
    const [one, other, third] = [await start('web'), await start('all'), await start('web')]
    const { status, body } = await upload(`${one.url}/graphql`, clip)
    expect(status).toBe(201)
    const id = await createFrom(other, body.id)
    expect((await follow(third, id)).at(-1)).toBe('COMPLETED')
    expect(sandbox.ledger.submits()[0]?.input).toMatchObject({ video: body.url })
    const again = await upload(`${third.url}/graphql`, clip, { 'x-content-sha256': hashOf(clip) })
    expect(again.body).toMatchObject({ id: body.id, reused: true })
  })

  it('a worker answers /health and /ready, and nothing else', async () => {
    const worker = await start('worker')
    for (const path of ['/health', '/ready']) expect((await fetch(worker.url + path)).status).toBe(200)
    for (const path of [
      '/graphql',
      '/graphql/stream',
      '/outputs/a/0.mp4',
      '/uploads',
      '/webhooks/wavespeed/a/b',
    ]) {
      const response = await fetch(worker.url + path, { method: 'POST' })
      expect([response.status, (await response.json()).errors[0].message]).toEqual([
        404,
        'This gateway is a worker: it answers /health and /ready.',
      ])
    }
  })

  it('a gateway that is stopped hands its jobs over, which none sends again', async () => {
    const [one, other] = [await start('all'), await start('all')]
    const ids = await Promise.all(Array.from({ length: 6 }, () => create(one)))
    const followed = ids.map((id) => follow(other, id))
    await one.stop()
    for (const states of await Promise.all(followed)) expect(states.at(-1)).toBe('COMPLETED')
    expect(sandbox.ledger.counts().accepted).toBe(6)
  })

  it('no log line holds the password of the database', async () => {
    await start('all')
    const { password } = new URL(database.url)
    expect(password).not.toBe('')
    expect(lines.join('')).toContain('"role":"all"')
    expect(lines.join('')).not.toContain(password)
  })

  it('a start that cannot reach its server fails in words, and leaves nothing open', async () => {
    const env = { DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/jobs' }
    const starting = startApp(configure(env), { log: createLog('silent') })
    const error: Error = await starting.then(
      () => new Error('it started'),
      (cause) => cause,
    )
    expect(error.message).toMatch(/The history is not available/)
    expect(`${error.message} ${error.stack}`).not.toContain('hunter2')
  })

  it('a Redis of an earlier version is named in one warning, and not asked', async () => {
    await start('all', { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' })
    const warnings = lines.filter((line) => line.includes('REDIS_URL'))
    expect(warnings).toEqual([expect.stringContaining('REDIS_URL has no effect any more')])
    expect(lines.join('')).not.toContain('hunter2')
  })
})
