import type { IncomingMessage, ServerResponse } from 'node:http'
import { HistoryUnavailableError, JobUnreadableError } from '../jobs/history-error.ts'
import type { WebhookDelivery } from '../jobs/vendor.ts'
import type { Logger } from '../log.ts'
import { refuseEncoding, sendError, sendJson } from './answer.ts'
import { readBytes, refuseBody } from './body.ts'
import { isEncoded } from './normalize.ts'

/** What the route asks: who is expected, and what becomes of what they bring. */
export interface WebhookReceiver {
  isExpected(jobId: string, token: string): Promise<boolean>
  receive(jobId: string, token: string, delivery: WebhookDelivery): Promise<WebhookVerdict>
}

/** How each verdict is answered. The vendor tries again after anything but 2xx. docs/webhooks.md has the same table. */
export const refusals = {
  malformed: [400, 'WEBHOOK_MALFORMED', 'A header of the webhook is missing or not of its documented form.'],
  unreadable: [400, 'WEBHOOK_UNREADABLE', 'The body is signed, but it is no prediction.'],
  stale: [401, 'WEBHOOK_STALE', 'The timestamp is more than 300 seconds away.'],
  forged: [401, 'WEBHOOK_FORGED', 'The signature does not fit.'],
  otherPrediction: [409, 'WEBHOOK_OTHER_PREDICTION', 'The prediction is not that of this job.'],
  unavailable: [503, 'WEBHOOK_UNAVAILABLE', 'The history cannot be read or written at the moment.'],
  unverifiable: [503, 'WEBHOOK_UNVERIFIABLE', 'The secret cannot be had from the vendor at the moment.'],
} as const satisfies Record<string, readonly [number, string, string]>

type WebhookVerdict = 'recorded' | 'unchanged' | 'unknown' | Exclude<keyof typeof refusals, 'unavailable'>

const prefix = '/webhooks/wavespeed/'

/** Where the vendor calls a job back. The token is a secret: it keeps strangers from being listened to at all. */
export function webhookPath(jobId: string, token: string): string {
  return `${prefix}${jobId}/${token}`
}

export function isWebhookPath(path: string): boolean {
  return path.startsWith(prefix)
}

/** A path as a log may show it: without a token, also where a proxy has written it in its own way. */
export function withoutToken(path: string): string {
  return path.replace(/(wavespeed\/[^/]+)\/.*/, '$1')
}

/** Answers a request to a path of webhooks. Nothing of its body is read before its address has proved right. */
export function createWebhookHandler(receiver: WebhookReceiver, log: Logger) {
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST')
      return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Webhooks are sent with POST.')
    }
    try {
      await take(request, response, path)
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError || error instanceof JobUnreadableError)) throw error
      log.warn({ err: error, path: withoutToken(path) }, 'webhook')
      refuse(response, 'unavailable')
    }
  }

  async function take(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const [jobId = '', token = '', ...rest] = path.slice(prefix.length).split('/')
    const unknown = () => sendError(response, 404, 'NOT_FOUND', 'No job expects a webhook here.')
    if (token === '' || rest.length > 0 || !(await receiver.isExpected(jobId, token))) return unknown()
    if (isEncoded(request)) return refuseEncoding(response)

    const body = await readBytes(request)
    if (body === null) return refuseBody(response)
    const header = (name: string) => request.headers[name]?.toString()
    const verdict = await receiver.receive(jobId, token, {
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
      body,
    })
    log[verdict in refusals ? 'warn' : 'debug']({ jobId, verdict }, 'webhook')
    if (verdict === 'recorded' || verdict === 'unchanged') {
      return sendJson(response, 200, { status: verdict })
    }
    if (verdict === 'unknown') return unknown()
    refuse(response, verdict)
  }
}

function refuse(response: ServerResponse, verdict: keyof typeof refusals): void {
  const [status, code, message] = refusals[verdict]
  sendError(response, status, code, message)
}
