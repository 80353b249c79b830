import { Relay } from 'bullmq'
import type { Broadcast, BroadcastOptions } from '../src/events/broadcast.ts'

/** A process that was not heard of for so long gets no messages kept; one that is, is known again after a heartbeat. */
const leaseMs = 15_000 // 15 seconds
const heartbeatMs = 3_000 // 3 seconds
/** A connection that says nothing for so long, though it was asked something, is given up: it may be dead. */
const silentMs = 30_000 // 30 seconds
/** The longest pause between two attempts to reach Redis again. */
const longestRetryMs = 1_000 // 1 second
const topic = 'jobs'

/** BullMQ's relay on Redis. It is marked experimental, hence the exact version in package.json. */
export function createRelay(
  { url, prefix = 'wavespeed' }: { readonly url: string; readonly prefix?: string },
  { onError, onGap }: BroadcastOptions,
): Broadcast {
  let closing = false
  const relay = new Relay({
    connection: {
      url,
      maxRetriesPerRequest: null,
      socketTimeout: silentMs,
      // Once it is to end, a Redis that is gone is not tried again: what waits for it fails.
      retryStrategy: (attempt: number) => (closing ? null : Math.min(attempt * 200, longestRetryMs)),
    },
    prefix,
    namespace: 'wavespeed',
    leaseDuration: leaseMs,
    heartbeatInterval: heartbeatMs,
  })
  relay.on('error', onError)
  relay.on('recovered', onGap)
  return {
    place: 'Redis',
    maxBytes: 500_000,
    async send(text) {
      await relay.publish(topic, text)
    },
    async listen(hear) {
      await relay.subscribe(topic, ({ data }) => hear(parse(data)))
    },
    close() {
      closing = true
      return relay.close()
    },
  }
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return null
  }
}
