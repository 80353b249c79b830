import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { UnauthenticatedError } from '../../src/access/error.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { somebody } from '../support/viewer.ts'
import { everyProtocol } from './every-protocol.ts'
import { startTestServer } from './support.ts'

const minute = 60_000
const one = '203.0.113.7'
const other = '203.0.113.8'
const right = 'a-right-key'

/** A gateway behind a trusted proxy, for whose clients the requests of a test speak; `tried` counts keys that were looked up. */
async function start(limits: object = {}, trustedProxies = 1) {
  const clock = createFakeClock()
  let tried = 0
  const server = await startTestServer({
    clock,
    limits,
    trustedProxies,
    access: {
      async identify(credential) {
        tried += 1
        if (credential?.startsWith(right)) return { ...somebody, kind: 'key', id: 'key_1' }
        throw new UnauthenticatedError()
      },
      watch: () => () => {},
    },
  })
  onTestFinished(() => server.server.close())
  const ask = (key: string | null, from: string, path = '/graphql', accept = 'application/json') =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        'x-forwarded-for': from,
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ query: '{ hello }' }),
    })
  const statusOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status
  /** By which code, or with which status, a WebSocket of that address ends; 1000 if it is let in. */
  const openAs = (from: string, key: string) =>
    new Promise<number>((resolve) => {
      const headers = { 'x-forwarded-for': from }
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws', {
        headers,
      })
      const payload = { authorization: `Bearer ${key}` }
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })))
      socket.on('message', () => socket.close(1000))
      socket.on('close', resolve)
      socket.on('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode))
      socket.on('error', () => {})
    })
  return { ...server, clock, ask, statusOf, openAs, tried: () => tried }
}

