import { describe, expect, it } from 'vitest'
import type { EventStore } from '../../src/events/broadcast.ts'
import { createDayClock, openSharedBus, sharedBuses } from '../support/buses.ts'
import { eventually } from '../support/eventually.ts'
import { outcomeOf, spawnProgram } from '../support/gateway-process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { openUnreachable } from '../support/unreachable.ts'

/** Another process with a bus. */
function startListener(store: EventStore) {
  const child = spawnProgram('test/events/listener.ts', {}, { args: [JSON.stringify(store)] })
  const ended = outcomeOf(child)
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  return { child, ended, isOpen: () => eventually(() => expect(output).toContain('open')) }
}

for (const { name, missing, startServer, relayOn } of sharedBuses) {
  describe.skipIf(missing)(`an event bus on a ${name} that does not answer`, { concurrent: true }, () => {
    it('says which it is, without its password, and leaves nothing open', async () => {
      const { kind } = relayOn({ url: '' })
      const { urls, close } = await openUnreachable(kind)
      const outcomes = await Promise.all(urls.map((url) => startListener({ kind, url }).ended))
      for (const { code, output } of outcomes) {
        expect(code).toBe(1)
        expect(output).toMatch(
          /^The bus of events on \w+:\/\/(127|localhost).* cannot be reached: .+[^.]\.\n$/,
        )
        expect(output).not.toContain('secret')
      }
      close()
    })

    it('can be closed, with something to tell, and leaves nothing open', async () => {
      const server = await startServer()
      const listener = startListener(relayOn(server))
      await listener.isOpen()
      await server.kill()
      listener.child.kill('SIGTERM')
      expect(await listener.ended).toEqual({ code: 0, output: 'open\nclosed\n' })
      await server.stop()
    })
  })
}

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
