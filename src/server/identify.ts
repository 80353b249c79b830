import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Limiter } from '../access/limiter.ts'
import type { Viewer } from '../access/viewer.ts'
import { ExpectedError } from '../expected-error.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import { refuseRate, sendError } from './answer.ts'
import { credentialOf, ticketOf } from './credential.ts'
import { type Door, TooManyTriesError } from './door.ts'

/**
 * Who sent a request, which is counted; null if that was answered, with why nobody is let in. Nothing of a body is read
 * before.
 */
export async function identify(
  { door, limiter }: { readonly door: Pick<Door, 'identify'>; readonly limiter: Pick<Limiter, 'request'> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Viewer | null> {
  const credential = credentialOf(request) ?? ticketOf(request)
  try {
    const viewer = await door.identify(request, credential)
    await limiter.request(viewer)
    return viewer
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    if (error instanceof RateLimitedError || error instanceof TooManyTriesError) {
      refuseRate(response, error.message, error.retryAfter)
      return null
    }
    const status = statusOf(error)
    if (status === 401) {
      // RFC 6750: a challenge says what was wrong only to who has shown something.
      response.setHeader('www-authenticate', credential === null ? 'Bearer' : 'Bearer error="invalid_token"')
    }
    sendError(response, status, error.code, error.message)
    return null
  }
}

/** The history or the identity provider may be away, or the address has to wait: then nobody tells who asks. */
export function statusOf({ code }: ExpectedError): 401 | 503 {
  return code === 'UNAUTHENTICATED' ? 401 : 503
}
