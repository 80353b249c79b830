import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access } from '../access/access.ts'
import type { Limiter } from '../access/limiter.ts'
import { labelOf, type Viewer } from '../access/viewer.ts'
import { ExpectedError } from '../expected-error.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import { refuseRate, sendError } from './answer.ts'
import { type Caller, callerOf } from './caller.ts'
import { credentialOf, ticketOf } from './credential.ts'

/**
 * Who sent a request, which is counted; null if that was answered, with why nobody is let in. Nothing of a body is read
 * before.
 */
export async function identify(
  {
    access,
    limiter,
  }: { readonly access: Pick<Access, 'identify'>; readonly limiter: Pick<Limiter, 'request'> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Viewer | null> {
  const credential = credentialOf(request) ?? ticketOf(request)
  try {
    const viewer = await access.identify(credential)
    await limiter.request(viewer)
    return viewer
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    if (error instanceof RateLimitedError) {
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

/** The history or the identity provider may be away: then nobody can tell who asks. */
export function statusOf({ code }: ExpectedError): 401 | 503 {
  return code === 'UNAUTHENTICATED' ? 401 : 503
}

/** Who sent a request, for the log. */
export function callerFor(request: Pick<IncomingMessage, 'socket' | 'headers'>, viewer: Viewer): Caller {
  return { ...callerOf(request), ...(viewer.kind !== 'local' && { viewer: labelOf(viewer) }) }
}
