import { createHash } from 'node:crypto'
import type { Clock } from '../jobs/clock.ts'
import { createUploadId, type RandomBytes } from '../jobs/id.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { Logger } from '../log.ts'
import { type ArchiveCopy, type CopyOptions, createArchiveCopy } from './copy.ts'
import { UploadError } from './error.ts'
import { contentTypes, formatOf, mediaOf, telling } from './media.ts'
import { createPace, type Pace, type Side } from './pace.ts'
import type { IncomingUpload, Received, TenantUploads, Upload, UploadStore } from './upload.ts'

/** Files that are sent through the gateway: straight on to the vendor, and never whole in memory or on the disk. */
export interface Uploads {
  /**
   * Takes a file.
   *
   * @throws UploadError, RateLimitedError, HistoryUnavailableError; then nothing of it is kept
   */
  receive(asking: UploadAsking, file: IncomingUpload): Promise<Received>
}

export interface UploadAsking {
  readonly tenant: TenantId
  /** The most that the tenant may send in a day; null for no limit. */
  readonly perDay: number | null
}

/** Where files go. */
export interface UploadVendor {
  /**
   * Sends a file, and answers where the vendor has it. A failure of `body` is thrown as it came; the vendor then has nothing.
   *
   * @throws UploadError
   */
  send(
    file: Pick<Upload, 'filename' | 'contentType' | 'bytes'>,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ readonly url: string }>
}

export interface UploadsOptions {
  readonly store: UploadStore
  readonly vendor: UploadVendor
  /** Null where outputs are not kept. */
  readonly archive: (CopyOptions['archive'] & { readonly maxBytes: number }) | null
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly random: RandomBytes
  readonly log: Logger
  /** The largest file that is taken. */
  readonly maxBytes: number
  /** How long the vendor keeps a file. */
  readonly retentionMs: number
}

/** A file is not sent again while the vendor keeps it for so long: a job with it may have to wait for its turn. */
const stillGoodMs = 24 * 3_600_000 // 1 day
const idleMs = 30_000 // 30 seconds
/** Systems hold some MB on their way, which a slow vendor has still to read when the last byte has left here. */
const answerMs = 120_000 // 2 minutes
const windowMs = 60_000 // 1 minute
/** In a window: 50 KB a second. */
const leastBytes = 3_000_000
/** On their way at once: each holds a few hundred KB. */
const atOnce = 64
const atOnceOfTenant = 8
const retrySeconds = 10

export function createUploads(options: UploadsOptions): Uploads {
  const { store, clock, random, maxBytes } = options
  const underWay = new Map<TenantId, number>()
  let all = 0

  /** Takes a place, and answers how to give it back. */
  function enter(tenant: TenantId): () => void {
    const own = underWay.get(tenant) ?? 0
    if (own >= atOnceOfTenant || all >= atOnce) {
      const [most, whose] = own >= atOnceOfTenant ? [atOnceOfTenant, 'of your tenant '] : [atOnce, '']
      const message = `${most} uploads ${whose}are on their way: try again in ${retrySeconds} seconds.`
      throw new UploadError('TOO_MANY_UPLOADS', message, retrySeconds)
    }
    underWay.set(tenant, own + 1)
    all += 1
    return () => {
      const rest = (underWay.get(tenant) ?? 1) - 1
      if (rest > 0) underWay.set(tenant, rest)
      else underWay.delete(tenant)
      all -= 1
    }
  }

  return {
    async receive({ tenant, perDay }, file) {
      const bytes = lengthOf(file, maxBytes)
      refuseType(file)
      const uploads = store.for(tenant)
      const known = file.hash && (await uploads.withHash(file.hash, clock.now() + stillGoodMs))
      if (known && known.bytes === bytes) return { upload: known, reused: true }
      const leave = enter(tenant)
      try {
        if (perDay !== null) await uploads.count(perDay, clock.now())
        const id = createUploadId(clock.now(), random)
        return { upload: await transfer(options, uploads, { ...file, id, tenant, bytes }), reused: false }
      } finally {
        leave()
      }
    },
  }
}

function lengthOf({ bytes }: IncomingUpload, maxBytes: number): number {
  if (bytes === null) {
    throw new UploadError('LENGTH_REQUIRED', 'Say how many bytes come, in a Content-Length header.')
  }
  if (bytes > maxBytes) {
    const limit = `${maxBytes / 1_000_000} MB`
    throw new UploadError(
      'UPLOAD_TOO_LARGE',
      `The file has ${bytes} bytes; the gateway takes up to ${limit}.`,
    )
  }
  if (bytes === 0) throw new UploadError('UNSUPPORTED_MEDIA', 'The file is empty.')
  return bytes
}

function refuseType({ contentType }: IncomingUpload): void {
  if (contentTypes.includes(contentType)) return
  const given =
    contentType === '' ? 'There is no Content-Type' : `The Content-Type is ${contentType.slice(0, 80)}`
  throw new UploadError('UNSUPPORTED_MEDIA', `${given}; it has to be one of ${contentTypes.join(', ')}.`)
}

type Announced = IncomingUpload & { readonly id: string; readonly tenant: TenantId; readonly bytes: number }

