import type { ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { Limits } from './limits.ts'
import { createQuota, type Quota } from './quota.ts'
import type { SlowReaders } from './slow-readers.ts'

/** One stream of events, with what its reader has not taken yet. */
export interface EventStream {
  readonly quota: Quota
  /** Lets a result of a subscription through when there is room, so that a slow reader slows it down. */
  pace(result: ExecutionResult): ExecutionResult | Promise<ExecutionResult>
  /** Counts a result that nobody has connected for yet. */
  count(result: ExecutionResult): ExecutionResult
  /** Makes a response its reader. */
  connect(response: ServerResponse): void
  /** Writes messages until they or their reader are gone. Never rejects. */
  write(messages: AsyncIterator<string, unknown>): Promise<void>
}

export interface EventStreamOptions {
  readonly limits: Limits
  readonly slowReaders: Pick<SlowReaders, 'end'>
  /** Told when more waits for a reader that has not come than may. */
  readonly onOverflow?: () => void
}

export function createEventStream({ limits, slowReaders, onOverflow }: EventStreamOptions): EventStream {
  let reader: ServerResponse | null = null
  let room: Promise<void> | null = null
  let heldBytes = 0

  function waitForRoom(response: ServerResponse): Promise<void> {
    room ??= new Promise((resolve) => {
      const done = () => {
        response.off('drain', done).off('close', done)
        room = null
        resolve()
      }
      response.on('drain', done).on('close', done)
    })
    return room
  }

  function count(result: ExecutionResult): ExecutionResult {
    if (reader) return result
    heldBytes += Buffer.byteLength(JSON.stringify(result))
    if (heldBytes > limits.waitingBytes) onOverflow?.()
    return result
  }

  return {
    quota: createQuota(limits),
    count,
    async pace(result) {
      if (reader?.writableNeedDrain && !reader.destroyed) await waitForRoom(reader)
      return count(result)
    },
    connect(response) {
      reader = response
    },
    async write(messages) {
      const response = reader
      if (!response) return
      // A reader that leaves is noticed also while there is nothing to write.
      response.once('close', () => void messages.return?.())
      try {
        for (;;) {
          const { done, value } = await messages.next()
          if (done || response.destroyed) break
          if (response.writableLength > limits.waitingBytes) {
            if (response.socket) {
              slowReaders.end(
                response.socket,
                `more than ${limits.waitingBytes} bytes wait on an event stream`,
              )
            }
            break
          }
          response.write(value)
        }
        response.end()
      } catch {
        response.destroy() // to the client a broken network: it connects again
      } finally {
        await messages.return?.()
      }
    },
  }
}
