import { type IncomingHttpHeaders, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createGate, type GateOptions } from '../../src/server/origin.ts'
import { exchange, post, startTestServer, type TestServer } from './support.ts'

const allowed = 'https://app.example.com'
const foreign = 'https://evil.example.com'

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer()
})
afterAll(() => gateway.server.close())

function preflight(origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-trace',
  }
  return fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers })
}

/** fetch does not let a Host header be set. */
function getWithHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${gateway.url}/health`, { headers: { host } }, (response) =>
      resolve(response.resume().statusCode),
    )
      .on('error', reject)
      .end()
  })
}

function openSocket(origin: string, port = gateway.port): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { origin })
    socket.on('open', () => {
      resolve(101)
      socket.close()
    })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => {})
  })
}

test('the preflight of an allowed origin is granted with the headers it asks for', async () => {
  const response = await preflight(allowed)
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
  expect(response.headers.get('access-control-allow-headers')).toBe('content-type,x-trace')
  expect(response.headers.get('access-control-allow-methods')).toContain('DELETE')
  expect(response.headers.get('vary')).toBe('Origin')
})

test('the preflight of another origin is denied and says what to set', async () => {
  const response = await preflight(foreign)
  expect(response.status).toBe(403)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
  expect((await response.json()).errors[0].message).toContain('CORS_ORIGINS')
})

test('a page of an allowed origin reads the answer and its request id, also of an event stream', async () => {
  for (const accept of ['application/json', 'text/event-stream']) {
    const response = await post(gateway.url, '{ hello }', { origin: allowed, accept })
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
    expect(response.headers.get('access-control-expose-headers')).toBe('x-request-id, retry-after')
    expect(await response.text()).toContain('Hello world')
  }
})

test.each([
  ['application/x-www-form-urlencoded', 'query=mutation{pay}'],
  [
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\nmutation{pay}\r\n--x--',
  ],
  ['text/plain', '{"query":"mutation{pay}"}'],
  ['application/json', '{"query":"mutation{pay}"}'],
])('a foreign page cannot start a job with a form or fetch (%s)', async (type, body) => {
  const before = gateway.paid()
  for (const origin of [foreign, 'null']) {
    const headers = { origin, 'content-type': type }
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })
    expect(response.status).toBe(403)
  }
  expect(gateway.paid()).toBe(before)
})

test('a WebSocket is opened for the own page and allowed origins, and refused for others', async () => {
  expect(await openSocket(gateway.url)).toBe(101)
  expect(await openSocket(allowed)).toBe(101)
  expect(await openSocket(foreign)).toBe(403)
})

test('on loopback only loopback names are answered, so that DNS rebinding leads nowhere', async () => {
  expect(await getWithHost(`localhost:${gateway.port}`)).toBe(200)
  expect(await getWithHost(`[::1]:${gateway.port}`)).toBe(200)
  expect(await getWithHost(`rebound.example.com:${gateway.port}`)).toBe(403)
  expect(await getWithHost(`127.0.0.1.example.com`)).toBe(403)
})

/** What the gate says to headers alone. */
function judgeOf(options: GateOptions) {
  const judge = createGate(options)
  return (headers: IncomingHttpHeaders) => judge({ method: 'POST', path: '/graphql', headers })
}

test('a request with two hosts is refused, whichever of them is known', async () => {
  for (const path of ['/health', '/graphql']) {
    const hosts = ['127.0.0.1', 'localhost'].map((host) => `Host: ${host}\r\n`).join('')
    const answer = await exchange(gateway.port, `GET ${path} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 403 .*HOST_NOT_ALLOWED/s)
  }
})

test('behind a proxy, its name and pages are the own ones', () => {
  const judge = judgeOf({ host: '127.0.0.1', corsOrigins: [], publicUrl: 'https://gateway.example.com' })
  expect(judge({ host: 'gateway.example.com', origin: 'https://gateway.example.com' }).allowed).toBe(true)
  expect(judge({ host: 'localhost:4000', origin: 'https://gateway.example.com' }).allowed).toBe(true)
  expect(judge({ host: 'other.example.com' }).allowed).toBe(false)
})

test('a program without an Origin passes, and a page of the same host whatever its scheme', () => {
  const judge = judgeOf({ host: '0.0.0.0', corsOrigins: [], allowedHosts: ['box'] })
  expect(judge({ host: 'box:4000' })).toEqual({ allowed: true })
  expect(judge({ host: 'box:4000', origin: 'https://box:4000' })).toEqual({ allowed: true })
  expect(judge({ host: 'box:4000', origin: 'http://box:4001' }).allowed).toBe(false)
})

