import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access } from '../access/access.ts'
import { labelOf, type Viewer } from '../access/viewer.ts'
import { ExpectedError } from '../expected-error.ts'
import { sendError } from './answer.ts'
import { type Caller, callerOf } from './caller.ts'
import { credentialOf, ticketOf } from './credential.ts'

/** Who sent a request; null if that was answered, with why nobody is let in. Nothing of a body is read before. */
export async function identify(
  access: Pick<Access, 'identify'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Viewer | null> {
  const credential = credentialOf(request) ?? ticketOf(request)
  try {
    return await access.identify(credential)
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
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