/** Brings a file from its sender to the vendor, and to the archive; whatever fails on the way, none of them keeps it. */
async function transfer(
  options: UploadsOptions,
  uploads: Pick<TenantUploads, 'add'>,
  file: Announced,
): Promise<Upload> {
  const { vendor, archive, clock, retentionMs } = options
  const broken = new AbortController()
  const leave = () => broken.abort(new UploadError('UPLOAD_INTERRUPTED', 'The sender left before the end.'))
  file.signal.addEventListener('abort', leave, { once: true })
  if (file.signal.aborted) leave()
  const pace = createPace({
    clock,
    idleMs,
    answerMs,
    windowMs,
    leastBytes,
    onSlow: (side, idle) => broken.abort(slowness(side, idle)),
  })
  const source = readFrom(file, pace, broken.signal)
  let copy: ArchiveCopy | null = null
  try {
    const first = await source.first()
    const format = await formatOf(first)
    if (format === null || mediaOf(format.contentType) !== mediaOf(file.contentType))
      throw notOfThatKind(file, format)
    const { contentType } = format
    const filename = file.filename ?? `upload.${format.extension}`
    if (archive && file.bytes <= archive.maxBytes) {
      copy = createArchiveCopy({ ...options, archive }, { id: file.id, contentType })
    }
    const sent = { filename, contentType, bytes: file.bytes }
    const { url } = await vendor.send(sent, source.all(first, copy), broken.signal)
    const now = clock.now()
    const upload: Upload = {
      ...sent,
      id: file.id,
      tenant: file.tenant,
      url,
      hash: source.hash(),
      createdAt: now,
      expiresAt: now + retentionMs,
      kept: (await copy?.end()) ?? null,
    }
    await uploads.add(upload)
    return upload
  } catch (error) {
    await copy?.abort()
    throw broken.signal.aborted ? broken.signal.reason : error
  } finally {
    pace.end()
    file.signal.removeEventListener('abort', leave)
  }
}

function slowness(side: Side, idle: boolean): UploadError {
  if (side === 'answer')
    return new UploadError(
      'VENDOR_UNAVAILABLE',
      'The vendor has not said that it has the file: send it again later.',
    )
  const much = idle
    ? `nothing for ${idleMs / 1_000} seconds`
    : `less than ${leastBytes / windowMs} KB a second`
  return side === 'sender'
    ? new UploadError('UPLOAD_TOO_SLOW', `There came ${much}: the upload was ended.`)
    : new UploadError('VENDOR_UNAVAILABLE', `The vendor took ${much}: send the file again later.`)
}

function notOfThatKind(
  { contentType }: IncomingUpload,
  found: { readonly contentType: string } | null,
): UploadError {
  const is = found === null ? 'no video or image that the models take' : found.contentType
  return new UploadError(
    'UNSUPPORTED_MEDIA',
    `The file is sent as ${contentType}, and by its first bytes is ${is}.`,
  )
}

/** The bytes of a file, counted and hashed as they pass. */
function readFrom(file: Announced, pace: Pace, signal: AbortSignal) {
  const hash = createHash('sha256')
  let digest = ''
  let source: AsyncIterator<Uint8Array> | null = null
  /** Whoever waits for the sender. A race with a promise that lasts would keep every piece for as long. */
  let interrupt: ((reason: unknown) => void) | null = null
  signal.addEventListener('abort', () => interrupt?.(signal.reason), { once: true })

  function next(from: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      interrupt = reject
      if (signal.aborted) reject(signal.reason)
      from.next().then(resolve, reject)
    })
  }

  /** The next bytes; null at the end. */
  async function read(): Promise<Uint8Array | null> {
    source ??= file.open()
    pace.waitFor('sender')
    try {
      const { done, value } = await next(source)
      if (done) return null
      pace.moved(value.length)
      return value
    } catch (error) {
      throw signal.aborted ? error : new UploadError('UPLOAD_INTERRUPTED', 'The sender left before the end.')
    } finally {
      pace.waitFor('vendor')
    }
  }

  function finish(): void {
    digest = hash.digest('hex')
    if (file.hash === null || file.hash === digest) return
    throw new UploadError('CONTENT_MISMATCH', `The bytes have the SHA-256 ${digest}, and not ${file.hash}.`)
  }

  return {
    /** As many bytes as tell what the file is. */
    async first(): Promise<Buffer> {
      const pieces: Uint8Array[] = []
      for (let bytes = 0; bytes < telling && bytes < file.bytes; ) {
        const piece = await read()
        if (piece === null) break
        bytes += piece.length
        pieces.push(piece)
      }
      return Buffer.concat(pieces)
    },
    /** All bytes. The last are held back until the hash is known: what is not what it should be never becomes whole. */
    async *all(first: Uint8Array, copy: ArchiveCopy | null): AsyncGenerator<Uint8Array> {
      let bytes = 0
      for (
        let piece: Uint8Array | null = first;
        piece !== null;
        piece = bytes < file.bytes ? await read() : null
      ) {
        bytes += piece.length
        hash.update(piece)
        if (bytes >= file.bytes) finish()
        await copy?.write(piece)
        pace.waitFor('vendor')
        yield piece
        pace.moved(piece.length)
      }
      pace.waitFor('answer')
      if (bytes !== file.bytes) throw new UploadError('UPLOAD_INTERRUPTED', 'The sender left before the end.')
    },
    hash: () => digest,
  }
}
