import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { type Nginx, startNginx } from '../support/nginx.ts'
import { createClient } from './clients.ts'
import { startTestServer, type TestServer, until } from './support.ts'

describeWith('nginx', 'behind nginx as it comes', () => {
  let gateway: TestServer
  let nginx: Nginx
  beforeAll(async () => {
    gateway = await startTestServer()
    nginx = await startNginx(gateway.url)
  })
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]()
    await gateway?.server.close()
  })

  test.each(['sse distinct', 'sse single'] as const)(
    'each event arrives before the next one is made (%s)',
    async (protocol) => {
      const client = createClient(protocol, Number(new URL(nginx.url).port))
      const stream = client.iterate('subscription { ticks }')
      for (const value of [1, 2, 3]) {
        const next = stream.next()
        await until(() => gateway.listeners() === 1)
        gateway.emit(value)
        // Nothing else comes that could push it out: a proxy that collects would let this wait for ever.
        expect((await next).value).toEqual({ data: { ticks: value } })
      }
      client.dispose()
      await until(() => gateway.listeners() === 0)
    },
  )

  test('a distinct stream of /graphql/stream arrives as it is made', async () => {
    const query = encodeURIComponent('subscription { ticks }')
    const response = await fetch(`${nginx.url}/graphql/stream?query=${query}`, {
      headers: { accept: 'text/event-stream' },
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    await until(() => gateway.listeners() === 1)
    gateway.emit(7)
    let text = ''
    while (!text.includes('"ticks":7')) text += (await reader?.read())?.value ?? ''
    await reader?.cancel()
    await until(() => gateway.listeners() === 0)
  })

  test('queries are answered, and large answers whole', async () => {
    const name = 'x'.repeat(500_000)
    const response = await fetch(`${nginx.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'query ($name: String) { hello(name: $name) }',
        variables: { name },
      }),
    })
    expect(await response.json()).toEqual({ data: { hello: `Hello ${name}` } })
  })
})

describeWith('nginx', 'behind nginx that adds the address of its client', () => {
  test('that address is the one in the log, whatever the client wrote before it', async () => {
    await using gateway = await startTestServer({ trustedProxies: 1 })
    const forwarded = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
    await using nginx = await startNginx(gateway.url, forwarded)
    const body = JSON.stringify({ query: 'mutation { pay }' })
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9, 127.0.0.1' }
    // Any address of loopback reaches this machine; to nginx it is the client's.
    const options = { method: 'POST', headers, localAddress: '127.0.0.5' }
    const sent = request(`${nginx.url}/graphql`, options).end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    await text(response)
    const forwardedFor = '203.0.113.9, 127.0.0.1, 127.0.0.5'
    expect(gateway.lines).toContainEqual(expect.objectContaining({ address: '127.0.0.5', forwardedFor }))
  })
})

test('every event stream asks proxies not to collect it', async () => {
  await using gateway = await startTestServer()
  const url = `${gateway.url}/graphql/stream`
  const token = await (await fetch(url, { method: 'PUT' })).text()
  const query = encodeURIComponent('subscription { ticks }')
  const requests: [string, Record<string, string>][] = [
    [`${gateway.url}/graphql?query=${query}`, {}],
    [`${gateway.url}/graphql?query=%7Bhello%7D`, {}],
    [`${gateway.url}/graphql?query=%7Bbroken`, {}],
    [`${url}?query=${query}`, {}],
    [url, { 'x-graphql-event-stream-token': token }],
  ]
  for (const [address, headers] of requests) {
    const response = await fetch(address, { headers: { accept: 'text/event-stream', ...headers } })
    expect(response.headers.get('x-accel-buffering'), address).toBe('no')
    await response.body?.cancel()
  }
})
