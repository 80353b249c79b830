import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../log.ts'
import { withoutToken } from './webhook.ts'

export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}

/** A line for each request, once it is over, where the log takes them. */
export function logRequest(
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): void {
  if (!log.isLevelEnabled('debug')) return
  const { method } = request
  const path = withoutToken(pathOf(request))
  const startedAt = performance.now()
  response.once('close', () => {
    const ms = Math.round(performance.now() - startedAt)
    log.debug({ requestId, method, path, status: response.statusCode, ms }, 'request')
  })
}
