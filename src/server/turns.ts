import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface TurnsOptions {
  /** How many requests may wait behind the one that runs. */
  readonly most: number
  /** Told when one more comes. */
  readonly onFlood: (socket: Socket) => void
}

export interface Turns {
  /** Runs a request when the answers to those before it have left. */
  take(request: IncomingMessage, response: ServerResponse, run: () => void): void
  /** The same for what ends the sequence of requests: an upgrade. */
  takeOver(socket: Socket, run: () => void): void
}

/**
 * Runs the requests of a connection one after the other, as their answers have to leave. A client may send the next
 * request before it has read an answer; if all of them ran at once, their answers would have to be kept.
 */
export function createTurns({ most, onFlood }: TurnsOptions): Turns {
  const queues = new WeakMap<Socket, (() => void)[]>()

  function wait(socket: Socket, queue: (() => void)[], run: () => void): void {
    if (queue.length < most) queue.push(run)
    else onFlood(socket)
  }

  function next(socket: Socket): void {
    const run = queues.get(socket)?.shift()
    if (run) run()
    else queues.delete(socket)
  }

  return {
    take({ socket }, response, run) {
      response.once('close', () => {
        if (!socket.destroyed) next(socket)
      })
      const queue = queues.get(socket)
      if (queue) return wait(socket, queue, run)
      queues.set(socket, [])
      run()
    },
    takeOver(socket, run) {
      const queue = queues.get(socket)
      if (!queue) return run()
      wait(socket, queue, () => {
        queues.delete(socket)
        run()
      })
    },
  }
}
