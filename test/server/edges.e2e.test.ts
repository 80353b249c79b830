import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'
import { exchange, startTestServer, type TestServer } from './support.ts'

let gateway: TestServer
let app: TestApp
beforeAll(async () => {
  gateway = await startTestServer()
  app = await createTestApp()
})
afterAll(async () => {
  await gateway.server.close()
  await app.close()
})

const h2c =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'

test.each([
  ['h2c', h2c],
  ['TLS/1.0', 'Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n'],
  ['nonsense', 'Connection: keep-alive, upgrade\r\nUpgrade: nonsense\r\n'],
])('an offer of another protocol is ignored, and the request answered: %s', async (_name, offer) => {
  const host = `Host: 127.0.0.1:${gateway.port}\r\n`
  const last = `GET /ready HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
  const body = '{"query":"mutation { pay }"}'
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  const before = gateway.paid()
  const text = await exchange(
    gateway.port,
    `GET /health HTTP/1.1\r\n${host}${offer}\r\nPOST /graphql HTTP/1.1\r\n${host}${head}${offer}\r\n${body}${last}`,
  )
  expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(3)
  expect(text).toContain('"status":"ok"')
  expect(text).toContain('"ready":true')
  expect(gateway.paid()).toBe(before + 1)
})

test('however often one is made on a connection, nothing piles up on it', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  const host = `Host: 127.0.0.1:${gateway.port}\r\n`
  const last = `GET /ready HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
  const text = await exchange(gateway.port, `GET /health HTTP/1.1\r\n${host}${h2c}\r\n`.repeat(50) + last)
  await new Promise((done) => setImmediate(done))
  process.off('warning', note)
  expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(51)
  expect(warnings).toEqual([])
})

test('what is refused otherwise is refused with such an offer, too', async () => {
  const host = `Host: 127.0.0.1:${gateway.port}\r\n`
  const before = gateway.paid()
  const ask = (lines: string, headers = '') =>
    exchange(gateway.port, `${lines} HTTP/1.1\r\n${host}${headers}${h2c}Connection: close\r\n\r\n`)
  expect(await ask('GET /nowhere')).toMatch(/^HTTP\/1\.1 404 /)
  expect(await ask('GET /graphql?query=mutation%7Bpay%7D')).toMatch(/^HTTP\/1\.1 405 /)
  expect(await ask('GET /graphql?query=%7Bhello%7D', 'Origin: https://evil.example.com\r\n')).toMatch(
    /^HTTP\/1\.1 403 /,
  )
  expect(gateway.paid()).toBe(before)
})

test.each([
  ['$first: Int', 'first: $first', '{"first":1e400}'],
  ['$first: Int', 'first: $first', '{"first":-1e400}'],
  ['$first: Int', 'first: $first', '{"first":"1"}'],
  ['$filter: JobFilter', 'filter: $filter', '{"filter":{"__proto__":{"state":"FAILED"}}}'],
  ['$filter: JobFilter', 'filter: $filter', '{"filter":{"constructor":{"prototype":{}}}}'],
])(
  'a variable that no input is like is a refusal in words (%s, %s): %s',
  async (defined, used, variables) => {
    const query = `query (${defined}) { jobs(${used}) { edges { cursor } } }`
    const body = `{"query":${JSON.stringify(query)},"variables":${variables}}`
    for (const path of ['', '/stream']) {
      const accept = path === '' ? 'application/json' : 'text/event-stream'
      const headers = { 'content-type': 'application/json', accept }
      const response = await fetch(app.url + path, { method: 'POST', headers, body })
      expect(await response.text()).toContain('"BAD_USER_INPUT"')
    }
    expect(Object.keys(Object.prototype)).toEqual([])
  },
)

test('extensions that nest thousands of levels harm nobody, in a body or in an address', async () => {
  const deep = '['.repeat(7_000) + ']'.repeat(7_000)
  const persistedQuery = '"persistedQuery":{"version":1,"sha256Hash":"a"}'
  const extensions = `{${persistedQuery},"operationId":"1","deep":${deep}}`
  const body = `{"extensions":${extensions}}`
  for (const path of ['', '/stream']) {
    const headers = { accept: 'text/event-stream' }
    const posted = await fetch(app.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    })
    expect(await posted.text()).toContain('PERSISTED_QUERY_NOT_SUPPORTED')
    // Written as it is: encoded it would be longer than an address may be.
    const { pathname, port } = new URL(app.url)
    const address = `${pathname}${path}?extensions=${extensions.replaceAll('"', '%22')}`
    const lines = [
      `GET ${address} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Accept: text/event-stream',
      'Connection: close',
    ]
    const got = await exchange(Number(port), `${lines.join('\r\n')}\r\n\r\n`)
    expect(got).toContain('PERSISTED_QUERY_NOT_SUPPORTED')
  }
})

test.each([100, 5_000, 150_000])(
  'variables that nest %i levels are a 400 on every protocol',
  async (levels) => {
    const query = 'query ($v: DateTime) { jobs(filter: { createdAfter: $v }) { edges { cursor } } }'
    const values = ['['.repeat(levels) + ']'.repeat(levels)]
    if (levels < 100_000) values.push(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
    for (const value of values) {
      const body = `{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const response = await fetch(app.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept },
          body,
        })
        expect(response.status).toBe(400)
        expect((await response.json()).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
      }
      const stream = await fetch(`${app.url}/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body,
      })
      expect(await stream.text()).toContain('BAD_USER_INPUT')
      if (levels > 1_000) continue // the client cannot write it
      const client = createWsClient({
        url: app.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      })
      const answer = client.iterate({ query, variables: { v: JSON.parse(value) } }).next()
      await expect(answer).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
      await client.dispose()
    }
  },
)

test('variables that are no JSON are a 400 that does not repeat them, by GET', async () => {
  const search = 'query=%7Bhello%7D&variables=%5Bsecret'
  for (const response of [
    await fetch(`${gateway.url}/graphql?${search}`),
    await fetch(`${gateway.url}/graphql/stream?${search}`, { headers: { accept: 'text/event-stream' } }),
  ]) {
    expect(response.status).toBe(400)
    const text = await response.text()
    expect(text).toContain('BAD_REQUEST')
    expect(text).not.toContain('secret')
  }
})

test('an Accept of thousands of entries is answered no longer than a short one', async () => {
  const entries = (one: string) =>
    Array.from({ length: Math.floor(15_000 / (one.length + 1)) }, () => one).join(',')
  for (const one of ['a', '*', 'x/y', 'a/b;q=0', ' ', ';']) {
    const response = await fetch(`${gateway.url}/graphql?query={hello}`, {
      headers: { accept: entries(one) },
    })
    await response.body?.cancel()
    expect([one, response.status]).toEqual([one, 406])
    const headers = [...response.headers].map(([name, value]) => name + value).join('')
    expect(headers.length).toBeLessThan(1_500)
  }
  const first = await fetch(`${gateway.url}/graphql?query={hello}`, {
    headers: { accept: `application/json,${entries('a/b')}` },
  })
  expect(await first.json()).toEqual({ data: { hello: 'Hello world' } })
})
