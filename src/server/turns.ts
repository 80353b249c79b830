import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface TurnsOptions {
  /** How many requests may wait behind the one that runs. */
  readonly most: number
  /** Told when one more comes. */
  readonly onFlood: (socket: Socket) => void
}

/**
 * Runs the requests of a connection one after the other, as their answers have to leave. A client may send the next
 * request before it has read an answer; if all of them ran at once, their answers would have to be kept.
 */
export function createTurns({ most, onFlood }: TurnsOptions) {
  const queues = new WeakMap<Socket, (() => void)[]>()

  return ({ socket }: IncomingMessage, response: ServerResponse, run: () => void): void => {
    const queue = queues.get(socket)
    response.once('close', () => {
      if (!socket.destroyed) next(socket)
    })
    if (!queue) {
      queues.set(socket, [])
      run()
    } else if (queue.length < most) {
      queue.push(run)
    } else {
      onFlood(socket)
    }
  }

  function next(socket: Socket): void {
    const run = queues.get(socket)?.shift()
    if (run) run()
    else queues.delete(socket)
  }
}
