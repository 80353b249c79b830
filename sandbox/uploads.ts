import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import { createValidator } from '../src/generated/validators.ts'
import { envelope, file, type Reply, refusal } from './http.ts'
import type { Keep } from './keep.ts'
import type { Timers } from './options.ts'
import { retentionMs } from './tasks.ts'
import { explain } from './validation.ts'

/** Bytes of one upload, and how many of these are kept. The vendor's own limit lies between 100 and 300 MB. */
export const defaultLargestUpload = 100 * 1024 * 1024
const kept = 5
const ticketMs = 15 * 60 * 1_000

/** The uploaded files, in memory and where they are kept, and the two ways they come in. */
export interface Uploads {
  ticket(body: unknown): Reply
  /** The bytes for a ticket, at the address that it named. */
  put(id: string, headers: Headers, bytes: Buffer): Reply
  /** The multipart form. */
  direct(contentType: string, body: Buffer): Promise<Reply>
  serve(id: string, range: string | undefined): Reply
  clear(): void
}

interface Headers {
  readonly [name: string]: string | readonly string[] | undefined
}

interface Ticket {
  filename: string
  type: string
  size: number
  expiresAt: number
}

interface Stored {
  type: string
  bytes: Buffer
  at: number
}

/** Media types by file ending: the formats that the vendor lists. */
const types: { readonly [ending: string]: string } = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.bmp': 'image/bmp',
  '.tiff': 'image/tiff',
  '.mp4': 'video/mp4',
  '.avi': 'video/x-msvideo',
  '.mov': 'video/quicktime',
  '.wmv': 'video/x-ms-wmv',
  '.flv': 'video/x-flv',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.3gp': 'video/3gpp',
  '.ogv': 'video/ogg',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.ogg': 'audio/ogg',
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.m4a': 'audio/mp4',
  '.opus': 'audio/opus',
}

const octets = 'application/octet-stream'

export function createUploads(deps: {
  clock: Pick<Timers, 'now'>
  baseUrl: () => string
  keep: Pick<Keep, 'uploads' | 'uploaded'>
  largestUpload: number
}): Uploads {
  const { clock, baseUrl, keep, largestUpload } = deps
  const largestTotal = kept * largestUpload
  const isTicketRequest = createValidator('UploadTicketRequest')
  const tickets = new Map<string, Ticket>()
  const stored = new Map<string, Stored>(keep.uploads.map(({ id, ...upload }) => [id, upload]))

  const store = (id: string, upload: Stored) => {
    keep.uploaded({ id, ...upload })
    stored.set(id, upload)
  }

  const prune = () => {
    const now = clock.now()
    for (const [id, { at }] of stored) if (now - at >= retentionMs) stored.delete(id)
    for (const [id, { expiresAt }] of tickets) if (expiresAt <= now) tickets.delete(id)
  }

  const tooLarge = (size: number) => {
    prune()
    if (size > largestUpload) return refusal(413, `a file may have at most ${largestUpload} bytes`)
    const total = [...stored.values()].reduce((sum, { bytes }) => sum + bytes.length, size)
    if (total > largestTotal)
      return refusal(413, `the sandbox keeps at most ${largestTotal} bytes of uploads`)
    return undefined
  }

  const describe = (id: string, filename: string, type: string, size: number) => ({
    type: type.split('/')[0],
    download_url: `${baseUrl()}/uploads/${id}/${encodeURIComponent(filename)}`,
    filename,
    size,
  })

  return {
    ticket(body) {
      if (!isTicketRequest(body)) return refusal(400, explain(isTicketRequest.errors))
      const type = mediaType(body.filename, body.content_type)
      const refused = tooLarge(body.size)
      if (refused) return refused
      const id = randomUUID().replaceAll('-', '')
      const expiresAt = clock.now() + ticketMs
      tickets.set(id, { filename: body.filename, type, size: body.size, expiresAt })
      const upload = {
        method: 'PUT',
        url: `${baseUrl()}/uploads/${id}`,
        headers: { 'Content-Type': type, 'If-None-Match': '*' },
        expires_at: new Date(expiresAt).toISOString(),
      }
      return envelope({ ...describe(id, body.filename, type, body.size), upload })
    },
    put(id, headers, bytes) {
      prune()
      const ticket = tickets.get(id)
      if (!ticket) return refusal(403, 'this address is unknown or has expired')
      if (stored.has(id)) return refusal(412, 'the file is already there')
      const { authorization, 'content-type': type, 'if-none-match': noneMatch } = headers
      // A storage address carries its own permission, and refuses a second one.
      if (authorization !== undefined) return refusal(400, 'send the bytes without the API key')
      if (type !== ticket.type || noneMatch !== '*') {
        return refusal(403, 'send exactly the headers that the ticket names')
      }
      if (bytes.length !== ticket.size) {
        return refusal(400, `the ticket is for ${ticket.size} bytes, not ${bytes.length}`)
      }
      const refused = tooLarge(bytes.length)
      if (refused) return refused
      store(id, { type, bytes, at: clock.now() })
      return { status: 200, body: '' }
    },
    async direct(contentType, body) {
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
        .formData()
        .catch(() => undefined)
      const part = form?.get('file')
      if (!part || typeof part === 'string')
        return refusal(400, 'file is required, as one field of a multipart form')
      const type = mediaType(part.name, part.type)
      const refused = tooLarge(part.size)
      if (refused) return refused
      const id = randomUUID().replaceAll('-', '')
      store(id, { type, bytes: Buffer.from(await part.arrayBuffer()), at: clock.now() })
      return envelope(describe(id, part.name, type, part.size))
    },
    serve(id, range) {
      prune()
      const found = stored.get(id)
      return found ? file(found.bytes, found.type, range) : refusal(404, 'there is no such upload')
    },
    clear() {
      stored.clear()
      tickets.clear()
    },
  }
}

/** Any kind is taken: clients bring archives and subtitles too, and streams of which nobody knows what they are. */
function mediaType(filename: string, given: string | undefined): string {
  if (given && given !== octets) return given
  return types[extname(filename).toLowerCase()] ?? octets
}
