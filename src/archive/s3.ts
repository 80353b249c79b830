import { addAbortSignal, Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Archive } from './archive.ts'
import { isOwnerId, typeOfKey } from './media.ts'

export interface S3Options {
  readonly bucket: string
  /** Before every key, without slashes at its ends; empty for none. */
  readonly prefix: string
  /** By default the SDK asks the profile of the machine. */
  readonly region?: string
  /** Of a store that is not Amazon's, such as MinIO. */
  readonly endpoint?: string
  /** By default the SDK's chain: a profile, a container's or a machine's role. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/** The smallest that S3 allows; its 10,000 parts make 50 GB. A copy holds two at a time in memory. */
const partSize = 5 * 1024 * 1024 // 5 MiB
const partsAtOnce = 2

/** Players ask again for each range, and may stay with the address they were sent to. */
const urlLifeSeconds = 3_600 // 1 hour

const checkLimitMs = 3_000 // 3 seconds

/** For removing the parts of an upload that was broken off; the lifecycle rule of the bucket removes what stays. */
const abortLimitMs = 2_000 // 2 seconds

/** An archive in a bucket of Amazon S3, or of a store that speaks its protocol. */
export function createS3Archive(options: S3Options): Archive {
  const { bucket: Bucket, prefix, region, endpoint, credentials } = options
  const client = new S3Client({
    ...(region ? { region } : endpoint && { region: 'us-east-1' }), // Other stores have none; signatures need one.
    ...(endpoint && { endpoint, forcePathStyle: true }), // A bucket is no subdomain of localhost.
    ...(credentials && { credentials }),
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 }, // 10 seconds, and a minute of silence
    // Other stores do not know the newer checksums; every part is signed with its hash anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  let closed = false
  // Inside the SDK's own retries, which would go on over a closed client otherwise.
  client.middlewareStack.add(
    (next) => (args) => {
      if (closed) throw new Error('The archive is closed.')
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'refuseWhenClosed' },
  )
  const nameOf = (key: string) => (prefix === '' ? key : `${prefix}/${key}`)

  /** The client for one upload: `Upload.abort()` leaves requests that are under way to finish, and the file to come. */
  function abortable(signal: AbortSignal): S3Client {
    const send = (command: Parameters<S3Client['send']>[0]) => {
      const ends = command instanceof AbortMultipartUploadCommand
      return client.send(command, { abortSignal: ends ? AbortSignal.timeout(abortLimitMs) : signal })
    }
    return Object.assign(Object.create(client) as S3Client, { send })
  }

  return {
    async put(key, { contentType, body }, signal) {
      if (typeOfKey(key) === null) throw new Error(`not a key: ${key}`)
      const stream = addAbortSignal(signal, Readable.from(body, { objectMode: false }))
      const params = {
        Bucket,
        Key: nameOf(key),
        Body: stream,
        ContentType: contentType,
        ContentDisposition: 'inline',
      }
      try {
        await new Upload({ client: abortable(signal), params, partSize, queueSize: partsAtOnce }).done()
      } finally {
        stream.destroy()
      }
    },

    async remove(jobId, abortSignal) {
      if (!isOwnerId(jobId)) throw new Error(`no id of a job or an upload: ${jobId}`)
      const query = { Bucket, Prefix: nameOf(`${jobId}/`) }
      const pages = paginateListObjectsV2({ client }, query, { abortSignal })
      for await (const { Contents = [] } of pages) {
        // One by one: not every store that speaks S3 takes a list.
        for (const { Key } of Contents) {
          await client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal })
        }
      }
    },

    async read(key, { start, end }, abortSignal) {
      if (typeOfKey(key) === null) throw new Error(`not a key: ${key}`)
      const command = new GetObjectCommand({ Bucket, Key: nameOf(key), Range: `bytes=${start}-${end - 1}` })
      const { Body, ContentLength = 0 } = await client.send(command, { abortSignal })
      // A store that knows no ranges would send the whole file.
      if (Body instanceof Readable && ContentLength > end - start) {
        Body.destroy()
        throw new Error('The store does not answer with a range.')
      }
      return Body?.transformToByteArray() ?? new Uint8Array()
    },

    async locate(key, method) {
      if (typeOfKey(key) === null) return null
      const target = { Bucket, Key: nameOf(key) }
      const command = method === 'GET' ? new GetObjectCommand(target) : new HeadObjectCommand(target)
      return { kind: 'redirect', url: await getSignedUrl(client, command, { expiresIn: urlLifeSeconds }) }
    },

    async check() {
      await client.send(new HeadBucketCommand({ Bucket }), { abortSignal: AbortSignal.timeout(checkLimitMs) })
    },

    async recover() {
      await this.check()
    },

    close() {
      closed = true
      client.destroy()
    },
  }
}
