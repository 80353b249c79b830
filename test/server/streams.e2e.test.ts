import { createClient as createWsClient } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Client, createClient, protocols } from './clients.ts'
import { startTestServer, type TestServer, until } from './support.ts'

describe.each(protocols)('over %s', (protocol) => {
  let gateway: TestServer
  let client: Client
  beforeEach(async () => {
    gateway = await startTestServer()
    client = createClient(protocol, gateway.port)
  })
  afterEach(async () => {
    client.dispose()
    await gateway.server.close()
  })

  test('a subscription gets every event in order, then its end', async () => {
    const stream = client.iterate('subscription Ticks { ticks(end: 3) }')
    const received: unknown[] = []
    const done = (async () => {
      for await (const { data } of stream) received.push(data)
    })()
    await until(() => gateway.listeners() === 1)
    for (const value of [1, 2, 3]) gateway.emit(value)
    await done
    expect(received).toEqual([{ ticks: 1 }, { ticks: 2 }, { ticks: 3 }])
    await until(() => gateway.listeners() === 0)

    await until(() => gateway.lines.some((line) => line['operation'] === 'Ticks'))
    const lines = gateway.lines.filter((line) => line['operation'] === 'Ticks')
    expect(lines).toMatchObject([{ msg: 'operation', type: 'subscription', results: 3 }])
  })

  test('queries and mutations are answered too', async () => {
    for (const [query, data] of [
      ['{ hello }', { hello: 'Hello world' }],
      ['mutation { pay }', { pay: 1 }],
    ] as const) {
      expect((await client.iterate(query).next()).value).toEqual({ data })
    }
  })

  test('a listener goes when its client stops listening, and when the client itself goes', async () => {
    const streams = [1, 2, 3].map(() => client.iterate('subscription { ticks }'))
    const pending = streams.map((stream) => stream.next())
    await until(() => gateway.listeners() === 3)
    gateway.emit(1)
    await Promise.all(pending)
    await streams[0]?.return(undefined)
    await until(() => gateway.listeners() === 2)
    client.dispose()
    await until(() => gateway.listeners() === 0)
  })

  test('unexpected errors are masked and carry a request id, before and during a stream', async () => {
    const query = await client.iterate('{ unexpected }').next()
    const stream = client.iterate('subscription { broken }')
    const first = await stream.next()
    const second = await stream.next().catch((error: unknown) => ({ value: { errors: error } }))
    expect(first.value).toEqual({ data: { broken: 1 } })
    for (const { errors } of [query.value, second.value]) {
      expect(errors).toMatchObject([
        {
          message: 'Unexpected error.',
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
        },
      ])
      expect(JSON.stringify(errors)).not.toContain('secret')
    }
    const causes = gateway.lines.filter((line) => line['msg'] === 'unexpected error')
    expect(causes.map((line) => JSON.stringify(line['err']).includes('secret'))).toEqual([true, true])
  })

  test.each([
    ['{ unknownField }', 'GRAPHQL_VALIDATION_FAILED', /^Cannot query field "unknownField"/],
    ['{ ', 'GRAPHQL_PARSE_FAILED', /^Syntax Error/],
    ['{ hello(name: 5) }', 'GRAPHQL_VALIDATION_FAILED', /^String cannot represent/],
    ['query ($n: Int!) { slow(ms: $n) }', 'BAD_USER_INPUT', /^Variable "\$n" of required type/],
  ])(
    'an invalid operation is an error with a code and a request id, and the client can go on: %s',
    async (query, code, message) => {
      const answer = await client
        .iterate(query)
        .next()
        .catch((errors: unknown) => ({ value: { errors } }))
      const { errors } = answer.value
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })])
      expect(errors).toMatchObject([{ extensions: { code, requestId: expect.any(String) } }])
      expect(JSON.stringify(errors)).not.toMatch(/"http"|"unexpected"|node_modules/)
      expect((await client.iterate('{ hello }').next()).value).toEqual({ data: { hello: 'Hello world' } })
    },
  )
})

test('a document that cannot be parsed does not end a WebSocket with other operations on it', async () => {
  await using gateway = await startTestServer()
  const client = createClient('ws', gateway.port)
  const stream = client.iterate('subscription { ticks }')
  const first = stream.next()
  await until(() => gateway.listeners() === 1)
  await expect(client.iterate('{ ').next()).rejects.toMatchObject([
    { extensions: { requestId: expect.any(String) } },
  ])
  gateway.emit(1)
  expect((await first).value).toEqual({ data: { ticks: 1 } })
  expect(client.connections()).toBe(1)
  client.dispose()
})

test('a WebSocket message beyond the limit ends only that connection', async () => {
  await using gateway = await startTestServer()
  const other = createClient('ws', gateway.port)
  const next = other.iterate('subscription { ticks }').next()
  await until(() => gateway.listeners() === 1)
  const client = createWsClient({
    url: `ws://127.0.0.1:${gateway.port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  const answer = client.iterate({ query: `{ hello(name: "${'x'.repeat(1_000_001)}") }` }).next()
  await expect(answer).rejects.toMatchObject({ code: 1009 }) // "message too big"
  gateway.emit(1)
  expect((await next).value).toEqual({ data: { ticks: 1 } })
  expect(other.connections()).toBe(1)
  other.dispose()
})
