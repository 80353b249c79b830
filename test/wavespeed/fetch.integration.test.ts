import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createFetch } from '../../src/wavespeed/fetch.ts'

/** A server that closes no connection by itself and counts those that come, and a fetch to ask it with. */
async function start() {
  let connections = 0
  const server = createServer((_request, response) => response.end('{}'))
  server.keepAliveTimeout = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const wire = createFetch()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(async () => {
    vi.useRealTimers()
    await wire.close()
    server.close()
  })
  return {
    connections: () => connections,
    async ask(method: 'GET' | 'POST') {
      expect((await wire.fetch(new Request(url, { method }))).status).toBe(200)
    },
  }
}

it('polls share a connection over the pauses between them', async () => {
  const { ask, connections } = await start()
  for (const pauseMs of [0, 5_000, 5_000, 30_000]) {
    await vi.advanceTimersByTimeAsync(pauseMs)
    await ask('GET')
  }
  expect(connections()).toBe(1)
})

it('a POST never goes out on a connection that was used before', async () => {
  const { ask, connections } = await start()
  await ask('GET')
  await ask('POST')
  await ask('POST')
  expect(connections()).toBe(3)
})
