import { describe, expect, it } from 'vitest'
import { createDayClock, openSharedBus, prepareBuses } from '../support/buses.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

describe('an event bus whose way to PostgreSQL breaks while it is opened', () => {
  it.each(['before', 'answered'] as const)('says so (%s what it asks for arrives)', async (when) => {
    const place = await prepareBuses()
    const proxy = await startTcpProxy(place.url)
    const broken = proxy.breakAt('LISTEN', when)
    const clock = createDayClock()
    const opened = openSharedBus({ rows: place.rows, url: proxy.url }, { clock })
    await expect(opened).rejects.toThrow(/^The bus of events on .* cannot be reached: .*connection/i)
    await broken
    expect(clock.pending).toBe(0)
    await proxy.close()
    await place.remove()
  })
})
