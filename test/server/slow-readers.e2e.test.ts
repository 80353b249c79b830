import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createLargeAnswers, untilStuck } from './large-answers.ts'
import { startTestServer, type TestServer, until } from './support.ts'

const second = 1_000
const minute = 60 * second
const mega = 1_000_000

let clock: FakeClock
let large: ReturnType<typeof createLargeAnswers>
let gateway: TestServer
let folder: string
const clients: (() => void)[] = []

beforeEach(async () => {
  clock = createFakeClock()
  large = createLargeAnswers()
  folder = mkdtempSync(join(tmpdir(), 'wavespeed-slow-'))
  const path = join(folder, 'video.mp4')
  writeFileSync(path, '')
  truncateSync(path, 100 * mega)
  gateway = await startTestServer({
    schema: large.schema,
    clock,
    limits: { answerCharacters: Number.POSITIVE_INFINITY },
    locateOutput: async () => ({ kind: 'file', path, contentType: 'video/mp4' }),
  })
})
afterEach(async () => {
  for (const end of clients.splice(0)) end()
  await gateway.server.close()
  rmSync(folder, { recursive: true })
})

const ended = () => gateway.lines.filter((line) => String(line['msg']).includes('does not read'))

/** A client that sends bytes and reads nothing. */
async function silent(bytes: string): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1')
  clients.push(() => socket.destroy())
  socket.on('error', () => {})
  socket.pause()
  await new Promise((done) => socket.write(bytes, done))
  return socket
}

const get = (query: string, accept = 'application/json') =>
  `GET /graphql?query=${encodeURIComponent(query)} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`

/** Moves time on until a connection is ended; its 30 seconds begin when the system takes no more. */
async function expectStall(): Promise<void> {
  const before = clock.now()
  await clock.until(() => ended().length === 1, second)
  expect(clock.now() - before).toBeGreaterThanOrEqual(30 * second)
  expect(ended()[0]).toMatchObject({ reason: 'nothing was read for 30 s' })
}

const isServed = async () => (await fetch(`${gateway.url}/health`)).status === 200

test('a client that does not read is given 30 seconds without progress, whatever it sends meanwhile', async () => {
  const socket = await silent(get(`{ big(bytes: ${20 * mega}) }`))
  await until(() => large.counts.answers === 1)
  await untilStuck(() => 0)
  for (const letter of 'GET') {
    await clock.advance(9 * second)
    expect(ended()).toEqual([])
    socket.write(letter) // of another request: no sign that it reads
  }
  await clock.until(() => ended().length === 1, second)
  expect(ended()[0]).toMatchObject({ level: 40, reason: 'nothing was read for 30 s' })
  // Only pieces of the answer ever waited for the socket.
  expect(Number(ended()[0]?.['waitingBytes'])).toBeLessThan(4 * mega)
  expect(await isServed()).toBe(true)
})

test('thirty connections that do not read end with one line each', async () => {
  for (let client = 0; client < 30; client += 1) await silent(get(`{ big(bytes: ${10 * mega}) }`))
  await until(() => large.counts.answers === 30)
  await untilStuck(() => 0)
  await clock.until(() => ended().length === 30, second)
  await clock.advance(minute)
  expect(ended().length).toBe(30)
})

test('a client that reads slowly gets all of it, however long that takes', async () => {
  const socket = await silent(get(`{ big(bytes: ${20 * mega}) }`))
  await until(() => large.counts.answers === 1)
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
    socket.pause()
  })
  // A chunk every 20 seconds is slow; the system's buffers hold many, so most chunks come at once.
  while (bytes < 20 * mega) {
    for (let chunk = 0; chunk < 64; chunk += 1) {
      socket.resume()
      await new Promise((done) => setImmediate(done))
    }
    await clock.advance(20 * second)
  }
  expect(ended()).toEqual([])
})

