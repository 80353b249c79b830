import { once } from 'node:events'
import { connect } from 'node:net'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createClockedWire } from '../support/clocked-wire.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const follow = 'subscription ($id: ID!) { prediction(jobId: $id) { id version state } }'

interface Followed {
  readonly id: string
  readonly version: number
  readonly state: string
}

interface Stream {
  readonly events: Followed[]
  readonly errors: unknown[]
  readonly ended: Promise<void>
  stop(): void
}

type Subscribe = (query: string, variables?: Record<string, unknown>) => Stream

/** Every way to subscribe, each through the client of its package. */
const transports = {
  'graphql-sse, distinct connections': (url: string) => sse(url, false),
  'graphql-sse, single connection': (url: string) => sse(`${url}/stream`, true),
  'graphql-ws': (url: string) => {
    const client = createWsClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    return { subscribe: subscribeWith(client), dispose: () => client.dispose() }
  },
} as const

function sse(url: string, singleConnection: boolean) {
  const client = createSseClient({ url, retryAttempts: 0, ...(singleConnection && { singleConnection }) })
  return { subscribe: subscribeWith(client), dispose: () => client.dispose() }
}

/** What both clients have in common. */
interface Client {
  subscribe(
    request: { query: string; variables?: Record<string, unknown> },
    sink: { next(value: object): void; error(error: unknown): void; complete(): void },
  ): () => void
}

function subscribeWith(client: Client): Subscribe {
  return (query, variables = {}) => {
    const events: Followed[] = []
    const errors: unknown[] = []
    let stop = () => {}
    const ended = new Promise<void>((resolve) => {
      stop = client.subscribe(
        { query, variables },
        {
          next(value) {
            const { data, errors: faults } = value as { data?: Record<string, Followed>; errors?: unknown[] }
            for (const job of Object.values(data ?? {})) if (job) events.push(job)
            errors.push(...(faults ?? []))
          },
          error(error) {
            errors.push(...[error].flat())
            resolve()
          },
          complete: resolve,
        },
      )
    })
    return { events, errors, ended, stop: () => stop() }
  }
}

