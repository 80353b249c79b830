import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Executor } from '../../src/server/execute.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createSingleConnection } from '../../src/server/single-connection.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const minute = 60_000
const tokenHeader = 'x-graphql-event-stream-token'
const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A server of which every operation is a quiet stream; `open` is how many there are. */
async function start() {
  let open = 0
  const executor = {
    prepare: async () => ({ schema: {} }),
    async perform() {
      open += 1
      const stream = {
        next: () => new Promise(() => {}),
        throw: async () => ({ done: true, value: undefined }),
        async return() {
          open -= 1
          return { done: true, value: undefined }
        },
        [Symbol.asyncIterator]: () => stream,
      }
      return stream
    },
  } as unknown as Executor
  const startOperation = () => {
    throw new Error('not called: prepare is a stand-in')
  }
  const clock = createFakeClock()
  const streams = createSingleConnection({
    executor,
    startOperation: () => startOperation as never,
    clock,
    limits: defaultLimits,
    slowReaders: { end: (socket) => void socket.destroy() },
  })
  const asked = { requestId: 'request', calledAs: undefined, caller: { address: undefined } }
  const server = createServer((request, response) => void streams.handle(request, response, asked))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql/stream`
  return {
    clock,
    streams,
    open: () => open,
    reserve: async () => (await fetch(url, { method: 'PUT' })).text(),
    connect: (token: string) =>
      fetch(url, { headers: { accept: 'text/event-stream', [tokenHeader]: token } }),
    operate: (token: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [tokenHeader]: token },
        body: JSON.stringify({ query: '{ a }', extensions: { operationId: '1' } }),
      }),
  }
}

test('a token that nobody connects with is dropped, with the operations on it', async () => {
  const gateway = await start()
  const token = await gateway.reserve()
  expect((await gateway.operate(token)).status).toBe(202)
  expect(gateway.open()).toBe(1)
  await gateway.clock.advance(minute - 1)
  expect(gateway.open()).toBe(1)
  await gateway.clock.advance(1)
  expect(gateway.open()).toBe(0)
  expect((await gateway.operate(token)).status).toBe(404)
})

test('a token that somebody connected with is kept', async () => {
  const gateway = await start()
  const token = await gateway.reserve()
  const stream = await gateway.connect(token)
  expect(stream.status).toBe(200)
  await gateway.clock.advance(minute)
  expect((await gateway.operate(token)).status).toBe(202)
  expect(gateway.open()).toBe(1)
  await stream.body?.cancel()
})

test('a token that waits does not keep a stopped server', async () => {
  const gateway = await start()
  await gateway.reserve()
  expect(gateway.clock.pending).toBe(1)
  gateway.streams.close()
  expect(gateway.clock.pending).toBe(0)
})