describe('an address from which wrong keys come', () => {
  it('is answered 429 from the limit on, until the minute is over', async () => {
    const { ask, statusOf, clock, tried, lines } = await start()
    const statuses: number[] = []
    for (let index = 0; index < 100; index += 1) statuses.push(await statusOf(`wrong-${index}`, one))
    expect(statuses).toEqual([...Array(30).fill(401), ...Array(70).fill(429)])
    // One line for whoever runs the gateway.
    expect(lines.filter(({ level }) => level === 40)).toEqual([
      expect.objectContaining({ address: one, msg: expect.stringContaining('wrong keys') }),
    ])
    // Those are looked up no more.
    expect(tried()).toBe(30)
    const response = await ask('wrong', one)
    expect([response.headers.get('retry-after'), response.headers.get('www-authenticate')]).toEqual([
      '60',
      null,
    ])
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('60 seconds'),
          extensions: { code: 'RATE_LIMITED', retryAfter: 60 },
        },
      ],
    })
    expect(await statusOf(right, other)).toBe(200)
    await clock.advance(minute)
    expect(await statusOf('wrong', one)).toBe(401)
    expect(await statusOf(right, one)).toBe(200)
  })

  it('tries no key that was not right before, and goes on with one that was', async () => {
    const { statusOf } = await start({ wrongKeysPerMinute: 3 })
    expect(await statusOf(right, one)).toBe(200)
    expect(await statusOf(`${right}-of-another`, other)).toBe(200)
    for (const _ of [1, 2, 3]) expect(await statusOf('wrong', one)).toBe(401)
    expect(await statusOf('wrong', one)).toBe(429)
    expect(await statusOf(`${right}-that-is-new`, one)).toBe(429)
    expect(await statusOf(right, one)).toBe(200)
    expect(await statusOf(`${right}-of-another`, one)).toBe(200)
  })

  it('is the same one on every protocol and path', async () => {
    const { statusOf, openAs } = await start({ wrongKeysPerMinute: 5 })
    expect(await statusOf('wrong', one)).toBe(401)
    expect(await statusOf('wrong', one, '/graphql', 'text/event-stream')).toBe(401)
    expect(await statusOf('wrong', one, '/graphql/stream', 'text/event-stream')).toBe(401)
    expect(await statusOf('wrong', one, '/outputs/job_1/0.mp4')).toBe(401)
    expect(await openAs(one, 'wrong')).toBe(4403)
    expect(await openAs(one, 'wrong')).toBe(1013)
    for (const path of ['/graphql', '/graphql/stream', '/outputs/job_1/0.mp4'])
      for (const accept of ['application/json', 'text/event-stream'])
        expect([path, await statusOf('wrong', one, path, accept)]).toEqual([path, 429])
    expect(await openAs(other, right)).toBe(1000)
  })

  it('is not one from which nobody shows a key', async () => {
    const { statusOf } = await start({ wrongKeysPerMinute: 2 })
    for (const _ of [1, 2, 3, 4]) expect(await statusOf(null, one)).toBe(401)
  })

  it('is the whole network of an address of IPv6', async () => {
    const { statusOf } = await start({ wrongKeysPerMinute: 2 })
    expect(await statusOf('wrong', '2001:db8:1:2::1')).toBe(401)
    expect(await statusOf('wrong', '2001:db8:1:2:ffff::9')).toBe(401)
    expect(await statusOf('wrong', '2001:db8:1:2::3')).toBe(429)
    expect(await statusOf('wrong', '2001:db8:1:3::1')).toBe(401)
  })

  it('is never this machine, and nothing that a stranger writes', async () => {
    const near = await start({ wrongKeysPerMinute: 2 })
    for (const _ of [1, 2, 3, 4]) expect(await near.statusOf('wrong', '127.0.0.1')).toBe(401)
    const without = await start({ wrongKeysPerMinute: 2 }, 0)
    for (const _ of [1, 2, 3, 4]) expect(await without.statusOf('wrong', one)).toBe(401)
  })

  it('does not get away by writing other addresses before its own', async () => {
    const { statusOf } = await start({ wrongKeysPerMinute: 2 })
    expect(await statusOf('wrong', `198.51.100.1, ${one}`)).toBe(401)
    expect(await statusOf('wrong', `127.0.0.1, ${one}`)).toBe(401)
    expect(await statusOf('wrong', `127.0.0.1, ${one}`)).toBe(429)
  })
})

it('an address asks for a bounded number of WebSockets in a minute', async () => {
  const { openAs, clock, port } = await start({ handshakesPerMinute: 3 })
  for (const _ of [1, 2, 3]) expect(await openAs(one, right)).toBe(1000)
  expect(await openAs(one, right)).toBe(429)
  expect(await openAs(other, right)).toBe(1000)
  for (const _ of [1, 2, 3, 4]) expect(await openAs('127.0.0.1', right)).toBe(1000)
  const headers = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `X-Forwarded-For: ${one}`,
  ]
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(['GET /graphql HTTP/1.1', 'Host: 127.0.0.1', ...headers, key, '', ''].join('\r\n')),
    )
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('close', () => resolve(text))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 429 .*retry-after: 60\r\n.*"code":"RATE_LIMITED".*"retryAfter":60/s)
  await clock.advance(minute)
  expect(await openAs(one, right)).toBe(1000)
})

describe('the address that a trusted proxy tells', () => {
  it.each(['POST', 'a reserved stream', 'WebSocket'])(
    'is the one in the log and the context, by %s',
    async (name) => {
      const seen: (string | null)[] = []
      const server = await startTestServer({
        trustedProxies: 1,
        createContext({ address }) {
          seen.push(address)
          return {}
        },
      })
      onTestFinished(() => server.server.close())
      await everyProtocol[name]?.(
        server,
        { query: 'mutation { pay }' },
        { 'x-forwarded-for': `127.0.0.1, ${one}` },
      )
      expect(seen).toEqual([one])
      expect(server.lines).toContainEqual(expect.objectContaining({ msg: 'operation', address: one }))
    },
  )
})
