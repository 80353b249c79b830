import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'
import { copyExamples } from './support.ts'

let world: TestApp
let copy: Awaited<ReturnType<typeof copyExamples>>

beforeAll(async () => {
  world = await createTestApp()
  copy = await copyExamples({ gateway: world.app.url, sandbox: world.sandbox.url })
})
afterAll(async () => {
  await copy.remove()
  await world.close()
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(copy.path, path)).href)

/** What a program says, each line by its arguments. */
function spoken(): unknown[] {
  const said: unknown[] = []
  vi.spyOn(console, 'log').mockImplementation((...words) => void said.push(...words))
  return said
}

/** As browsers and newer versions of Node have it. */
const withWebSocket = () => vi.stubGlobal('WebSocket', WebSocket)

it('show.ts shows each state of a job until it is over', async () => {
  withWebSocket()
  const said = spoken()
  const { show } = (await load('show.ts')) as typeof import('../../examples/show.ts')
  await show(await world.create())
  expect(said.at(-1)).toMatchObject({ prediction: { state: 'COMPLETED', error: null } })
})

it('web-socket.ts follows a job until it is over', async () => {
  withWebSocket()
  const said = spoken()
  const { follow } = (await load('web-socket.ts')) as typeof import('../../examples/web-socket.ts')
  const jobs: unknown[] = []
  follow(await world.create(), (job) => jobs.push(job))
  await vi.waitFor(() => expect(said).toEqual(['the job is over']), { timeout: 60_000 })
  expect(jobs.at(-1)).toMatchObject({ state: 'COMPLETED' })
})

it('server-sent-events.ts has clients that follow a job until it is over', async () => {
  const clients = (await load(
    'server-sent-events.ts',
  )) as typeof import('../../examples/server-sent-events.ts')
  const query = 'subscription ($id: ID!) { prediction(jobId: $id) { state } }'
  for (const client of [clients.distinct, clients.single]) {
    const states: unknown[] = []
    const stream = client.iterate({ query, variables: { id: await world.create() } })
    for await (const { data } of stream) states.push(data)
    expect(states.at(-1)).toEqual({ prediction: { state: 'COMPLETED' } })
    client.dispose()
  }
})

it('create-job.ts makes one job though an answer is lost', async () => {
  const { createJob } = (await load('create-job.ts')) as typeof import('../../examples/create-job.ts')
  const asked: string[] = []
  const realFetch = globalThis.fetch
  vi.stubGlobal('fetch', async (...[url, options]: Parameters<typeof fetch>) => {
    const response = await realFetch(url, options)
    asked.push(String(options?.body))
    if (asked.length === 1) throw new TypeError('the connection broke')
    return response
  })
  const made = await createJob({ video: world.sandbox.clips.source, prompt: 'an owl, once' })
  vi.unstubAllGlobals()
  expect(asked).toHaveLength(2)
  expect(made).toMatchObject({ data: { createV2VLoraJob: { job: { state: expect.any(String) } } } })
  const { jobs } = await world.graphql<{ jobs: { edges: unknown[] } }>(
    '{ jobs(filter: { prompt: "an owl, once" }) { edges { node { id } } } }',
  )
  expect(jobs.edges).toHaveLength(1)
})

it('the scripts for curl make a job, find it and follow it until it is over', async () => {
  const scripts = ['create.sh', 'newest.sh', 'follow.sh']
  const texts = await Promise.all(scripts.map((name) => readFile(join(copy.path, 'curl', name), 'utf8')))
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', texts.join('\n')])
  expect(stdout).toContain('"createV2VLoraJob":{"job":{')
  expect(stdout).toContain('"state":"COMPLETED"')
})

it('the script for a clip of one’s own sends it and makes a job of it', async () => {
  const text = await readFile(join(copy.path, 'curl', 'own-clip.sh'), 'utf8')
  const cwd = await mkdtemp(join(tmpdir(), 'wavespeed-clip-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  await copyFile('sandbox/clips/source.mp4', join(cwd, 'clip.mp4'))
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', text], { cwd })
  expect(stdout).toContain('"createV2VLoraJob":{"job":{')
  expect(world.sandbox.ledger.requests({ operation: 'put' })).toHaveLength(1)
})
