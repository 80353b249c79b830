import { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import { createInternet, RefusedAddress } from '../internet.ts'
import type { ProxySettings } from '../proxy.ts'
import { UploadError } from '../uploads/error.ts'
import type { UploadVendor } from '../uploads/receive.ts'
import { parseUrl } from '../url.ts'
import type { VendorClient } from './client.ts'
import { networkFault, VendorError } from './error.ts'
import type { Redactor } from './redact.ts'

export interface VendorUploadOptions {
  readonly client: Pick<VendorClient, 'uploadTicket' | 'uploadForm'>
  readonly redactor: Pick<Redactor, 'text'>
  /** Hosts that may be on this machine or in its network. */
  readonly mayBePrivate: (host: string) => boolean
  readonly proxy?: ProxySettings | undefined
}

type File = Parameters<UploadVendor['send']>[0]

const connectTimeoutMs = 10_000 // 10 seconds
/** Longer than the limits that uploads have of their own. */
const answerTimeoutMs = 180_000 // 3 minutes
/** Uploads are found by their addresses, and no index of PostgreSQL takes much longer ones. */
const longestAddress = 2_000
/** As much of an answer as is read. */
const largestAnswer = 100_000

/**
 * Brings files to the vendor: by a ticket, as its clients do, or by the documented form where it knows no tickets. The bytes
 * pass as they come, so a slow vendor slows the sender down.
 */
export function createVendorUploads(options: VendorUploadOptions): UploadVendor & { close(): Promise<void> } {
  const { client, redactor, mayBePrivate, proxy } = options
  const idleTimeoutMs = answerTimeoutMs
  const internet = createInternet({ connectTimeoutMs, idleTimeoutMs, mayBePrivate, proxy })

  async function ticketFor({ filename, bytes, contentType }: File) {
    try {
      return await client.uploadTicket({ filename, size: bytes, content_type: contentType })
    } catch (error) {
      if (error instanceof VendorError && [404, 405].includes(error.status ?? 0)) return null
      throw error
    }
  }

  async function send(url: URL, how: Sending, signal: AbortSignal): Promise<Response> {
    const body = Readable.from(how.body, { objectMode: false, highWaterMark: 64 * 1024 })
    try {
      const { method, headers } = how
      const answer = await request(url, {
        dispatcher: internet.dispatcher,
        method,
        headers,
        body,
        signal,
        // A connection that the other side closes just now would break the one try that there is.
        reset: true,
      })
      return new Response(await textOf(answer), { status: answer.statusCode })
    } finally {
      body.destroy()
    }
  }

  async function byTicket(
    ticket: NonNullable<Awaited<ReturnType<typeof ticketFor>>>,
    file: File,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const { method = 'PUT', url, headers } = ticket.upload
    if (method !== 'PUT' && method !== 'POST')
      throw refusal(0, `The vendor's ticket asks for ${method.slice(0, 20)}.`)
    // Exactly these, and no key: the address carries its own permission.
    const sent = { ...headers, 'content-length': String(file.bytes) }
    const { status } = await send(internet.check(url), { method, headers: sent, body }, signal)
    if (status < 200 || status > 299) throw refusal(status, `The vendor's storage answered HTTP ${status}.`)
  }

  async function byForm(file: File, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
    const { headers, around } = formOf(file)
    const { download_url } = await client.uploadForm((made) => {
      const given = { ...Object.fromEntries(made.headers), ...headers }
      return send(new URL(made.url), { method: 'POST', headers: given, body: around(body) }, signal)
    })
    return download_url
  }

  return {
    async send(file, body, signal) {
      // Whatever fails in the body is told as it came, not as what it did to the connection.
      const watched = watch(body)
      try {
        const ticket = await ticketFor(file)
        if (ticket === null) return { url: addressOf(await byForm(file, watched.body, signal)) }
        const url = addressOf(ticket.download_url)
        await byTicket(ticket, file, watched.body, signal)
        return { url }
      } catch (error) {
        if (watched.failure() !== null) throw watched.failure()
        if (error instanceof UploadError) throw error
        throw failure(error, redactor)
      }
    },
    close: () => internet.dispatcher.destroy(),
  }
}

interface Sending {
  readonly method: Dispatcher.HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/** The address of a file in its normal form, as jobs have it. */
function addressOf(text: string): string {
  const url = parseUrl(text)
  if (url && /^https?:$/.test(url.protocol) && url.href.length <= longestAddress) return url.href
  throw refusal(0, "The vendor's answer names no address of the file that can be kept.")
}

function watch(source: AsyncIterable<Uint8Array>) {
  let failure: unknown = null
  async function* pass(): AsyncGenerator<Uint8Array> {
    let taken = false
    try {
      for await (const piece of source) {
        taken = true // What is thrown in here now is the reader's.
        yield piece
        taken = false
      }
    } catch (error) {
      if (!taken) failure = error
      throw error
    }
  }
  return { body: pass(), failure: () => failure }
}

async function textOf({ body }: Dispatcher.ResponseData): Promise<string> {
  let text = ''
  for await (const piece of body.setEncoding('utf8')) {
    text += piece
    if (text.length > largestAnswer) break
  }
  return text
}

/** The form of one file, whose length is known before it is sent. */
function formOf({ filename, contentType, bytes }: File) {
  const boundary = `----wavespeed-graphql-${crypto.randomUUID()}`
  // As browsers write it (HTML, "multipart/form-data encoding algorithm").
  const name = filename.replace(/["\r\n]/g, encodeURIComponent)
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${contentType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + bytes + tail.length),
    },
    async *around(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      yield head
      yield* body
      yield tail
    },
  }
}

const seconds = (ms: number | null) => (ms === null ? null : Math.max(1, Math.ceil(ms / 1_000)))

/** What an answer other than a success means for whoever sent the file. */
function refusal(status: number, message: string, retryAfter: number | null = null): UploadError {
  if (status === 413) return new UploadError('UPLOAD_TOO_LARGE', message)
  if ([400, 415, 422].includes(status)) return new UploadError('UPLOAD_REFUSED', message)
  return new UploadError('VENDOR_UNAVAILABLE', message, retryAfter)
}

function failure(error: unknown, redactor: Pick<Redactor, 'text'>): UploadError {
  if (error instanceof VendorError) {
    const status =
      error.fault === 'status' || error.fault === 'envelope' ? (error.code ?? error.status ?? 0) : 0
    return refusal(error.isVendors ? status : 0, redactor.text(error.message), seconds(error.retryAfterMs))
  }
  const words =
    error instanceof RefusedAddress
      ? `the place for the file is refused: ${error.message}`
      : networkFault(error).words
  return new UploadError('VENDOR_UNAVAILABLE', redactor.text(`The vendor did not take the file: ${words}`))
}
