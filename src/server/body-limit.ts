import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../jobs/clock.ts'
import { sendError } from './answer.ts'

/** Ends a request whose body is not there in time: with an answer, where it has none yet. */
export function limitBody(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, ms }: { readonly clock: Pick<Clock, 'after'>; readonly ms: number },
): void {
  const { headers, socket } = request
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (!hasBody || request.complete) return
  const cancel = clock.after(ms, () => {
    if (request.complete) return
    if (response.headersSent) return void socket.destroy()
    response.shouldKeepAlive = false
    sendError(
      response,
      408,
      'REQUEST_TIMEOUT',
      `The body of the request did not come within ${ms / 1_000} seconds.`,
    )
    response.once('finish', () => socket.destroy())
  })
  request.once('end', cancel)
  request.once('close', cancel)
}
