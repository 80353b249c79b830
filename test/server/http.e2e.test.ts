import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { post, startTestServer, type TestServer } from './support.ts'

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer()
})
afterAll(() => gateway.server.close())

test('a query is answered by POST', async () => {
  const response = await post(gateway.url, '{ hello }')
  expect(await response.json()).toEqual({ data: { hello: 'Hello world' } })
})

test('a query is answered by GET', async () => {
  const response = await fetch(`${gateway.url}/graphql?query={hello(name:"you")}`)
  expect(await response.json()).toEqual({ data: { hello: 'Hello you' } })
})

test('a mutation is refused by GET and does not run', async () => {
  const before = gateway.paid()
  const response = await fetch(`${gateway.url}/graphql?query=mutation{pay}`)
  expect(response.status).toBe(405)
  expect(gateway.paid()).toBe(before)
})

test('an answer carries the request id that was sent, where it is well formed', async () => {
  const response = await post(gateway.url, '{ requestId }', { 'x-request-id': 'from-the-proxy_1' })
  expect(response.headers.get('x-request-id')).toBe('from-the-proxy_1')
  expect(await response.json()).toEqual({ data: { requestId: 'from-the-proxy_1' } })
})

test('a malformed request id is replaced', async () => {
  const response = await post(gateway.url, '{ requestId }', { 'x-request-id': 'a b"c' })
  const id = response.headers.get('x-request-id')
  expect(id).toMatch(/^[\w-]{36}$/)
  expect(await response.json()).toEqual({ data: { requestId: id } })
})

test('every operation writes one log line, without its document', async () => {
  const requestId = 'log-line'
  await post(gateway.url, 'query Greeting { hello(name: "Eve") }', { 'x-request-id': requestId })
  const own = gateway.lines.filter((line) => line['requestId'] === requestId && line['msg'] === 'operation')
  expect(own).toEqual([
    expect.objectContaining({ level: 20, type: 'query', operation: 'Greeting', transport: 'http' }),
  ])
  expect(JSON.stringify(gateway.lines)).not.toContain('Eve')
})

test('an expected error keeps its message and code, and carries the request id', async () => {
  const response = await post(gateway.url, '{ expected }', { 'x-request-id': 'expected' })
  const { errors } = await response.json()
  expect(errors).toMatchObject([
    { message: 'No such job.', extensions: { code: 'NOT_FOUND', requestId: 'expected' } },
  ])
})

test.each(['unexpected', 'thrown'])(
  'an unexpected error is masked and logged with its cause (%s)',
  async (field) => {
    const response = await post(gateway.url, `{ ${field} }`, { 'x-request-id': field })
    const text = await response.text()
    expect(text).not.toContain('secret')
    expect(JSON.parse(text).errors).toMatchObject([
      {
        message: 'Unexpected error.',
        path: [field],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: field },
      },
    ])
    const logged = gateway.lines.find(
      (line) => line['msg'] === 'unexpected error' && line['requestId'] === field,
    )
    expect(JSON.stringify(logged)).toContain('secret')
    if (field === 'unexpected') expect(logged).toMatchObject({ err: { cause: { message: 'by process 7' } } })
  },
)

test('cached validation and syntax errors carry the id of the request that got them', async () => {
  for (const query of ['{ unknownField }', '{ ']) {
    for (const id of ['first', 'second']) {
      const { errors } = await (await post(gateway.url, query, { 'x-request-id': id })).json()
      expect(errors[0].extensions.requestId).toBe(id)
    }
  }
})

test.each([
  { query: '{ ', code: 'GRAPHQL_PARSE_FAILED' },
  { query: `{ ${'hello '.repeat(2_001)} }`, code: 'GRAPHQL_PARSE_FAILED' },
  { query: '{ unknownField }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { query: 'query ($n: Int!) { slow(ms: $n) }', code: 'BAD_USER_INPUT' },
  { query: 'query ($n: Int = 1) { slow(ms: $n) }', variables: { n: null }, code: 'BAD_USER_INPUT' },
  { query: 'query A { hello } query B { hello }', code: 'OPERATION_RESOLUTION_FAILURE' },
])('an invalid operation is an error with a code: $code', async ({ query, variables, code }) => {
  for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
    for (const repeat of ['first', 'cached']) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, 'x-request-id': repeat },
        body: JSON.stringify({ query, variables }),
      })
      const text = await response.text()
      const json = accept === 'text/event-stream' ? (/^data: (\{.*)$/m.exec(text)?.[1] ?? text) : text
      expect(JSON.parse(json).errors).toMatchObject([{ extensions: { code, requestId: repeat } }])
    }
  }
})