describe('a subscription', () => {
  let app: TestApp
  let clock: FakeClock
  let closeWire: () => Promise<void>
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await app.close()
    await closeWire()
  })

  async function start() {
    clock = createFakeClock()
    const wire = createClockedWire(clock)
    app = await createTestApp({
      overrides: { clock, fetch: wire.fetch },
      env: { WAVESPEED_POLL_SECONDS: '5' },
      sandbox: { taskSeconds: 20 },
    })
    wire.watch(app.sandbox)
    closeWire = wire.close
  }
  function client(transport: keyof typeof transports = 'graphql-ws'): Subscribe {
    const { subscribe, dispose } = transports[transport](app.url)
    cleanups.push(dispose)
    return subscribe
  }
  const listeners = (count: number) => clock.until(() => app.app.gauges().listeners === count, 0)
  const ends = (id: string) => clock.until(() => app.hasEnded(id))

  describe.each(Object.keys(transports) as (keyof typeof transports)[])('over %s', (transport) => {
    it('tells the state as it stands, each change exactly once and in order, and ends', async () => {
      await start()
      const id = await app.create()
      await clock.until(() => app.isIn(id, 'CREATED'))
      const stream = client(transport)(follow, { id })
      await listeners(1)
      await ends(id)
      await stream.ended
      expect(stream.errors).toEqual([])
      expect(stream.events.map(({ version, state }) => [version, state])).toEqual([
        [3, 'CREATED'],
        [4, 'PROCESSING'],
        [5, 'COMPLETED'],
      ])
      expect(app.app.gauges().listeners).toBe(0)
    })

    it('of a finished job tells its state and ends', async () => {
      await start()
      const id = await app.create()
      await ends(id)
      const stream = client(transport)(follow, { id })
      await stream.ended
      expect(stream.events).toEqual([{ id, version: 5, state: 'COMPLETED' }])
    })

    it('of an unknown job is an error that says so', async () => {
      await start()
      const stream = client(transport)(follow, { id: 'job_unknown' })
      await stream.ended
      expect(stream.events).toEqual([])
      expect(stream.errors).toMatchObject([
        { message: 'There is no job with the id "job_unknown".', extensions: { code: 'JOB_NOT_FOUND' } },
      ])
      expect(app.app.gauges().listeners).toBe(0)
    })

    it('lets go of its listener when the client goes, even from a quiet job', async () => {
      await start()
      const id = await app.create('[sandbox:never-finishes]')
      const stream = client(transport)(follow, { id })
      await listeners(1)
      stream.stop()
      await listeners(0)
    })
  })

  it('sends the present state again after so many quiet seconds when it is asked to', async () => {
    await start()
    const id = await app.create('[sandbox:never-finishes]')
    await clock.until(() => app.isIn(id, 'PROCESSING'))
    const subscribe = client()
    const stream = subscribe(
      'subscription ($id: ID!) { prediction(jobId: $id, heartbeatSeconds: 10) { id version state } }',
      { id },
    )
    await listeners(1)
    await clock.until(() => stream.events.length === 1, 0)
    await clock.advance(9_999)
    // On the same socket: whatever was sent has come before it.
    await subscribe(follow, { id: 'job_unknown' }).ended
    expect(stream.events).toHaveLength(1)
    await clock.advance(1)
    await clock.until(() => stream.events.length === 2, 0)
    expect(new Set(stream.events.map(({ version }) => version)).size).toBe(1)
    stream.stop()
    await listeners(0)
  })

  it.each([0, 3_601])('refuses a heartbeat of %i seconds in words', async (heartbeatSeconds) => {
    await start()
    const id = await app.create()
    const stream = client()(
      'subscription ($id: ID!, $beat: Int) { prediction(jobId: $id, heartbeatSeconds: $beat) { id } }',
      { id, beat: heartbeatSeconds },
    )
    await stream.ended
    expect(stream.errors).toMatchObject([{ message: expect.stringMatching(/from 1 to 3600/) }])
  })

  it('of several named jobs tells each as it stands, then their changes, and ends with the last', async () => {
    await start()
    const ids = [await app.create(), await app.create('[sandbox:fail=5000]')]
    const other = await app.create()
    const stream = client()('subscription ($ids: [ID!]) { jobs(ids: $ids) { id version state } }', { ids })
    await listeners(1)
    for (const id of [...ids, other]) await ends(id)
    await stream.ended
    expect(new Set(stream.events.map(({ id }) => id))).toEqual(new Set(ids))
    for (const id of ids) {
      const versions = stream.events.filter((event) => event.id === id).map(({ version }) => version)
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
      expect(versions.at(-1)).toBe((await app.job(id)).version)
    }
  })

  it('by filter tells the unfinished jobs that match and every new one, without end', async () => {
    await start()
    const before = await app.create('a fox')
    const stream = client()('subscription { jobs(filter: { prompt: "FOX" }) { id version state } }')
    await listeners(1)
    await app.create('a bear')
    const after = await app.create('another fox')
    await ends(before)
    await ends(after)
    await clock.until(() => stream.events.filter(({ state }) => state === 'COMPLETED').length === 2, 0)
    expect(new Set(stream.events.map(({ id }) => id))).toEqual(new Set([before, after]))
    expect(app.app.gauges().listeners).toBe(1)
    stream.stop()
    await listeners(0)
  })

  it('costs the vendor the same for a hundred subscribers as for one', async () => {
    await start()
    const requests = async (subscribers: number) => {
      const before = app.sandbox.ledger.requests().length
      const id = await app.create()
      await clock.until(() => app.isIn(id, 'CREATED'))
      const streams = Array.from({ length: subscribers }, () => client()(follow, { id }))
      await listeners(subscribers)
      await ends(id)
      for (const stream of streams) {
        await stream.ended
        expect(stream.events.at(-1)).toMatchObject({ state: 'COMPLETED' })
      }
      const { predictionId } = await app.job(id)
      expect(app.sandbox.ledger.polls(predictionId ?? '').length).toBeGreaterThan(0)
      return app.sandbox.ledger.requests().length - before
    }
    expect(await requests(100)).toBe(await requests(1))
  })

  it('gives a reader that does not read the newest state, not a growing queue', async () => {
    await start()
    const socket = connect(app.app.port, '127.0.0.1')
    await once(socket, 'connect')
    const body = JSON.stringify({
      query:
        'subscription { jobs { id version state input { prompt ... on V2VLoraParameters { negativePrompt } } } }',
    })
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${app.app.port}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    socket.pause()
    await listeners(1)
    // Far more than sockets buffer: 150 jobs of five versions with texts of 20 KB.
    const prompt = 'x'.repeat(10_000)
    const ids: string[] = []
    for (let index = 0; index < 150; index += 1)
      ids.push(await app.create(prompt, { negativePrompt: prompt }))
    for (const id of ids) await ends(id)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.resume()
    await clock.until(
      () => ids.every((id) => text.includes(`"id":"${id}","version":5,"state":"COMPLETED"`)),
      0,
    )
    const told = text.match(/"version":\d/g)?.length ?? 0
    expect(told).toBeLessThan(150 * 5)
    socket.destroy()
    await listeners(0)
  })
})
