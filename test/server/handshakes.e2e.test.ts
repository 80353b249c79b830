import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer } from './support.ts'

/** By which code a socket is closed that sends these messages, one after the other. */
async function closeOf(...messages: readonly (object | string)[]): Promise<number> {
  const gateway = await startTestServer({ limits: { initMs: 300 } })
  onTestFinished(() => gateway.server.close())
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => {
      for (const message of messages)
        socket.send(typeof message === 'string' ? message : JSON.stringify(message))
    })
    socket.on('close', resolve)
    socket.on('error', reject)
  })
}

const init = { type: 'connection_init' }
const subscribe = { type: 'subscribe', id: '1', payload: { query: 'subscription { ticks }' } }

describe('a WebSocket', () => {
  // graphql-ws waits for 3 seconds by itself.
  it('that does not begin is closed', { timeout: 2_500 }, async () => {
    expect(await closeOf()).toBe(4408)
    expect(await closeOf({ type: 'ping' }, { type: 'pong' })).toBe(4408)
  })

  it('that begins twice is closed', async () => {
    expect(await closeOf(init, init)).toBe(4429)
  })

  it('that subscribes before it has begun is closed', async () => {
    expect(await closeOf(subscribe)).toBe(4401)
  })

  it('that uses an id twice is closed', async () => {
    const gateway = await startTestServer()
    onTestFinished(() => gateway.server.close())
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => socket.send(JSON.stringify(init)))
    socket.on('message', () => {
      socket.send(JSON.stringify(subscribe))
      socket.send(JSON.stringify(subscribe))
    })
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4409)
  })

  it.each([
    ['no JSON', '{'],
    ['no message', '[]'],
    ['a message of no known type', '{"type":"stop"}'],
    ['a subscription without a text', '{"type":"subscribe","id":"1","payload":{}}'],
    ['parameters that are no object', '{"type":"connection_init","payload":"key"}'],
  ])('that sends %s is closed', async (_, message) => {
    expect(await closeOf(message)).toBe(4400)
  })

  it('that sends a message in very many pieces is closed', async () => {
    const gateway = await startTestServer()
    onTestFinished(() => gateway.server.close())
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => {
      for (let pieces = 0; pieces < 20_000; pieces += 1) socket.send('', { fin: false })
    })
    socket.on('error', () => {}) // what was under way
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(1008)
  })

  it('of another subprotocol, or of none, is closed', async () => {
    const gateway = await startTestServer()
    onTestFinished(() => gateway.server.close())
    const url = `ws://127.0.0.1:${gateway.port}/graphql`
    expect(await new Promise((resolve) => new WebSocket(url).on('close', resolve))).toBe(4406)
    // A client of another protocol leaves by itself, since the answer names none.
    const other = new WebSocket(url, 'graphql-ws')
    expect(String(await new Promise((resolve) => other.on('error', resolve)))).toContain('subprotocol')
  })

  it('that sends more than 1 MB at once is closed', async () => {
    expect(await closeOf({ ...init, payload: { authorization: 'a'.repeat(1_000_000) } })).toBe(1009)
  })
})
