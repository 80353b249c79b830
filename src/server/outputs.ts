import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import send from 'send'
import type { Viewer } from '../access/viewer.ts'
import type { Archive } from '../archive/archive.ts'
import { bringsMore, sendError, setHeaders } from './answer.ts'

/** How the file under a key is answered; null if there is no archive, or if it is no key. */
export type LocateOutput = Archive['locate']

/** Who may have an output. */
export interface OutputAccess {
  /** Whether an address was signed for this key, and is still good. */
  readonly isSigned: (key: string, query: URLSearchParams) => boolean
  /** Whether a job is one of the viewer's tenant. */
  readonly isOf: (jobId: string, viewer: Viewer) => Promise<boolean>
}

/** What is under a key never changes, but it can be deleted: a day is long enough to watch a video again. */
const cacheControl = 'private, max-age=86400, immutable'

const headers = {
  'content-disposition': 'inline',
  // A file from outside must do nothing in the gateway's name, even if somebody opens it as a page: no script, no
  // form. Without its origin the browser's own player would not be let to the file.
  'content-security-policy':
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin",
}

/** Serves kept outputs: files by ranges, as players ask for them, or a redirect to where they are. */
export async function serveOutput(
  request: IncomingMessage,
  response: ServerResponse,
  locate: LocateOutput,
  key: string,
): Promise<void> {
  const { method } = request
  // For pages of allowed origins that read ranges by script.
  if (response.hasHeader('access-control-allow-origin')) {
    response.setHeader(
      'access-control-expose-headers',
      'x-request-id, retry-after, accept-ranges, content-range, etag',
    )
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Outputs can only be read.')
  }
  const found = await locate(key, method)
  if (found === null) return notFound(response)
  if (found.kind === 'redirect') {
    response.writeHead(302, { location: found.url, 'cache-control': 'no-store' }).end()
    return
  }
  if (bringsMore(request)) response.shouldKeepAlive = false
  setHeaders(response, { ...headers, 'content-type': found.contentType })
  const file = send(request, encodeURIComponent(basename(found.path)), {
    root: dirname(found.path),
    index: false,
    cacheControl: false,
  })
  file.on('headers', () => response.setHeader('cache-control', cacheControl))
  await new Promise<void>((resolve, reject) => {
    response.once('close', resolve)
    file.on('directory', () => notFound(response))
    file.on('error', (error: Error & { status: number }) => {
      if (error.status === 404) notFound(response)
      else if (error.status === 416) {
        refuse(response, 416, 'RANGE_NOT_SATISFIABLE', 'The file is shorter than that.')
      } else if (error.status === 412) {
        refuse(response, 412, 'PRECONDITION_FAILED', 'The file is another one.')
      } else reject(error)
    })
    file.pipe(response)
  })
}

function notFound(response: ServerResponse): void {
  refuse(response, 404, 'NOT_FOUND', 'There is no such output: it was deleted, or never kept.')
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  for (const name of ['content-disposition', 'etag', 'last-modified']) response.removeHeader(name)
  response.setHeader('cache-control', 'no-store')
  sendError(response, status, code, message)
}
