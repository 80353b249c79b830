import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'

export const protocols = ['sse distinct', 'sse single', 'ws'] as const

export type Protocol = (typeof protocols)[number]

interface Stream extends AsyncGenerator<{ data?: unknown; errors?: readonly unknown[] }> {}

/** A client as front-end apps have it, from the packages they would use. */
export interface Client {
  iterate(query: string): Stream
  /** How often it connected. */
  connections(): number
  dispose(): void
}

/** Retries at once and for long: the tests wait for the server, not for a back-off. */
const retry = () => new Promise<void>((done) => setTimeout(done, 20))
const retryAttempts = 500

export function createClient(protocol: Protocol, port: number): Client {
  let connected = 0
  const on = { connected: () => void connected++ }
  const http = `http://127.0.0.1:${port}/graphql`
  const client =
    protocol === 'ws'
      ? createWsClient({
          url: `ws://127.0.0.1:${port}/graphql`,
          webSocketImpl: WebSocket,
          retryAttempts,
          retryWait: retry,
          shouldRetry: () => true, // by default a refused connection is final
          on,
        })
      : createSseClient({
          url: protocol === 'sse single' ? `${http}/stream` : http,
          singleConnection: protocol === 'sse single',
          retryAttempts,
          retry,
          on,
        })
  return {
    iterate: (query) => client.iterate({ query }) as Stream,
    connections: () => connected,
    dispose() {
      // One that just tries to connect tells here that it could not.
      void Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}