test('a body that is no JSON is an error with the request id', async () => {
  const headers = { 'content-type': 'application/json', 'x-request-id': 'no-json' }
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: '{"query":' })
  expect(response.status).toBe(400)
  expect((await response.json()).errors[0].extensions.requestId).toBe('no-json')
})

test('a body of an unknown type is refused with a reason', async () => {
  const headers = { 'content-type': 'application/xml' }
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: '<query/>' })
  expect(response.status).toBe(415)
  expect((await response.json()).errors[0].message).toContain('application/json')
})

test('a body of more than 1 MB is refused with its limit', async () => {
  const response = await post(gateway.url, `{ hello(name: "${'x'.repeat(1_000_000)}") }`)
  expect(response.status).toBe(413)
  expect((await response.json()).errors[0]).toMatchObject({
    message: expect.stringContaining('larger than 1000000 bytes'),
    extensions: { code: 'BODY_TOO_LARGE' },
  })
})

test.each([
  { bytes: 10, status: 200 },
  { bytes: 1_000_001, status: 413 },
])('a body of undeclared length counts too ($bytes bytes more: $status)', async ({ bytes, status }) => {
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const chunked = request(`${gateway.url}/graphql`, { method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    chunked.on('error', reject)
    chunked.write('{"query":"{ hello }","variables":{"x":"')
    chunked.end(`${'x'.repeat(bytes)}"}}`)
  })
  expect(answer).toBe(status)
})

test('a document of too many tokens is refused before it is validated', async () => {
  const response = await post(gateway.url, `{ ${'hello '.repeat(2_001)} }`)
  expect((await response.json()).errors[0].message).toContain('more that 2000 tokens')
})

test('health and readiness answer JSON', async () => {
  const health = await fetch(`${gateway.url}/health`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
  const ready = await fetch(`${gateway.url}/ready`)
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { ready: true, checks: { database: { ok: true } } },
  ])
})

test('readiness is 503 where a check fails, and where the check itself throws', async () => {
  const checks = { database: { ok: false, detail: 'read only' } }
  await using failing = await startTestServer({ readiness: async () => ({ ready: false, checks }) })
  const response = await fetch(`${failing.url}/ready`)
  expect([response.status, await response.json()]).toEqual([503, { ready: false, checks }])

  await using throwing = await startTestServer({ readiness: () => Promise.reject(new Error('secret')) })
  const thrown = await fetch(`${throwing.url}/ready`)
  expect(thrown.status).toBe(503)
  expect(await thrown.text()).not.toContain('secret')
})

test('the root leads to GraphiQL, and any other path is a 404 with the request id', async () => {
  const root = await fetch(gateway.url, { redirect: 'manual' })
  expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql'])
  const missing = await fetch(`${gateway.url}/graphq`, { headers: { 'x-request-id': 'lost' } })
  expect(missing.status).toBe(404)
  expect((await missing.json()).errors[0].extensions).toEqual({ code: 'NOT_FOUND', requestId: 'lost' })
})

test('a port in use is one clear line', async () => {
  const second = startTestServer({ port: gateway.port })
  await expect(second).rejects.toThrow(`Cannot listen on 127.0.0.1:${gateway.port}: the port is in use`)
})

test('the GraphiQL page names the sandbox only where the vendor is one', async () => {
  const page = async (url: string) =>
    (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text()
  expect(await page(gateway.url)).not.toContain('nothing is billed')
  await using sandboxed = await startTestServer({ sandbox: () => 'http://127.0.0.1:4010' })
  const html = await page(sandboxed.url)
  expect(html).toContain('Sandbox: no real video is made, nothing is billed')
  expect(html).toContain('<title>WaveSpeed GraphQL (sandbox)</title>')
  expect(html).toContain('http://127.0.0.1:4010/clips/source.mp4')
})