test('requests that are sent ahead run one after the other, and a flood of them ends the connection', async () => {
  const query = get(`{ big(bytes: ${mega}) }`)
  await silent(query.repeat(50))
  await untilStuck(() => large.counts.answers)
  expect(large.counts.answers).toBeLessThan(30) // what the system's buffers took
  expect(ended()).toEqual([])
  const before = large.counts.answers
  await silent(query.repeat(1_500))
  await until(() => ended().length === 1)
  expect(ended()[0]).toMatchObject({ reason: 'more than 100 requests wait behind another' })
  await untilStuck(() => large.counts.answers)
  expect(large.counts.answers - before).toBeLessThan(30)
})

test('requests that are sent ahead are answered in order to a client that reads', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  clients.push(() => socket.destroy())
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.write(get('{ held }') + get('{ hello }').repeat(50))
  await until(() => large.counts.held === 1)
  large.letGo()
  await until(() => text.split('"hello":"hello"').length === 51)
  expect(text.indexOf('let go')).toBeLessThan(text.indexOf('"hello"'))
})

test('an event stream waits for its reader, and ends after 30 seconds', async () => {
  await silent(get(`subscription { bigs(bytes: ${mega}) }`, 'text/event-stream'))
  await untilStuck(() => large.counts.answers)
  expect(large.counts.answers).toBeLessThan(30)
  await expectStall()
})

test('a kept output may pause for 10 minutes', async () => {
  await silent('GET /outputs/a HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await untilStuck(() => gateway.lines.length)
  await clock.advance(9 * minute)
  expect(ended()).toEqual([])
  await clock.until(() => ended().length === 1, second)
  expect(ended()[0]).toMatchObject({ reason: 'nothing was read for 600 s' })
})

describe('a WebSocket', () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws')
    clients.push(() => socket.terminate())
    await new Promise((done) => socket.once('open', done))
    socket.send('{"type":"connection_init"}')
    await new Promise((done) => socket.once('message', done))
    return socket
  }
  const ask = (socket: WebSocket, id: number, query: string) =>
    socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }))

  test('is closed when more than 4 MB wait for a client that does not read', async () => {
    const socket = await open()
    socket.pause()
    for (let id = 0; id < 1_500; id += 1) ask(socket, id, `{ big(bytes: ${mega / 2}) }`)
    await until(() => ended().length === 1)
    const waiting = Number(ended()[0]?.['waitingBytes'])
    expect(waiting).toBeGreaterThan(4 * mega)
    expect(waiting).toBeLessThan(5 * mega)
    await untilStuck(() => large.counts.answers)
    expect(large.counts.answers).toBeLessThan(200)
    expect(gateway.lines.filter((line) => Number(line['level']) > 40)).toEqual([])
    expect(gateway.lines.filter((line) => line['level'] === 40)).toHaveLength(1)
    expect(await isServed()).toBe(true)
  })

  test('that does not read a subscription is closed after 30 seconds', async () => {
    const socket = await open()
    socket.pause()
    ask(socket, 1, `subscription { bigs(bytes: ${mega}) }`)
    await untilStuck(() => large.counts.answers)
    expect(large.counts.answers).toBeLessThan(30)
    await expectStall()
  })

  test('is not answered pings without end that it does not read', async () => {
    const socket = await open()
    socket.pause()
    ask(socket, 1, `{ big(bytes: ${20 * mega}) }`)
    await until(() => large.counts.answers === 1)
    socket.ping()
    await until(() => ended().length === 1)
  })

  test('runs 100 queries and 2,000 subscriptions; one more is an error, and the socket lives', async () => {
    const socket = await open()
    const answers = new Map<string, string>()
    socket.on('message', (data) => {
      const { id, type, payload } = JSON.parse(String(data)) as {
        id: string
        type: string
        payload?: unknown
      }
      if (type !== 'complete') answers.set(id, JSON.stringify(payload))
    })
    for (let id = 0; id < 101; id += 1) ask(socket, id, '{ held }')
    await until(() => answers.size === 1)
    expect(answers.get('100')).toContain('TOO_MANY_OPERATIONS')
    expect(large.counts.held).toBe(100)
    for (let id = 1_000; id < 3_001; id += 1) ask(socket, id, 'subscription { quiet }')
    await until(() => answers.size === 2)
    expect(answers.get('3000')).toContain('TOO_MANY_OPERATIONS')
    expect(large.counts.streams).toBe(2_000)

    large.letGo()
    await until(() => answers.size === 102)
    ask(socket, 4_000, '{ hello }')
    await until(() => answers.size === 103)
    expect(answers.get('4000')).toContain('"hello"')
    socket.send('{"id":"1000","type":"complete"}')
    await until(() => large.counts.streams === 1_999)
    ask(socket, 4_001, 'subscription { quiet }')
    await until(() => large.counts.streams === 2_000)
    expect(answers.size).toBe(103)
    socket.terminate()
    await until(() => large.counts.streams === 0)
  })
})

