import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer, until } from './support.ts'

const tokenHeader = 'x-graphql-event-stream-token'
let gateway: TestServer
let url: string
beforeAll(async () => {
  gateway = await startTestServer()
  url = `${gateway.url}/graphql/stream`
})
afterAll(() => gateway.server.close())
afterEach(() => vi.restoreAllMocks())

const reserve = async (headers: Record<string, string> = {}, search = '') =>
  (await fetch(url + search, { method: 'PUT', headers })).text()
const operation = (operationId: string) => ({
  method: 'POST',
  body: JSON.stringify({ query: 'mutation { pay }', extensions: { operationId } }),
})
const json = { 'content-type': 'application/json' }
const stream = { accept: 'text/event-stream' }

test('a token is not drawn by what can be computed, and no two are alike', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const tokens = await Promise.all(Array.from({ length: 50 }, () => reserve()))
  expect(new Set(tokens).size).toBe(50)
  for (const token of tokens)
    expect(token).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})

test.each(['chosen', '11111111-1111-4111-8111-111111111111', '__proto__', 'constructor', 'toString', ''])(
  'a token that a client made up is none, by any method: %s',
  async (token) => {
    const header = { [tokenHeader]: token }
    const search = `?token=${encodeURIComponent(token)}`
    for (const [headers, more] of [
      [header, ''],
      [{}, search],
    ] as const) {
      expect(await reserve(headers, more)).not.toBe(token)
      const ways = [
        operation('1'),
        { method: 'DELETE' },
        { method: 'GET' },
        { method: 'GET', headers: stream },
        { ...operation('1'), headers: stream },
      ]
      for (const way of ways) {
        const response = await fetch(url + more, {
          ...way,
          headers: { ...json, ...headers, ...('headers' in way && way.headers) },
        })
        // With an empty token there is none at all: the operation gets a stream of its own, where it asks for one.
        if (token === '' && 'headers' in way) await response.body?.cancel()
        else expect(response.status).toBe(404)
      }
    }
    expect(gateway.paid()).toBe(token === '' ? 2 : 0)
  },
)

test('a stream has one reader: its token opens it once, and is worth nothing after its end', async () => {
  const token = await reserve()
  const headers = { ...stream, [tokenHeader]: token }
  const first = await fetch(url, { headers })
  expect(first.status).toBe(200)
  for (const method of ['GET', 'POST', 'DELETE']) {
    const second = await fetch(url, { method, headers })
    expect([method, second.status]).toEqual([method, 409])
    await second.body?.cancel()
  }
  expect((await fetch(`${url}?token=${token}`, { headers: stream })).status).toBe(409)
  await first.body?.cancel()
  const gone = async () =>
    (await fetch(url, { ...operation('2'), headers: { ...json, [tokenHeader]: token } })).status
  await expect.poll(gone, { timeout: 60_000 }).toBe(404)
  expect((await fetch(url, { headers })).status).toBe(404)
})

test('HEAD opens no stream', async () => {
  const token = await reserve()
  const headers = { ...stream, [tokenHeader]: token }
  expect((await fetch(url, { method: 'HEAD', headers })).status).toBe(405)
  const opened = await fetch(url, { headers })
  expect(opened.status).toBe(200)
  await opened.body?.cancel()
})

test('the token in an address opens the stream of an EventSource, and is not logged', async () => {
  const token = await reserve()
  const opened = await fetch(`${url}?token=${token}`, { headers: stream })
  expect(opened.status).toBe(200)
  await opened.body?.cancel()
  const requestId = opened.headers.get('x-request-id')
  const own = () =>
    gateway.lines.filter((line) => line['msg'] === 'request' && line['requestId'] === requestId)
  await until(() => own().length === 1)
  expect(own()).toMatchObject([{ path: '/graphql/stream' }])
  expect(JSON.stringify(gateway.lines)).not.toContain(token)
})

test('however many are reserved, a thousand wait: the oldest give way', async () => {
  const tokens: string[] = []
  while (tokens.length < 1_010)
    tokens.push(...(await Promise.all(Array.from({ length: 10 }, () => reserve()))))
  const status = async (token = '') => {
    const response = await fetch(url, { headers: { ...stream, [tokenHeader]: token } })
    await response.body?.cancel()
    return response.status
  }
  for (const old of tokens.slice(0, 10)) expect(await status(old)).toBe(404)
  for (const fresh of tokens.slice(-10)) expect(await status(fresh)).toBe(200)
})
