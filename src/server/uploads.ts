import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../access/viewer.ts'
import { ExpectedError } from '../expected-error.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import { UploadError, type UploadFault } from '../uploads/error.ts'
import type { IncomingUpload, Received } from '../uploads/upload.ts'
import { refuseEncoding, refuseRate, sendError, sendJson } from './answer.ts'

/** Where files are sent to. */
export const uploadsPath = '/uploads'

/** Who takes files. */
export interface UploadReceiver {
  /** @throws ExpectedError; then nothing of the file is kept */
  receive(viewer: Viewer, address: string | null, file: IncomingUpload): Promise<Received>
}

/** How each fault is answered. */
export const statuses: Readonly<Record<UploadFault, number>> = {
  BAD_UPLOAD: 400,
  LENGTH_REQUIRED: 411,
  UPLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  CONTENT_MISMATCH: 400,
  UPLOAD_TOO_SLOW: 408,
  UPLOAD_INTERRUPTED: 400,
  UPLOAD_REFUSED: 422,
  TOO_MANY_UPLOADS: 429,
  VENDOR_UNAVAILABLE: 502,
}

/** Takes the file that is the body of a request. */
export async function serveUpload(
  request: IncomingMessage,
  response: ServerResponse,
  { viewer, address, receiver }: { viewer: Viewer; address: string | null; receiver: UploadReceiver },
): Promise<void> {
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Files are sent by POST.')
  }
  if (!viewer.scopes.has('uploads:write')) {
    return sendError(response, 403, 'FORBIDDEN', 'Uploads need the scope uploads:write.')
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') return refuseEncoding(response)
  const gone = new AbortController()
  const leave = () => gone.abort()
  response.once('close', leave)
  try {
    const file = { ...announced(request), open: () => bytesOf(request, response), signal: gone.signal }
    const { upload, reused } = await receiver.receive(viewer, address, file)
    const { bytes: size, hash: sha256, expiresAt, ...rest } = upload
    const { id, url, filename, contentType } = rest
    const until = new Date(expiresAt).toISOString()
    const answer = { id, url, filename, contentType, size, sha256, expiresAt: until, reused }
    sendJson(response, reused ? 200 : 201, answer)
  } catch (error) {
    refuse(response, error)
  } finally {
    response.off('close', leave)
  }
}

/** The bytes of a body; whoever waits for permission to send them gets it now. */
function bytesOf(request: IncomingMessage, response: ServerResponse): AsyncIterator<Uint8Array> {
  if (request.headers.expect !== undefined) response.writeContinue()
  // A request that is destroyed could not be answered any more.
  return request.iterator({ destroyOnReturn: false })
}

function announced({ headers }: IncomingMessage): Omit<IncomingUpload, 'open' | 'signal'> {
  const length = headers['content-length']
  return {
    bytes: length === undefined ? null : Number(length), // Node lets nothing else through than digits.
    contentType: headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '',
    filename: filenameOf(headers['x-file-name']),
    hash: hashOf(headers['x-content-sha256']),
  }
}

/** What file systems and storages bear. */
const longestName = 255

function filenameOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  const name = decoded(String(header))
    // Some send a path.
    ?.replace(/^.*[\\/]/s, '')
    .trim()
  const isFit = name && name !== '.' && name !== '..' && name.length <= longestName
  if (isFit && !/\p{Control}/u.test(name)) return name
  const message = `X-File-Name has to be a name of up to ${longestName} characters, percent-encoded (encodeURIComponent).`
  throw new UploadError('BAD_UPLOAD', message)
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function hashOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  const hash = String(header).toLowerCase()
  if (/^[0-9a-f]{64}$/.test(hash)) return hash
  throw new UploadError(
    'BAD_UPLOAD',
    'X-Content-SHA256 has to be the SHA-256 of the bytes, in 64 hex digits.',
  )
}

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof ExpectedError)) throw error
  if (error instanceof RateLimitedError) {
    refuseRate(response, error.message, error.retryAfter)
    return
  }
  if (!(error instanceof UploadError)) return void sendError(response, 503, error.code, error.message)
  const { code, message, retryAfter } = error
  if (retryAfter !== null) response.setHeader('retry-after', retryAfter)
  sendError(response, statuses[code], code, message, retryAfter === null ? {} : { retryAfter })
}