describe('a single-connection stream', () => {
  const tokenHeader = 'x-graphql-event-stream-token'
  const url = () => `${gateway.url}/graphql/stream`
  const reserve = async () => (await fetch(url(), { method: 'PUT' })).text()
  const ask = (token: string, id: number, query: string) =>
    fetch(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', [tokenHeader]: token },
      body: JSON.stringify({ query, extensions: { operationId: String(id) } }),
    })
  /** Connects, and reads no further than the headers. */
  async function open(token: string): Promise<void> {
    const { body } = await fetch(url(), { headers: { accept: 'text/event-stream', [tokenHeader]: token } })
    clients.push(() => void body?.cancel().catch(() => {}))
  }

  test('is closed when more than 4 MB wait for a client that does not read', async () => {
    const token = await reserve()
    await open(token)
    let asked = 0
    for (; ended().length === 0; asked += 1) await ask(token, asked, `{ big(bytes: ${mega / 2}) }`)
    expect(asked).toBeLessThan(200)
    expect(Number(ended()[0]?.['waitingBytes'])).toBeLessThan(5 * mega)
    await expect
      .poll(async () => (await ask(token, 9_999, '{ hello }')).status, { timeout: 60_000 })
      .toBe(404)
  })

  test('slows subscriptions down that nobody reads, and ends after 30 seconds', async () => {
    const token = await reserve()
    await open(token)
    await ask(token, 1, `subscription { bigs(bytes: ${mega / 2}) }`)
    await untilStuck(() => large.counts.answers)
    expect(large.counts.answers).toBeLessThan(50)
    expect(ended()).toEqual([])
    await expectStall()
  })

  test('that nobody connects to holds no more than 4 MB', async () => {
    const token = await reserve()
    const statuses = new Set<number>()
    let asked = 0
    for (; !statuses.has(404); asked += 1)
      statuses.add((await ask(token, asked, `{ big(bytes: ${mega / 2}) }`)).status)
    expect(asked).toBeLessThan(20)
    const endless = await reserve()
    await ask(endless, 1, `subscription { bigs(bytes: ${mega / 2}) }`)
    await expect.poll(async () => (await ask(endless, 2, '{ hello }')).status, { timeout: 60_000 }).toBe(404)
    const before = large.counts.answers
    await untilStuck(() => large.counts.answers)
    expect(large.counts.answers).toBe(before)
  })

  test('runs 100 queries; one more is an error on it, and it lives', async () => {
    const token = await reserve()
    const stream = await fetch(url(), { headers: { accept: 'text/event-stream', [tokenHeader]: token } })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const reading = (async () => {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
        text += part.value
    })()
    const asked = Array.from({ length: 101 }, (_, id) => ask(token, id, '{ held }'))
    await until(() => text.includes('TOO_MANY_OPERATIONS'))
    expect(large.counts.held).toBe(100)
    large.letGo()
    await Promise.all(asked)
    await until(() => text.split('let go').length === 101)
    await ask(token, 200, '{ hello }')
    await until(() => text.includes('"hello":"hello"'))
    await reader?.cancel()
    await reading
  })
})
