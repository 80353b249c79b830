import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../jobs/clock.ts'
import type { PredictionReport, WebhookDelivery } from '../jobs/vendor.ts'
import type { Logger } from '../log.ts'
import type { VendorClient } from './client.ts'
import { VendorError } from './error.ts'
import { readPrediction } from './prediction.ts'
import type { Redactor } from './redact.ts'
import { reportOf } from './report.ts'

export type WebhookVerdict =
  | { readonly kind: 'verified'; readonly report: PredictionReport }
  /** A header is missing or not of its documented form. */
  | { readonly kind: 'malformed' }
  /** Signed too long ago, or in the future. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'forged' }
  /** The secret could not be had from the vendor. */
  | { readonly kind: 'unverifiable' }
  /** Rightly signed, but no prediction as documented. */
  | { readonly kind: 'unreadable' }

export interface WebhookVerifier {
  /** @param token the secret of the job that it came to: what the report says does not hold it */
  verify(delivery: WebhookDelivery, token?: string): Promise<WebhookVerdict>
}

/** How far the timestamp may be from now, in either direction (wavespeed.ai/docs/verify-webhooks). */
const toleranceMs = 300_000 // 300 seconds

/** The secret is asked for this often at the most, whoever sends us what. */
const secretPauseMs = 60_000 // 1 minute
/** Where it could not be had, it is asked for again sooner: the vendor's tries of one callback span seconds. */
const failurePauseMs = 1_000 // 1 second

/** The forms of the headers; the id is the only one whose form is our own bound. */
const idForm = /^[\x21-\x7e]{1,200}$/
const timestampForm = /^\d{1,12}$/
const signatureForm = /^v3,([0-9a-f]{64})$/

/**
 * Verifies callbacks as the vendor documents it: HMAC-SHA256 over `{id}.{timestamp}.{raw body}` with the account's
 * secret. The secret is fetched when the first callback comes, and again when one does not verify, since it may have
 * been changed.
 */
export function createWebhookVerifier(options: {
  readonly client: Pick<VendorClient, 'webhookSecret'>
  readonly redactor: Redactor
  readonly clock: Pick<Clock, 'now'>
  /** By which the vendor signs. */
  readonly vendorTime?: Pick<Clock, 'now'>
  readonly log: Logger
}): WebhookVerifier {
  const { client, redactor, clock, vendorTime = clock, log } = options
  let secret: string | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let pauseMs = 0
  let asking: Promise<void> | null = null

  /** Asks for the secret, once for all that wait, unless it was asked for just before. */
  async function refresh(): Promise<void> {
    if (asking === null && clock.now() - askedAt >= pauseMs) {
      askedAt = clock.now()
      asking = ask().finally(() => {
        asking = null
      })
    }
    await asking
  }

  async function ask(): Promise<void> {
    try {
      secret = await client.webhookSecret()
      pauseMs = secretPauseMs
    } catch (error) {
      if (!(error instanceof VendorError)) throw error
      if (pauseMs !== failurePauseMs)
        log.warn({ err: error }, 'the secret of webhooks cannot be had: callbacks are not accepted')
      pauseMs = failurePauseMs
    }
  }

  return {
    async verify({ id = '', timestamp = '', signature = '', body }, token) {
      const [, hex] = signatureForm.exec(signature) ?? []
      if (hex === undefined || !idForm.test(id) || !timestampForm.test(timestamp))
        return { kind: 'malformed' }
      if (Math.abs(vendorTime.now() - Number(timestamp) * 1_000) > toleranceMs) return { kind: 'stale' }

      const isSigned = () =>
        secret !== null && timingSafeEqual(signature256(secret, id, timestamp, body), Buffer.from(hex, 'hex'))
      if (!isSigned()) {
        await refresh()
        if (secret === null) return { kind: 'unverifiable' }
        if (!isSigned()) return { kind: 'forged' }
      }
      const prediction = readPrediction(parse(body))
      if (prediction === null) return { kind: 'unreadable' }
      const { input: _, ...read } = prediction
      return { kind: 'verified', report: reportOf(redactor.value(read, token), clock.now()) }
    },
  }
}

/** The key is the secret without its prefix, as plain ASCII: it may be valid base64, and is not decoded. */
function signature256(secret: string, id: string, timestamp: string, body: Buffer): Buffer {
  const hmac = createHmac('sha256', secret.replace(/^whsec_/, ''))
  return hmac.update(`${id}.${timestamp}.`).update(body).digest()
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
