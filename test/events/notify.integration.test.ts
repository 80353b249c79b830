import { describe, expect, it } from 'vitest'
import { createDayClock, openSharedBus, sharedBuses } from '../support/buses.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

describe('an event bus whose way to PostgreSQL breaks while it is opened', () => {
  it.each(['before', 'answered'] as const)('says so (%s what it asks for arrives)', async (when) => {
    const [onPostgres] = sharedBuses
    const place = await onPostgres?.prepare()
    if (!place) throw new Error('there is a bus on PostgreSQL')
    const proxy = await startTcpProxy(place.relay.url)
    const broken = proxy.breakAt('LISTEN', when)
    const clock = createDayClock()
    const opened = openSharedBus({ rows: place.rows, relay: { kind: 'postgres', url: proxy.url } }, { clock })
    await expect(opened).rejects.toThrow(/^The bus of events on .* cannot be reached: .*connection/i)
    await broken
    expect(clock.pending).toBe(0)
    await proxy.close()
    await place.remove()
  })
})
