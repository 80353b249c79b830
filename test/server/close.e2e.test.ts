import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createFakeClock } from '../support/fake-clock.ts'
import { createClient, protocols } from './clients.ts'
import { createLargeAnswers } from './large-answers.ts'
import { createTestServer, post, startTestServer, type TestServer, until } from './support.ts'

test.each(protocols)(
  'an open stream survives a restart: its client comes back to the next server (%s)',
  async (protocol) => {
    const first = await startTestServer(standing())
    const client = createClient(protocol, first.port)
    const received: unknown[] = []
    let over = false
    const reading = (async () => {
      for await (const { data } of client.iterate('subscription { ticks }')) received.push(data)
      over = true
    })()
    await until(() => first.listeners() === 1)
    first.emit(1)
    await until(() => received.length === 1)

    await first.server.close()
    await until(() => first.listeners() === 0)
    expect(over).toBe(false)

    const second = await startTestServer({ port: first.port })
    await until(() => second.listeners() === 1)
    second.emit(2)
    await until(() => received.length === 2)
    expect(received).toEqual([{ ticks: 1 }, { ticks: 2 }])
    expect(over).toBe(false)
    client.dispose()
    await reading.catch(() => {}) // a client that is disposed of may end its stream either way
    await until(() => second.listeners() === 0)
    await second.server.close()
  },
)

test('an event stream ends with a comment and a broken answer, not with "complete"', async () => {
  const gateway = await startTestServer()
  const response = await post(gateway.url, 'subscription { ticks }', { accept: 'text/event-stream' })
  await until(() => gateway.listeners() === 1)
  await gateway.server.close()
  let text = ''
  const read = async () => {
    const decoder = new TextDecoder()
    const reader = response.body?.getReader()
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
      text += decoder.decode(part.value)
  }
  await expect(read()).rejects.toThrow('terminated')
  expect(text).toContain(': the server is stopping')
  expect(text).not.toContain('complete')
})

test('a request in flight finishes, new connections are refused', async () => {
  const large = createLargeAnswers()
  const gateway = await startTestServer({ schema: large.schema, ...standing() })
  const held = post(gateway.url, '{ held }')
  await until(() => large.counts.held === 1)
  const closing = gateway.server.close()
  await expect(fetch(`${gateway.url}/health`)).rejects.toThrow('fetch failed')
  large.letGo()
  expect(await (await held).json()).toEqual({ data: { held: 'let go' } })
  await closing
})

test.each([
  ['has not begun its answer, which is the last', '{held}', ['200']],
  ['is in the middle of its answer', '{big(bytes:20000000)}', ['200', '503']],
])(
  'while stopping, nothing is called ready any more, also where a connection %s',
  async (_what, query, statuses) => {
    const large = createLargeAnswers()
    const limits = { answerCharacters: Number.POSITIVE_INFINITY }
    const gateway = await startTestServer({ schema: large.schema, limits, ...standing() })
    const socket = connect(gateway.port, '127.0.0.1')
    let text = ''
    let stopping = false
    socket.on('data', (data) => {
      text += data
      if (!stopping) socket.pause() // or all of it might be read before the stop
    })
    socket.on('error', () => {})
    const head = 'Host: localhost\r\n\r\n'
    socket.write(`GET /graphql?query=${query} HTTP/1.1\r\n${head}`)
    await until(() => large.counts.held === 1 || text !== '')
    stopping = true
    const closing = gateway.server.close()
    socket.write(`GET /ready HTTP/1.1\r\n${head}`)
    large.letGo()
    socket.resume()
    await closing
    await until(() => socket.destroyed)
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(statuses)
    expect(text).toContain('Connection: close')
  },
)

test('what was asked for readiness before the stop and answers after it began is not ready', async () => {
  let answer = () => {}
  let asked = false
  const gateway = await startTestServer({
    ...standing(),
    readiness: () => {
      asked = true
      return new Promise((resolve) => {
        answer = () => resolve({ ready: true, checks: {} })
      })
    },
  })
  const response = fetch(`${gateway.url}/ready`)
  await until(() => asked)
  const closing = gateway.server.close()
  answer()
  expect((await response).status).toBe(503)
  await closing
})

test('idle connections, used or not, do not hold the stop up', async () => {
  const gateway = await startTestServer(standing())
  await fetch(`${gateway.url}/health`) // leaves a keep-alive connection in the pool
  const unused = connect(gateway.port, '127.0.0.1')
  await new Promise((done) => unused.once('connect', done))
  const ended = new Promise((done) => unused.once('close', done))
  unused.on('error', () => {})
  unused.resume()
  await gateway.server.close()
  await ended
})

test('a refused WebSocket that its client keeps open does not hold the stop up', async () => {
  const gateway = await startTestServer(standing())
  const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://evil.example.com'
  socket.write(`GET /graphql HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n\r\n`)
  const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
  expect(answer).toContain('403 Forbidden')
  await gateway.server.close()
  socket.destroy()
})

test.each(['a request that never ends', 'a WebSocket that its client keeps open'])(
  '%s is cut off after the grace, and not before',
  async (what) => {
    const clock = createFakeClock()
    const gateway = await startTestServer({ clock })
    const ended = what.includes('WebSocket') ? await openSocket(gateway) : await ask(gateway)
    let over = false
    const closing = gateway.server.close().then(() => {
      over = true
    })
    const waiting = clock.pending
    await clock.advance(4_999)
    expect([clock.pending, over]).toEqual([waiting, false])
    await clock.advance(1)
    await closing
    await ended()
  },
)

/** Asks what is never answered. */
async function ask(gateway: TestServer): Promise<() => Promise<void>> {
  const endless = post(gateway.url, '{ slow(ms: 600000) }')
  endless.catch(() => {})
  await until(() => gateway.slow() === 1)
  return async () => {
    await expect(endless).rejects.toThrow('fetch failed')
    expect(gateway.lines.some((line) => String(line['msg']).includes('cut off'))).toBe(true)
  }
}

/** Opens a WebSocket whose client does not answer when it is to be closed. */
async function openSocket(gateway: TestServer): Promise<() => Promise<void>> {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => {})
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
  const names = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws'
  socket.write(`GET /graphql HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n${names}\r\n\r\n`)
  const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
  expect(answer).toContain('101 Switching Protocols')
  return () => until(() => socket.destroyed)
}

/** A clock that stands still: what closes on it has waited for no grace. */
const standing = () => ({ clock: createFakeClock() })

test('closing twice, or without having listened, is no error', async () => {
  const gateway = await startTestServer()
  await Promise.all([gateway.server.close(), gateway.server.close()])
  await gateway.server.close()
  const silent = createTestServer()
  await silent.server.close()
  expect([...gateway.lines, ...silent.lines].filter((line) => line['level'] === 50)).toEqual([])
})
