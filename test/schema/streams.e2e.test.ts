import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import { schema } from '../../src/schema/index.ts'
import { createLoaders } from '../../src/schema/loaders.ts'
import { createClient, protocols } from '../server/clients.ts'
import { startTestServer, type TestServer, until } from '../server/support.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

describe.each(protocols)('a stream of jobs over %s', (protocol) => {
  let store: SqliteStore
  let gateway: TestServer
  let events: ReturnType<typeof createMemoryEvents>
  beforeEach(async () => {
    store = openSqliteStore({ file: ':memory:' })
    events = createMemoryEvents()
    const follow = { reader: store, events, clock: createFakeClock() }
    const createContext = () => ({
      reader: store,
      follow,
      loaders: createLoaders(store, store.uploads.for(localTenant), () => ({ windowStart: 0 })),
    })
    gateway = await startTestServer({ schema, createContext })
  })
  afterEach(async () => {
    await gateway.server.close()
    store.close()
  })

  it('that is cut since its reader is too slow says so', async () => {
    const client = createClient(protocol, gateway.port)
    const next = client
      .iterate('subscription { jobs { id } }')
      .next()
      .catch((errors: unknown) => ({ value: { errors } }))
    await until(() => events.listeners === 1)
    // In one go, so that no reader can keep up.
    for (let index = 0; index <= 10_000; index += 1) events.publish(sampleJob({ id: `job ${index}` }))
    const { errors } = (await next).value
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/too far behind/),
        extensions: { code: 'STREAM_TOO_SLOW', requestId: expect.any(String) },
      },
    ])
    expect(gateway.lines.filter((line) => line['msg'] === 'unexpected error')).toEqual([])
    expect(events.listeners).toBe(0)
    client.dispose()
  })

  it('or anything else that nests too deep is refused before it runs', async () => {
    const client = createClient(protocol, gateway.port)
    for (const query of [
      'subscription { jobs { retries { retryOf { retries { id } } } } }',
      '{ job(id: "a") { retries { retryOf { retries { id } } } } }',
    ]) {
      const answer = await client
        .iterate(query)
        .next()
        .catch((errors: unknown) => ({ value: { errors } }))
      expect(answer.value.errors).toMatchObject([
        { extensions: { code: 'QUERY_TOO_DEEP', requestId: expect.any(String) } },
      ])
    }
    expect(events.listeners).toBe(0)
    client.dispose()
  })
})
