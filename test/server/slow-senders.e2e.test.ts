import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './clients.ts'
import { exchange, startTestServer, type TestServer, until } from './support.ts'

/** Short enough for a test, and far below what Node does by itself: 60 s, 300 s and 5 s. */
const limits = { headersMs: 400, requestMs: 800, keepAliveMs: 400, checkingMs: 50 }
/** A bound for hangs that is below Node's own times, so that these tests do not pass by them. */
const timeout = 4_500

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer({ limits })
})
afterAll(() => gateway.server.close())

/** What comes back on a connection that sends this at once, and then one more byte again and again, until it is closed. */
function dribble(begin: string, byte: string): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const socket: Socket = connect(gateway.port, '127.0.0.1', () => {
    socket.write(begin)
    timer = setInterval(() => byte !== '' && socket.write(byte), 50)
  })
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.on('error', () => {}) // a byte that was under way
  return new Promise((resolve) => {
    socket.on('close', () => {
      clearInterval(timer)
      resolve(text)
    })
  })
}

const head = (path: string, accept: string) =>
  [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `accept: ${accept}`,
    'content-length: 1000',
    '',
    '',
  ].join('\r\n')

describe('a client that sends slowly', () => {
  it('is closed when the head of its request takes too long', { timeout }, async () => {
    expect(await dribble('GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ', 'a')).toMatch(
      /^HTTP\/1\.1 408 /,
    )
  })

  it('is closed when it sends nothing', { timeout }, async () => {
    expect(await dribble('', '')).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })

  it.each([
    ['/graphql', 'application/json'],
    ['/graphql', 'text/event-stream'],
    ['/graphql/stream', 'text/event-stream'],
  ])('is closed when the body of its request takes too long (%s, %s)', { timeout }, async (path, accept) => {
    expect(await dribble(head(path, accept), ' ')).toMatch(/^HTTP\/1\.1 408 /)
    expect(
      await dribble(
        head(path, accept).replace('content-length: 1000', 'transfer-encoding: chunked'),
        '1\r\n \r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 408 /)
    expect(gateway.lines.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  it('is closed when it goes on with an upload that was refused', { timeout }, async () => {
    const answer = await dribble(head('/uploads', '*/*').replace('POST', 'PATCH'), ' ')
    expect(answer).toMatch(/^HTTP\/1\.1 405 /)
  })

  it('is closed when no further request comes', { timeout }, async () => {
    const answer = await dribble('GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n', '')
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*\{"status":"ok"\}/s)
  })
})

describe('a client that waits for long', () => {
  it('is answered however long its operation takes', async () => {
    const body = JSON.stringify({ query: '{ slow(ms: 1500) }' })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })
    expect(await response.json()).toEqual({ data: { slow: 'done' } })
  })

  it.each(['sse distinct', 'sse single', 'ws'] as const)('keeps a quiet stream, by %s', async (protocol) => {
    const client = createClient(protocol, gateway.port)
    const first = client.iterate('subscription { ticks }').next()
    await until(() => gateway.listeners() === 1)
    await pause(1_500) // Longer than any of the limits.
    gateway.emit(7)
    expect(await first).toEqual({ done: false, value: { data: { ticks: 7 } } })
    expect(client.connections()).toBe(1)
    client.dispose()
    await until(() => gateway.listeners() === 0)
  })
})

it.each([
  ['a length beside a transfer encoding', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
  ['a length with a sign', 'Content-Length: +4\r\n\r\nabcd'],
  [
    'a transfer encoding that does not end in chunks',
    'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  ],
  ['a bare line feed', 'X-One: 1\nX-Two: 2\r\n\r\n'],
  ['NUL in a header', 'X-One: a\0b\r\n\r\n'],
  ['a header that goes on in the next line', 'X-One: a\r\n X-Two: b\r\n\r\n'],
  ['white space before a colon', 'X-One : a\r\n\r\n'],
])('a request with %s is a 400, and its connection is closed', { timeout }, async (_, rest) => {
  const smuggled = `GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
  const answer = await exchange(
    gateway.port,
    `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n${rest}${smuggled}`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
})
