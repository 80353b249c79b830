import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'

/** A subscription that is open, by whatever protocol. */
export interface OpenStream {
  /** Every result so far, with its errors. */
  readonly results: { readonly data?: unknown; readonly errors?: readonly { extensions?: object }[] }[]
  /** The code by which its WebSocket was closed; null as long as it is not, or where it has none. */
  closedBy(): number | null
  /** Resolves when the stream is over, whatever way. */
  readonly ended: Promise<void>
  leave(): void
}

export const streamProtocols = ['sse', 'sse single', 'ws'] as const
export type StreamProtocol = (typeof streamProtocols)[number]

/**
 * Subscribes by the client of the protocol.
 *
 * @param url the address of the gateway's GraphQL
 * @param shown headers, or the parameters of a WebSocket
 */
export function openStream(
  protocol: StreamProtocol,
  url: string,
  query: string,
  shown: Readonly<Record<string, string>>,
): OpenStream {
  let code: number | null = null
  const results: OpenStream['results'] = []
  const client =
    protocol === 'ws'
      ? createWsClient({
          url: url.replace('http', 'ws'),
          webSocketImpl: WebSocket,
          retryAttempts: 0,
          lazy: false,
          onNonLazyError: () => {}, // The stream is told.
          connectionParams: { ...shown },
          on: {
            closed(event) {
              code = (event as { code: number }).code
            },
          },
        })
      : createSseClient({
          url: protocol === 'sse' ? url : `${url}/stream`,
          singleConnection: protocol === 'sse single',
          retryAttempts: 0,
          headers: { ...shown },
        })
  const subscribe = client.subscribe.bind(client) as (request: object, sink: object) => () => void
  const ended = new Promise<void>((resolve) => {
    subscribe(
      { query },
      {
        next: (result: OpenStream['results'][number]) => results.push(result),
        error(error: unknown) {
          results.push({ errors: [error].flat() as NonNullable<OpenStream['results'][number]['errors']> })
          resolve()
        },
        complete: resolve,
      },
    )
  })
  return {
    results,
    ended,
    closedBy: () => code,
    leave: () => void Promise.resolve(client.dispose()).catch(() => {}),
  }
}
