import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer, until } from './support.ts'

let gateway: TestServer
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wavespeed-body-'))
  const path = join(folder, 'a')
  writeFileSync(path, 'a video')
  gateway = await startTestServer({
    webhooks: { isExpected: async (jobId) => jobId === 'job_1', receive: async () => 'recorded' },
    locateOutput: async (key) => (key === 'a' ? { kind: 'file', path, contentType: 'video/mp4' } : null),
  })
})
afterAll(async () => {
  await gateway.server.close()
  rmSync(folder, { recursive: true })
})

/** What the buffers of two systems may take that nobody has read. */
const bufferBytes = 16_000_000
const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`

/** Sends a head and then a body without end, as fast as it is taken, until the gateway ends it. */
async function pour(head: string): Promise<{ answer: string; taken: number }> {
  const socket = connect(gateway.port, '127.0.0.1')
  let answer = ''
  let over = false
  socket.on('data', (data) => {
    answer += data
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    over = true
  })
  socket.write(`${head}\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n`)
  const more = () => {
    while (!over && socket.writable && socket.write(chunk)) if (socket.bytesWritten > 200_000_000) break
  }
  socket.on('drain', more)
  more()
  await until(() => over || socket.bytesWritten > 200_000_000)
  const taken = socket.bytesWritten - socket.writableLength
  socket.destroy()
  return { answer, taken }
}

const declared = 'Content-Length: 9000000000'
const undeclared = 'Transfer-Encoding: chunked'

test.each([
  ['/graphql', undeclared, 413],
  ['/graphql', declared, 413],
  ['/graphql/stream', undeclared, 413],
  ['/graphql/stream', declared, 413],
  ['/webhooks/wavespeed/job_1/token', undeclared, 413],
  ['/webhooks/wavespeed/job_1/token', declared, 413],
  ['/webhooks/wavespeed/job_2/token', undeclared, 404],
  ['/webhooks/wavespeed/job_2/token', declared, 404],
  ['/outputs/a', undeclared, 405],
  ['/health', undeclared, 200],
  ['/nowhere', declared, 404],
])('a body without end at %s (%s) is answered %i and cut off', async (path, framing, status) => {
  const { answer, taken } = await pour(`POST ${path} HTTP/1.1\r\n${framing}`)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
  expect(answer.toLowerCase()).toContain('connection: close')
  expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1)
  expect(taken).toBeLessThan(bufferBytes)
})

test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
  'a body without end is cut off for every method, and path: %s',
  async (method) => {
    const paths = ['/graphql', '/health', '/outputs/a', '/outputs/missing', '/']
    const poured = await Promise.all(paths.map((path) => pour(`${method} ${path} HTTP/1.1\r\n${undeclared}`)))
    for (const { answer, taken } of poured) {
      expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1)
      expect(taken).toBeLessThan(bufferBytes)
    }
  },
)

test('a body that ends just beyond the limit is answered by name to a client that sends all of it', async () => {
  for (const path of ['/graphql', '/graphql/stream', '/webhooks/wavespeed/job_1/token']) {
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(1_000_001),
    })
    expect(response.status).toBe(413)
    expect((await response.json()).errors[0].extensions.code).toBe('BODY_TOO_LARGE')
  }
})

test('a refused request with a short body keeps its connection', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  const short = 'Host: localhost\r\nContent-Length: 5\r\n\r\nhello'
  socket.write(`POST /nowhere HTTP/1.1\r\n${short}POST /nowhere HTTP/1.1\r\n${short}`)
  await until(() => text.match(/HTTP\/1.1 404/g)?.length === 2)
  socket.destroy()
})

test.each([
  [10_000, 200],
  [20_000, 413],
])('a body in %i pieces of a byte each is answered %i', async (count, status) => {
  for (const path of ['/graphql', '/graphql/stream']) {
    const body = '{"query":"{ hello }"}'.padEnd(count)
    const pieces = [...body].map((letter) => `1\r\n${letter}\r\n`).join('')
    const accept = path === '/graphql' ? 'application/json' : 'text/event-stream'
    const head = `Host: localhost\r\nContent-Type: application/json\r\nAccept: ${accept}\r\n${undeclared}`
    const socket = connect(gateway.port, '127.0.0.1')
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n${pieces}0\r\n\r\n`)
    await until(() => /^HTTP\/1\.1 413.*\}$|Hello world/s.test(text))
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
    socket.destroy()
  }
})
