import { gzipSync } from 'node:zlib'
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { exchange, startTestServer, type TestServer } from './support.ts'

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer()
})
afterAll(() => gateway.server.close())

const query = JSON.stringify({ query: '{ hello }' })
const paths = ['/graphql', '/graphql/stream']

function send(path: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = query) {
  const accept = path === '/graphql' ? 'application/json' : 'text/event-stream'
  return fetch(gateway.url + path, { method: 'POST', headers: { accept, ...headers }, body })
}

test.each([
  'application/json',
  'Application/JSON',
  'APPLICATION/JSON; charset=utf-8',
  'Application/Json;Charset=UTF-8',
  'application/json ; charset="utf-8"',
  ' application/json ;foo=bar',
])('the name of a media type is read in any case: %s', async (type) => {
  for (const path of paths) {
    const response = await send(path, { 'content-type': type })
    expect(await response.text()).toContain('"hello":"Hello world"')
  }
})

test('JSON by its other name is read, too', async () => {
  const response = await send('/graphql', { 'content-type': 'application/GraphQL+JSON' })
  expect(await response.text()).toContain('Hello world')
})

test.each([
  ['application/graphql', '{ hello }'],
  ['application/x-www-form-urlencoded', 'query=%7Bhello%7D'],
  [
    'multipart/form-data; boundary=a',
    '--a\r\ncontent-disposition: form-data; name="query"\r\n\r\n{hello}\r\n--a--',
  ],
  ['text/plain', query],
  ['text/plain; application/json', query],
  ['application/json-seq', query],
  ['', query],
])('no other type of a body is read: %j', async (type, body) => {
  const response = await send('/graphql', { 'content-type': type }, body)
  expect([response.status, await response.text()]).toEqual([415, expect.stringContaining('application/json')])
})

test.each([
  'message/x',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'nonsense',
  '',
])('a GET that says it has a body of another type is not served: %j', async (type) => {
  for (const path of paths) {
    for (const accept of ['application/json', 'text/event-stream']) {
      const headers = { accept, 'content-type': type }
      const response = await fetch(`${gateway.url}${path}?query={hello}`, { headers })
      expect([path, response.status]).toEqual([path, 415])
    }
  }
})

test('a GET may say that it is JSON, or nothing', async () => {
  for (const headers of [{}, { 'content-type': 'application/json' }]) {
    const response = await fetch(`${gateway.url}/graphql?query={hello}`, { headers })
    expect(await response.text()).toContain('Hello world')
  }
})

test.each(['gzip', 'GZIP', 'x-gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'nonsense'])(
  'a body with the Content-Encoding %s is a 415 that says so, and repeats nothing',
  async (encoding) => {
    for (const path of paths) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      const response = await send(path, headers, new Uint8Array(gzipSync(query)))
      expect(response.status).toBe(415)
      expect((await response.json()).errors).toEqual([
        {
          message: 'The Content-Encoding is not supported: send the body as it is, uncompressed.',
          extensions: {
            code: 'CONTENT_ENCODING_NOT_SUPPORTED',
            requestId: response.headers.get('x-request-id'),
          },
        },
      ])
    }
  },
)

test('the Content-Encoding identity is none', async () => {
  for (const path of paths) {
    const response = await send(path, { 'content-type': 'application/json', 'content-encoding': 'Identity' })
    expect(await response.text()).toContain('Hello world')
  }
})

test('a body that is no JSON is refused, and not repeated', async () => {
  for (const body of [new Uint8Array(gzipSync(query)), 'a secret of mine', '{"secret"']) {
    const response = await send('/graphql', { 'content-type': 'application/json' }, body)
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(text).not.toMatch(/secret|Unexpected token/)
  }
})

test('the absolute form of an address works, and its host is judged', async () => {
  const { port } = gateway
  const get = (target: string, host = `127.0.0.1:${port}`) =>
    exchange(
      port,
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n`,
    )
  for (const scheme of ['http', 'HTTP', 'https']) {
    expect(await get(`${scheme}://127.0.0.1:${port}/graphql?query=%7Bhello%7D`)).toContain('Hello world')
    expect(await get(`${scheme}://localhost/health`)).toContain('"ok"')
  }
  expect(await get(`http://127.0.0.1:${port}/graphql?query=mutation%7Bpay%7D`)).toMatch(/^HTTP\/1\.1 405 /)
  expect(await get(`http://rebound.example.com/graphql?query=%7Bhello%7D`)).toContain('HOST_NOT_ALLOWED')
  expect(await get(`http://127.0.0.1:${port}/nowhere`)).toMatch(/^HTTP\/1\.1 404 /)
  expect(gateway.paid()).toBe(0)
})

test("an operationName of '' means none, on every protocol", async () => {
  const body = JSON.stringify({ query: 'query Named { hello }', operationName: '' })
  for (const path of paths) {
    const response = await send(path, { 'content-type': 'application/json' }, body)
    expect(await response.text()).toContain('Hello world')
  }
  const byGet = await fetch(`${gateway.url}/graphql?query=query+Named{hello}&operationName=`)
  expect(await byGet.json()).toEqual({ data: { hello: 'Hello world' } })
  const client = createWsClient({
    url: `ws://127.0.0.1:${gateway.port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  const { value } = await client.iterate({ query: 'query Named { hello }', operationName: '' }).next()
  expect(value).toEqual({ data: { hello: 'Hello world' } })
  await client.dispose()
})

test("an operationName of '' does not choose among several, and hides no mutation", async () => {
  const query = 'query A { hello } mutation B { pay }'
  for (const path of paths) {
    const response = await send(
      path,
      { 'content-type': 'application/json' },
      JSON.stringify({ query, operationName: '' }),
    )
    expect(await response.text()).toContain('OPERATION_RESOLUTION_FAILURE')
    const single = new URLSearchParams({ query: 'mutation B { pay }', operationName: '' })
    const byGet = await fetch(`${gateway.url}${path}?${single}`, { headers: { accept: 'text/event-stream' } })
    expect(byGet.status).toBe(405)
  }
  expect(gateway.paid()).toBe(0)
})
