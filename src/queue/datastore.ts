import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  getDefaultBackendFactory,
} from 'bullmq'
import pg from 'pg'
import { queueSchema } from './migrate.ts'

/** Where the entries are kept. */
export type QueueStore =
  /** `schema` is made if need be and holds nothing else. */
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }
  /** Every key begins with `prefix`. */
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }

/**
 * A connection whose loss is told to whoever asks something on it. BullMQ listens to nothing else while it migrates, and
 * an error that nobody listens to ends the process.
 */
class Connection extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.on('error', () => {})
  }
}

/** A connection that says nothing for so long, though it was asked something, is given up: it may be dead. */
const silentMs = 30_000 // 30 seconds
/** The longest pause between two attempts to reach Redis again. */
const longestRetryMs = 1_000 // 1 second

/** What BullMQ is told of the datastore. Once `isEnding`, a Redis that is gone is not tried again. */
export function connect(
  store: QueueStore,
  isEnding: () => boolean,
): {
  readonly connection: ConnectionOptions
  readonly prefix?: string
  readonly factory: BackendFactory
  /** How long a connection may still wait before it is tried again: ended meanwhile, it would never say that it has. */
  retriesMs(): number
} {
  if (store.kind === 'redis') {
    let retryAt = 0
    return {
      retriesMs: () => Math.max(0, retryAt - Date.now()),
      connection: {
        url: store.url,
        // A worker's blocking command waits for as long as it takes, whatever becomes of the connection.
        maxRetriesPerRequest: null,
        socketTimeout: silentMs,
        retryStrategy(attempt) {
          if (isEnding()) return null
          const pauseMs = Math.min(attempt * 200, longestRetryMs)
          retryAt = Math.max(retryAt, Date.now() + pauseMs)
          return pauseMs
        },
      },
      prefix: store.prefix ?? 'wavespeed',
      factory: getDefaultBackendFactory(),
    }
  }
  return {
    retriesMs: () => 0,
    connection: {
      connectionString: store.url,
      schema: store.schema ?? queueSchema,
      max: 4,
      connectionTimeoutMillis: 5_000,
      query_timeout: silentMs,
      application_name: 'wavespeed-graphql queue',
      Client: Connection,
    } as ConnectionOptions,
    factory: createPostgresBackend as unknown as BackendFactory, // Its options have a type of their own.
  }
}

/** The datastore in words for people: its URL without user and password. */
export function describeStore({ url }: QueueStore): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
