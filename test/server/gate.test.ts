import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  calledAs,
  corsHeaders,
  createGate,
  type GateOptions,
  type GateRequest,
  preflightHeaders,
} from '../../src/server/origin.ts'

const local: GateOptions = { host: '127.0.0.1', corsOrigins: ['https://app.example.com'] }
const wide: GateOptions = {
  host: '0.0.0.0',
  corsOrigins: [],
  publicUrl: 'https://gateway.example.com:8443/',
  allowedHosts: ['box'],
}

function judge(options: GateOptions, headers: IncomingHttpHeaders, request: Partial<GateRequest> = {}) {
  const verdict = createGate(options)({ method: 'POST', path: '/graphql', headers, ...request })
  return verdict.allowed ? (verdict.crossOrigin ?? true) : verdict.code
}

describe('the name that the gateway is called by', () => {
  it.each([
    [local, 'localhost:4000', true],
    [local, 'LOCALHOST', true],
    [local, 'localhost.:4000', true],
    [local, '127.0.0.1:4000', true],
    [local, '[::1]:4000', true],
    [local, '192.168.1.5', 'HOST_NOT_ALLOWED'],
    [local, 'rebound.example.com', 'HOST_NOT_ALLOWED'],
    [local, 'a b', 'HOST_NOT_ALLOWED'],
    [local, '', 'HOST_NOT_ALLOWED'],
    [wide, 'gateway.example.com', true],
    [wide, 'gateway.example.com.', true],
    [wide, 'box:4000', true],
    [wide, 'box..', 'HOST_NOT_ALLOWED'],
    [wide, 'localhost:4000', true],
    [wide, '192.168.1.5:4000', true],
    [wide, '[fd00::7]:4000', true],
    [wide, 'other.example.com', 'HOST_NOT_ALLOWED'],
    [wide, '192.168.1.5.example.com', 'HOST_NOT_ALLOWED'],
    [{ ...local, host: 'inside' }, 'inside:4000', true],
  ])('%# of one at $host: %s is judged %s', (options, host, verdict) => {
    expect(judge(options, { host })).toBe(verdict)
  })

  it('may be missing: no browser leaves it out', () => {
    expect(judge(local, {})).toBe(true)
  })

  it('is refused with words that say what to set, on loopback and beyond', () => {
    const refusal = (options: GateOptions) =>
      createGate(options)({ method: 'GET', path: '/', headers: { host: 'evil.example.com' } })
    expect(refusal(local)).toMatchObject({ message: expect.stringContaining('PUBLIC_URL') })
    expect(refusal(local)).not.toMatchObject({ message: expect.stringContaining('ALLOWED_HOSTS') })
    expect(refusal(wide)).toMatchObject({ message: expect.stringContaining('ALLOWED_HOSTS') })
  })
})

describe('the page that a request comes from', () => {
  it.each([
    ['the own one', local, 'localhost:4000', 'http://localhost:4000', true],
    ['the own one, behind TLS', wide, 'box:4000', 'https://box:4000', true],
    ['the own one on another port', wide, 'box:4000', 'http://box:4001', 'ORIGIN_NOT_ALLOWED'],
    ['the public one', wide, 'box:4000', 'https://gateway.example.com:8443', true],
    ['the public one on another port', wide, 'box:4000', 'https://gateway.example.com', 'ORIGIN_NOT_ALLOWED'],
    ['an allowed one', local, 'localhost:4000', 'https://app.example.com', 'https://app.example.com'],
    ['another one', local, 'localhost:4000', 'https://evil.example.com', 'ORIGIN_NOT_ALLOWED'],
    ['one that hides', local, 'localhost:4000', 'null', 'ORIGIN_NOT_ALLOWED'],
    [
      'one of another port of this machine',
      local,
      'localhost:4000',
      'http://localhost:3000',
      'ORIGIN_NOT_ALLOWED',
    ],
    [
      'one whose scheme only ends like that of the own one',
      local,
      'localhost:4000',
      'xhttp://localhost:4000',
      'ORIGIN_NOT_ALLOWED',
    ],
    [
      'an app shell of the same name',
      local,
      'localhost:4000',
      'tauri://localhost:4000',
      'ORIGIN_NOT_ALLOWED',
    ],
    ['no address', local, 'localhost:4000', 'localhost:4000', 'ORIGIN_NOT_ALLOWED'],
  ] as const)('is %s', (_name, options, host, origin, verdict) => {
    expect(judge(options, { host, origin })).toBe(verdict)
  })

  it('needs a host to be the own one', () => {
    expect(judge(local, { origin: 'http://localhost:4000' })).toBe('ORIGIN_NOT_ALLOWED')
    expect(judge(local, { origin: 'http://undefined' })).toBe('ORIGIN_NOT_ALLOWED')
    expect(judge(local, { origin: 'null' })).toBe('ORIGIN_NOT_ALLOWED')
  })

  it.each([
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://127.0.0.1:8443', 'https://127.0.0.1:8443'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://192.168.1.5:3000', 'ORIGIN_NOT_ALLOWED'],
    ['http://localhost.example.com', 'ORIGIN_NOT_ALLOWED'],
    ['tauri://localhost', 'ORIGIN_NOT_ALLOWED'],
    ['xhttp://localhost', 'ORIGIN_NOT_ALLOWED'],
    ['null', 'ORIGIN_NOT_ALLOWED'],
  ])('%s is %s where pages of this machine are allowed', (origin, verdict) => {
    expect(judge({ ...local, loopbackOrigins: true }, { host: 'localhost:4000', origin })).toBe(verdict)
  })

  it('is refused with words that name it and say what to set', () => {
    const headers = { host: 'localhost', origin: 'https://evil.example.com' }
    expect(createGate(local)({ method: 'POST', path: '/graphql', headers })).toMatchObject({
      message: expect.stringMatching(/https:\/\/evil\.example\.com .*CORS_ORIGINS/),
    })
  })
})

