import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { untilStuck } from './large-answers.ts'
import { mega, useSlowReaders } from './slow-reader-world.ts'
import { until } from './support.ts'

const world = useSlowReaders()

describe('a WebSocket', () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${world.gateway.port}/graphql`, 'graphql-transport-ws')
    world.onEnd(() => socket.terminate())
    await new Promise((done) => socket.once('open', done))
    socket.send('{"type":"connection_init"}')
    await new Promise((done) => socket.once('message', done))
    return socket
  }
  const ask = (socket: WebSocket, id: number, query: string) =>
    socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }))

  test('is closed when more than 4 MB wait for a client that does not read', async () => {
    const socket = await open()
    socket.pause()
    for (let id = 0; id < 1_500; id += 1) ask(socket, id, `{ big(bytes: ${mega / 2}) }`)
    await until(() => world.ended().length === 1)
    const waiting = Number(world.ended()[0]?.['waitingBytes'])
    expect(waiting).toBeGreaterThan(4 * mega)
    expect(waiting).toBeLessThan(5 * mega)
    await untilStuck(() => world.large.counts.answers)
    expect(world.large.counts.answers).toBeLessThan(200)
    expect(world.gateway.lines.filter((line) => Number(line['level']) > 40)).toEqual([])
    expect(world.gateway.lines.filter((line) => line['level'] === 40)).toHaveLength(1)
    expect(await world.isServed()).toBe(true)
  })

  test('that does not read a subscription is closed after 30 seconds', async () => {
    const socket = await open()
    socket.pause()
    ask(socket, 1, `subscription { bigs(bytes: ${mega}) }`)
    await untilStuck(() => world.large.counts.answers)
    expect(world.large.counts.answers).toBeLessThan(30)
    await world.expectStall()
  })

  test('is not answered pings without end that it does not read', async () => {
    const socket = await open()
    socket.pause()
    ask(socket, 1, `{ big(bytes: ${20 * mega}) }`)
    await until(() => world.large.counts.answers === 1)
    socket.ping()
    await until(() => world.ended().length === 1)
  })

  test('runs 100 queries and 2,000 subscriptions; one more is an error, and the socket lives', async () => {
    const socket = await open()
    const answers = new Map<string, string>()
    socket.on('message', (data) => {
      const { id, type, payload } = JSON.parse(String(data)) as {
        id: string
        type: string
        payload?: unknown
      }
      if (type !== 'complete') answers.set(id, JSON.stringify(payload))
    })
    for (let id = 0; id < 101; id += 1) ask(socket, id, '{ held }')
    await until(() => answers.size === 1)
    expect(answers.get('100')).toContain('TOO_MANY_OPERATIONS')
    expect(world.large.counts.held).toBe(100)
    for (let id = 1_000; id < 3_001; id += 1) ask(socket, id, 'subscription { quiet }')
    await until(() => answers.size === 2)
    expect(answers.get('3000')).toContain('TOO_MANY_OPERATIONS')
    expect(world.large.counts.streams).toBe(2_000)

    world.large.letGo()
    await until(() => answers.size === 102)
    ask(socket, 4_000, '{ hello }')
    await until(() => answers.size === 103)
    expect(answers.get('4000')).toContain('"hello"')
    socket.send('{"id":"1000","type":"complete"}')
    await until(() => world.large.counts.streams === 1_999)
    ask(socket, 4_001, 'subscription { quiet }')
    await until(() => world.large.counts.streams === 2_000)
    expect(answers.size).toBe(103)
    socket.terminate()
    await until(() => world.large.counts.streams === 0)
  })
})
