import pg from 'pg'
import type { Broadcast, BroadcastOptions } from './broadcast.ts'

const channel = 'wavespeed_jobs'
/** PostgreSQL takes payloads below 8,000 bytes. */
const maxBytes = 7_900
/** How often the connection that listens is asked whether it still does, and how long it may take to say so. */
const pulseMs = 5_000 // 5 seconds, of real time: so are the network's
const retryMs = 1_000 // 1 second

/** How its connections begin to be called, in the database's list of sessions. */
export const listenerName = 'wavespeed-graphql events'

/**
 * LISTEN and NOTIFY of PostgreSQL, on a connection of its own for the one and two for the other.
 *
 * @param name what its connections are called, by which others can tell that they are there
 */
export function createNotify(
  url: string,
  { onError, onGap }: BroadcastOptions,
  name: string = listenerName,
): Broadcast {
  const config = {
    connectionString: url,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: pulseMs,
    application_name: name,
  }
  const senders = new pg.Pool({ ...config, max: 2 })
  senders.on('error', () => {}) // Told by the next message.
  senders.on('connect', (client) => client.on('error', () => {}))
  let hear: (message: unknown) => void = () => {}
  let listener: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let closing: Promise<void> | null = null

  async function connect(): Promise<void> {
    const client = new pg.Client(config)
    client.on('error', () => lose(client))
    client.on('end', () => lose(client))
    client.on('notification', ({ payload }) => hear(parse(payload)))
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
    } catch (error) {
      void client.end().catch(() => {})
      throw error
    }
    if (closing) return client.end()
    listener = client
    pulse(client)
  }

  /** A connection may be dead without a word: nothing but an answer proves that it is not. */
  function pulse(client: pg.Client): void {
    timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => client === listener && pulse(client),
        () => lose(client),
      )
    }, pulseMs)
  }

  function lose(client: pg.Client): void {
    if (client !== listener || closing) return
    listener = null
    clearTimeout(timer)
    void client.end().catch(() => {})
    onError(new Error('the connection that listens was lost'))
    reconnect()
  }

  function reconnect(): void {
    timer = setTimeout(() => {
      connect().then(onGap, (error: Error) => {
        onError(error)
        if (!closing) reconnect()
      })
    }, retryMs)
  }

  return {
    place: placeOf(url),
    maxBytes,
    async send(text) {
      await senders.query({ name: 'notify', text: 'SELECT pg_notify($1, $2)', values: [channel, text] })
    },
    async listen(listening) {
      hear = listening
      await connect()
    },
    close() {
      clearTimeout(timer)
      closing ??= Promise.all([listener?.end(), senders.end()]).then(() => {})
      return closing
    },
  }
}

/** Without user, password and parameters. */
function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

function parse(payload: string | undefined): unknown {
  try {
    return JSON.parse(payload ?? '')
  } catch {
    return null
  }
}