describe('a request without an origin', () => {
  const visit = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    accept: 'text/html,*/*',
  }

  it.each([
    ['a program', {}, true],
    ['the own page', { 'sec-fetch-site': 'same-origin' }, true],
    ['the address bar', { 'sec-fetch-site': 'none' }, true],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 'ORIGIN_NOT_ALLOWED'],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }, 'ORIGIN_NOT_ALLOWED'],
    ['a form of another site that asks for a page', visit, 'ORIGIN_NOT_ALLOWED'],
  ])('for GraphQL is sent by %s', (_name, headers, verdict) => {
    expect(judge(local, { host: 'localhost', ...headers })).toBe(verdict)
    expect(judge(local, { host: 'localhost', ...headers }, { path: '/graphql/stream' })).toBe(verdict)
  })

  it('is nobody else’s matter elsewhere', () => {
    const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site' }
    expect(judge(local, headers, { method: 'GET', path: '/outputs/a' })).toBe(true)
  })

  const follow = (change: IncomingHttpHeaders, request: Partial<GateRequest> = {}) =>
    judge(local, { host: 'localhost', ...visit, ...change }, { method: 'GET', ...request })

  it('may follow a link to the page', () => {
    expect(follow({})).toBe(true)
  })

  it.each([
    ['an image', { 'sec-fetch-dest': 'image' }, {}],
    ['a frame', { 'sec-fetch-dest': 'iframe' }, {}],
    ['a script', { 'sec-fetch-mode': 'no-cors' }, {}],
    ['one that does not ask for a page', { accept: 'application/json' }, {}],
    ['one that asks for nothing', { accept: undefined }, {}],
    ['one to another path', {}, { path: '/graphql/stream' }],
    ['a form', {}, { method: 'POST' }],
  ])('is no link that leads to the page if it is %s', (_name, headers, request) => {
    expect(follow(headers, request)).toBe('ORIGIN_NOT_ALLOWED')
  })
})

describe('the headers of answers', () => {
  it('let an allowed page read the answer and its request id', () => {
    expect(corsHeaders('https://app.example.com')).toEqual({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-expose-headers': 'x-request-id, retry-after',
    })
  })

  it('let an allowed page send whatever it asks for, and else what clients of GraphQL send', () => {
    expect(preflightHeaders('x-trace')).toEqual({
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers': 'x-trace',
      'access-control-max-age': '600',
    })
    const usual = 'content-type, authorization, x-request-id, x-graphql-event-stream-token'
    for (const nothing of [undefined, '']) {
      expect(preflightHeaders(nothing)['access-control-allow-headers']).toBe(usual)
    }
  })
})

it.each([
  ['localhost:4000', 'http://localhost:4000'],
  ['a b', undefined],
  [undefined, undefined],
])('a gateway called as %j has the address %j', (host, address) => {
  expect(calledAs({ host })).toBe(address)
})
