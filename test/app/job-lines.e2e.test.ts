import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createLog } from '../../src/log.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type ClockedWire, createClockedWire } from '../support/clocked-wire.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

let app: TestApp
let clock: FakeClock
let wire: ClockedWire
let lines: Record<string, unknown>[]
beforeEach(async () => {
  clock = createFakeClock()
  wire = createClockedWire(clock)
  lines = []
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) })
  app = await createTestApp({ overrides: { clock, log, fetch: wire.fetch }, sandbox: { taskSeconds: 20 } })
  wire.watch(app.sandbox)
})
afterEach(async () => {
  await app.close()
  await wire.close()
})

const ends = (id: string) => clock.until(() => app.hasEnded(id))
const linesOf = (id: string) => lines.filter(({ jobId }) => jobId === id)
const mutation = (fields: string) => `mutation Act { result: ${fields} { __typename } }`

it('a job is three lines: recorded, sent, ended, with code, what it costs and how long it took', async () => {
  const completed = await app.create()
  await ends(completed)
  expect(linesOf(completed)).toMatchObject([
    { level: 30, msg: 'job recorded', state: 'QUEUED', model: 'wavespeed-ai/wan-2.1/v2v-480p-lora' },
    { level: 30, msg: 'job sent', predictionId: expect.any(String), ms: expect.any(Number) },
    { level: 30, msg: 'job ended', state: 'COMPLETED', billed: 'YES' },
  ])
  const [, , ended] = linesOf(completed)
  expect(ended?.['ms']).toBeGreaterThanOrEqual(20_000)
})

it.each([
  [
    'fails',
    '[sandbox:fail=1402]',
    'sent',
    { state: 'FAILED', code: 'MEDIA_UNREACHABLE', billed: 'REFUNDED' },
  ],
])('one that %s says why', async (_name, prompt, _sent, expected) => {
  const id = await app.create(prompt)
  await ends(id)
  expect(linesOf(id).map(({ msg }) => msg)).toEqual(['job recorded', 'job sent', 'job ended'])
  expect(linesOf(id).at(-1)).toMatchObject(expected)
})

it('one that is refused or canceled before it was sent costs nothing', async () => {
  app.sandbox.faults.add({ kind: 'envelope-error', code: 1400, on: 'submit', times: 1 })
  const refused = await app.create()
  await ends(refused)
  expect(linesOf(refused).map(({ msg }) => msg)).toEqual(['job recorded', 'job ended'])
  expect(linesOf(refused).at(-1)).toMatchObject({ code: 'INPUT_REFUSED', billed: 'NO' })
  const canceled = await app.create()
  await app.graphql(mutation(`cancelJob(id: "${canceled}")`))
  await clock.advance(60_000)
  expect(linesOf(canceled).map(({ msg }) => msg)).toEqual(['job recorded', 'job ended'])
  expect(linesOf(canceled).at(-1)).toMatchObject({ state: 'CANCELED', billed: 'NO' })
})

it('a job that is canceled while it runs is said to be billed', async () => {
  const id = await app.create()
  await clock.until(async () => (await app.job(id)).predictionId !== null, 10)
  await app.graphql(mutation(`cancelJob(id: "${id}")`))
  expect(linesOf(id).at(-1)).toMatchObject({ msg: 'job ended', state: 'CANCELED', billed: 'YES' })
  await clock.advance(60_000)
  expect(linesOf(id).filter(({ msg }) => msg === 'job ended')).toHaveLength(1)
})

it('the line of a mutation tells which jobs, and who asked, on every protocol; queries have none', async () => {
  const id = await app.create()
  await ends(id)
  lines = []
  await app.graphql('{ jobs(first: 1) { edges { cursor } } }')
  expect(lines).toEqual([])
  const clients = [
    createSseClient({ url: app.url, retryAttempts: 0 }),
    createSseClient({ url: `${app.url}/stream`, singleConnection: true, retryAttempts: 0 }),
    createWsClient({ url: app.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 }),
  ]
  await app.graphql(mutation(`cancelJob(id: "${id}")`))
  for (const client of clients) {
    await new Promise<void>((resolve, reject) => {
      const sink = { next() {}, error: reject, complete: resolve }
      client.subscribe({ query: mutation(`cancelJob(id: "${id}")`) }, sink)
    })
    client.dispose()
  }
  await clock.until(() => lines.length >= 4, 0)
  for (const line of lines) {
    expect(line).toMatchObject({ msg: 'operation', type: 'mutation', jobs: [id], address: '127.0.0.1' })
  }
  const response = await fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7' },
    body: JSON.stringify({ query: mutation(`retryJob(id: "${id}")`) }),
  })
  await response.json()
  expect(lines.at(-1)).toMatchObject({ jobs: [id], forwardedFor: '203.0.113.7' })
})
