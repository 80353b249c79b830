import { type ConnectionOptions, createPostgresRelayBackend, Relay, type RelayBackendFactory } from 'bullmq'

/** Where messages between the processes go through. */
export type RelayStore =
  /** `schema` is made if need be; it may be the queue's. */
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }
  /** Every key begins with `prefix`. */
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }

/** Texts to every process, of which each is told those that were sent while it listened. */
export interface Broadcast {
  /** Rejects if it could not be sent; nobody was told then. */
  send(message: unknown): Promise<void>
  /** Answers once what is sent from then on will be heard. */
  listen(listener: (message: unknown) => void): Promise<void>
  close(): Promise<void>
}

export interface RelayOptions {
  readonly store: RelayStore
  /** Told of what goes wrong on the way to the datastore; it is tried again by itself. */
  readonly onError: (error: Error) => void
  /** Told when this process was forgotten and is known again: what was sent in between it was not told. */
  readonly onGap: () => void
}

/** A process that was not heard of for so long gets no messages kept; one that is, is known again after a heartbeat. */
const leaseMs = 15_000 // 15 seconds
const heartbeatMs = 3_000 // 3 seconds
const topic = 'jobs'

/** BullMQ's relay on PostgreSQL or Redis. */
export function createRelay({ store, onError, onGap }: RelayOptions): Broadcast {
  const relay = new Relay({
    ...(store.kind === 'redis'
      ? {
          connection: { url: store.url, maxRetriesPerRequest: null },
          prefix: store.prefix ?? 'wavespeed',
        }
      : {
          connection: {
            connectionString: store.url,
            schema: store.schema ?? 'wavespeed_queue',
            migrate: true,
            max: 4,
            connectionTimeoutMillis: 5_000,
            application_name: 'wavespeed-graphql events',
          } as ConnectionOptions,
          backend: createPostgresRelayBackend as unknown as RelayBackendFactory, // Its options have a type of their own.
        }),
    namespace: 'wavespeed',
    leaseDuration: leaseMs,
    heartbeatInterval: heartbeatMs,
  })
  relay.on('error', onError)
  relay.on('recovered', onGap)
  return {
    async send(message) {
      await relay.publish(topic, message)
    },
    async listen(listener) {
      await relay.subscribe(topic, ({ data }) => listener(data))
    },
    close: () => relay.close(),
  }
}
