import { describe, expect, test } from 'vitest'
import { untilStuck } from './large-answers.ts'
import { mega, useSlowReaders } from './slow-reader-world.ts'
import { until } from './support.ts'

const world = useSlowReaders()

describe('a single-connection stream', () => {
  const tokenHeader = 'x-graphql-event-stream-token'
  const url = () => `${world.gateway.url}/graphql/stream`
  const reserve = async () => (await fetch(url(), { method: 'PUT' })).text()
  const ask = (token: string, id: number, query: string) =>
    fetch(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', [tokenHeader]: token },
      body: JSON.stringify({ query, extensions: { operationId: String(id) } }),
    })
  /** Connects, and reads no further than the headers. */
  async function open(token: string): Promise<void> {
    const { body } = await fetch(url(), { headers: { accept: 'text/event-stream', [tokenHeader]: token } })
    world.onEnd(() => void body?.cancel().catch(() => {}))
  }

  test('is closed when more than 4 MB wait for a client that does not read', async () => {
    const token = await reserve()
    await open(token)
    let asked = 0
    for (; world.ended().length === 0; asked += 1) await ask(token, asked, `{ big(bytes: ${mega / 2}) }`)
    expect(asked).toBeLessThan(200)
    expect(Number(world.ended()[0]?.['waitingBytes'])).toBeLessThan(5 * mega)
    await expect
      .poll(async () => (await ask(token, 9_999, '{ hello }')).status, { timeout: 60_000 })
      .toBe(404)
  })

  test('slows subscriptions down that nobody reads, and ends after 30 seconds', async () => {
    const token = await reserve()
    await open(token)
    await ask(token, 1, `subscription { bigs(bytes: ${mega / 2}) }`)
    await untilStuck(() => world.large.counts.answers)
    expect(world.large.counts.answers).toBeLessThan(50)
    expect(world.ended()).toEqual([])
    await world.expectStall()
  })

  test('that nobody connects to holds no more than 4 MB', async () => {
    const token = await reserve()
    const statuses = new Set<number>()
    let asked = 0
    for (; !statuses.has(404); asked += 1)
      statuses.add((await ask(token, asked, `{ big(bytes: ${mega / 2}) }`)).status)
    expect(asked).toBeLessThan(20)
    const endless = await reserve()
    await ask(endless, 1, `subscription { bigs(bytes: ${mega / 2}) }`)
    await expect.poll(async () => (await ask(endless, 2, '{ hello }')).status, { timeout: 60_000 }).toBe(404)
    const before = world.large.counts.answers
    await untilStuck(() => world.large.counts.answers)
    expect(world.large.counts.answers).toBe(before)
  })

  test('runs 100 queries; one more is an error on it, and it lives', async () => {
    const token = await reserve()
    const stream = await fetch(url(), { headers: { accept: 'text/event-stream', [tokenHeader]: token } })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const reading = (async () => {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
        text += part.value
    })()
    const asked = Array.from({ length: 101 }, (_, id) => ask(token, id, '{ held }'))
    await until(() => text.includes('TOO_MANY_OPERATIONS'))
    expect(world.large.counts.held).toBe(100)
    world.large.letGo()
    await Promise.all(asked)
    await until(() => text.split('let go').length === 101)
    await ask(token, 200, '{ hello }')
    await until(() => text.includes('"hello":"hello"'))
    await reader?.cancel()
    await reading
  })
})