test('also beyond loopback no name is answered that the gateway was not told', async () => {
  const options = { host: '0.0.0.0', corsOrigins: [], publicUrl: 'https://gateway.example.com' }
  await using gateway = await startTestServer({ ...options, allowedHosts: ['gateway', 'gateway.internal'] })
  const { port } = gateway
  const ask = (host: string, path = '/health') =>
    exchange(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  for (const host of [
    'gateway.example.com',
    'gateway.example.com:443',
    'GATEWAY.example.com.',
    'gateway:4000',
    'gateway.internal',
    'localhost:4000',
    '10.0.0.7',
    '10.0.0.7:8080',
    '[fd00::7]:4000',
    '192.168.1.5',
  ]) {
    expect(await ask(host), host).toContain('HTTP/1.1 200')
  }
  for (const host of [
    'rebound.example.com',
    'gateway.example.com.evil.example',
    'evil.gateway.internal',
    '10.0.0.7.nip.io',
    'gateway,evil.example',
    'a b',
  ]) {
    for (const path of ['/health', '/graphql?query=%7Bhello%7D', '/outputs/a']) {
      expect(await ask(host, path), host).toMatch(/^HTTP\/1\.1 403 /)
    }
  }
  expect(await ask('rebound.example.com')).toContain('ALLOWED_HOSTS')
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://rebound.example.com\r\n\r\n'
  expect(await exchange(port, `GET /graphql HTTP/1.1\r\nHost: rebound.example.com\r\n${upgrade}`)).toMatch(
    /^HTTP\/1\.1 403 /,
  )
})

test('each origin that is refused is logged once, with what to set, and a flood of them fills nothing', async () => {
  await using gateway = await startTestServer()
  const errors = () => gateway.lines.filter((line) => line['level'] === 50)
  for (const _ of ['first', 'second', 'third']) await post(gateway.url, '{ hello }', { origin: foreign })
  await openSocket(foreign, gateway.port)
  expect(errors()).toMatchObject([
    { origin: foreign, code: 'ORIGIN_NOT_ALLOWED', msg: expect.stringContaining('CORS_ORIGINS') },
  ])
  await exchange(
    gateway.port,
    'GET /health HTTP/1.1\r\nHost: rebound.example.com\r\nConnection: close\r\n\r\n',
  )
  expect(errors().at(-1)).toMatchObject({ host: 'rebound.example.com', code: 'HOST_NOT_ALLOWED' })
  for (let number = 0; number < 200; number += 1) {
    await post(gateway.url, '{ hello }', { origin: `https://${'x'.repeat(1_000)}${number}.example.com` })
    await post(gateway.url, '{ hello }', { origin: `https://page-${number}.example.com` })
  }
  expect(errors()).toHaveLength(100)
  expect(errors().at(-1)?.['msg']).toContain('in silence')
  for (const line of errors()) expect(JSON.stringify(line).length).toBeLessThan(1_200)
})

test('where pages of this machine are allowed, they are on any port, and no others', async () => {
  const judge = judgeOf({ host: '127.0.0.1', corsOrigins: [], loopbackOrigins: true })
  const ask = (origin: string) => judge({ host: 'localhost:4000', origin }).allowed
  for (const origin of [
    'http://localhost:5173',
    'https://localhost',
    'http://127.0.0.1:3000',
    'http://[::1]:8080',
  ]) {
    expect(ask(origin), origin).toBe(true)
  }
  for (const origin of [
    'http://localhost.evil.example',
    'http://127.0.0.1.nip.io',
    'http://192.168.1.5:5173',
    'null',
    'tauri://localhost',
  ]) {
    expect(ask(origin), origin).toBe(false)
  }
})

describe('origins of desktop and phone apps', () => {
  const shells = [
    'tauri://localhost',
    'capacitor://localhost',
    'ionic://localhost',
    'app://.',
    'app://localhost:3000',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://1b2c3d4e-0000-4000-8000-123456789abc',
    'vscode-webview://1h2j3k',
    'com.example.app+dev://host',
  ]

  test.each(shells)(
    '%s is allowed by HTTP, SSE and WebSocket where it is named, and only there',
    async (origin) => {
      await using open = await startTestServer({ corsOrigins: [origin.toLowerCase()] })
      for (const accept of ['application/json', 'text/event-stream']) {
        const response = await post(open.url, '{ hello }', { origin, accept })
        expect(response.headers.get('access-control-allow-origin')).toBe(origin)
        expect(await response.text()).toContain('Hello world')
        expect((await post(gateway.url, 'mutation { pay }', { origin, accept })).status).toBe(403)
      }
      const url = `${open.url}/graphql/stream`
      const reserved = await fetch(url, {
        method: 'PUT',
        headers: { origin, 'sec-fetch-site': 'cross-site' },
      })
      expect([reserved.status, reserved.headers.get('access-control-allow-origin')]).toEqual([201, origin])
      expect(await openSocket(origin, open.port)).toBe(101)
      expect(await openSocket(origin)).toBe(403)
    },
  )

  test('one does not stand for another', async () => {
    const judge = judgeOf({
      host: '127.0.0.1',
      corsOrigins: ['tauri://localhost', 'https://app.example.com'],
    })
    const ask = (origin: string) => judge({ host: 'localhost:4000', origin }).allowed
    expect(ask('tauri://localhost')).toBe(true)
    for (const origin of [
      'capacitor://localhost',
      'tauri://localhost.evil.example',
      'tauri://localhost:1',
      'tauri://other',
      'tauri://',
      'tauri:localhost',
      'evil://localhost:4000', // the gateway's own host, and none of its schemes
      'null',
      'file://',
      '',
      '*',
      'http://app.example.com',
      'https://app.example.com.evil.example',
      'https://app.example.com@evil.example',
      'https://app.example.com, https://evil.example',
    ]) {
      expect(ask(origin), origin).toBe(false)
    }
  })
})

test('a refusal does not repeat all of a very long origin', async () => {
  const response = await post(gateway.url, '{ hello }', {
    origin: `https://${'a'.repeat(10_000)}.example.com`,
  })
  expect(response.status).toBe(403)
  expect((await response.text()).length).toBeLessThan(1_000)
})
