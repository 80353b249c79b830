import { afterAll, beforeAll, expect, test } from 'vitest'
import { exchange, startTestServer, type TestServer } from './support.ts'

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer()
})
afterAll(() => gateway.server.close())

const stream = 'text/event-stream'
const search = (query: string, more: Record<string, string> = {}) => new URLSearchParams({ query, ...more })
const mutation = search('mutation { pay }')
const second = search('query Read { hello } mutation Pay { pay }', { operationName: 'Pay' })
const fragment = search('mutation { ...f } fragment f on Mutation { pay }')
const overridden = { 'x-http-method-override': 'POST', 'x-method-override': 'POST', 'x-http-method': 'POST' }

test.each([
  ['/graphql', undefined],
  ['/graphql', 'application/json'],
  ['/graphql', 'application/graphql-response+json'],
  ['/graphql', stream],
  ['/graphql', `${stream}, */*;q=0.1`],
  ['/graphql', 'multipart/mixed'],
  ['/graphql', '*/*'],
  ['/graphql/stream', stream],
])('a mutation by GET does not run and is a 405, at %s with Accept: %s', async (path, accept) => {
  for (const query of [mutation, second, fragment]) {
    const headers = { ...(accept && { accept }), ...overridden }
    const response = await fetch(`${gateway.url}${path}?${query}&_method=POST`, { headers })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect(await response.text()).toContain('METHOD_NOT_ALLOWED')
  }
  expect(gateway.paid()).toBe(0)
})

test('a mutation by GET does not run on a reserved stream, and its place is free again', async () => {
  const url = `${gateway.url}/graphql/stream`
  const token = await (await fetch(url, { method: 'PUT' })).text()
  const headers = { 'x-graphql-event-stream-token': token }
  const extensions = JSON.stringify({ operationId: '1' })
  for (const _ of ['first', 'again']) {
    const response = await fetch(`${url}?${search('mutation { pay }', { extensions })}`, { headers })
    expect(response.status).toBe(405)
    expect((await response.json()).errors[0].extensions.code).toBe('METHOD_NOT_ALLOWED')
  }
  const byAddress = search('mutation { pay }', { extensions, token })
  expect((await fetch(`${url}?${byAddress}`)).status).toBe(405)
  expect(gateway.paid()).toBe(0)
  const query = search('{ hello }', { extensions })
  expect((await fetch(`${url}?${query}`, { headers })).status).toBe(202)
})

test.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND', 'SEARCH', 'LOCK'])(
  'nothing runs by %s',
  async (method) => {
    const status = method === 'OPTIONS' ? /^HTTP\/1\.1 204 / : /^HTTP\/1\.1 4/
    for (const path of ['/graphql', '/graphql/stream']) {
      for (const accept of ['application/json', stream]) {
        const body = JSON.stringify({ query: 'mutation { pay }' })
        const head = [
          `${method} ${path}?${mutation} HTTP/1.1`,
          `Host: 127.0.0.1:${gateway.port}`,
          `Accept: ${accept}`,
          'X-HTTP-Method-Override: POST',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          'Connection: close',
        ]
        expect(await exchange(gateway.port, `${head.join('\r\n')}\r\n\r\n${body}`)).toMatch(status)
      }
    }
    expect(gateway.paid()).toBe(0)
  },
)

test('a query in the address of a POST is not what runs', async () => {
  const response = await fetch(`${gateway.url}/graphql?${mutation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ hello }' }),
  })
  expect(await response.json()).toEqual({ data: { hello: 'Hello world' } })
  expect(gateway.paid()).toBe(0)
})

test('queries and subscriptions go by GET, and mutations by POST, on every path', async () => {
  for (const path of ['/graphql', '/graphql/stream']) {
    const get = async (query: string) =>
      (await fetch(`${gateway.url}${path}?${search(query)}`, { headers: { accept: stream } })).text()
    expect(await get('{ hello }')).toContain('Hello world')
    expect(await get('subscription { broken }')).toContain('"broken":1')
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { accept: stream, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { pay }' }),
    })
    expect(await response.text()).toContain('"pay"')
  }
  expect(gateway.paid()).toBe(2)
})
