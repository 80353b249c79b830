import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createClient as createAppClient, protocols } from './clients.ts'
import { post, startTestServer } from './support.ts'

describe('the address by which the gateway was called', () => {
  async function start() {
    const seen: (string | undefined)[] = []
    const server = await startTestServer({
      createContext({ calledAs }) {
        seen.push(calledAs)
        return {}
      },
    })
    return { server, seen }
  }

  it('is known to queries', async () => {
    const { server, seen } = await start()
    await using _ = server
    await post(server.url, '{ hello }')
    expect(seen).toEqual([server.url])
  })

  it.each(protocols)('is known to operations by %s', async (protocol) => {
    const { server, seen } = await start()
    await using _ = server
    const client = createAppClient(protocol, server.port)
    await client.iterate('{ hello }').next()
    client.dispose()
    expect(seen).toEqual([server.url])
  })

  it('is that of the upgrade for a WebSocket', async () => {
    const { server, seen } = await start()
    await using _ = server
    class Mapped extends WebSocket {
      constructor(url: string, subprotocol: string) {
        super(url, subprotocol, { headers: { host: 'localhost:8443' } })
      }
    }
    const url = `ws://127.0.0.1:${server.port}/graphql`
    const client = createClient({ url, webSocketImpl: Mapped })
    await client.iterate({ query: '{ hello }' }).next()
    await client.dispose()
    expect(seen).toEqual(['http://localhost:8443'])
  })
})
