import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'

export interface Bucket {
  readonly name: string
  /** What the gateway needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Uploads in parts that were neither completed nor aborted. */
  unfinished(): Promise<readonly string[]>
  /** Removes the bucket, or makes it again. */
  drop(): Promise<void>
  restore(): Promise<void>
  close(): Promise<void>
}

/**
 * A bucket of s3rver, an S3 server on the disk that checks signatures. Two things it lacks are made up for in front of
 * it: AbortMultipartUpload, and signatures of the bucket's own address, whose slash at the end it forgets.
 *
 * s3rver goes on with a part whose client has gone, and would make the folder of its upload anew. So an abort waits for
 * such parts, and refuses those that come after it.
 */
export async function startBucket(name = 'outputs'): Promise<Bucket> {
  const directory = mkdtempSync(join(tmpdir(), 'wavespeed-bucket-'))
  const folder = join(directory, name)
  const uploads = join(folder, '._S3rver_uploads')
  const options = { directory, silent: true, vhostBuckets: false }
  const s3 = {
    objects: new S3rver(options),
    bucket: new S3rver({ ...options, allowMismatchedSignatures: true }),
  }
  const answers = { objects: s3.objects.callback(), bucket: s3.bucket.callback() }
  const parts = new Map<string, Promise<void>[]>()
  const aborts = new Map<string, Promise<void>>()
  async function abort(uploadId: string): Promise<void> {
    await Promise.all(parts.get(uploadId) ?? [])
    await rm(join(uploads, uploadId), { recursive: true, force: true })
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const uploadId = searchParams.get('uploadId')
    if (pathname === `/${name}/`) return answers.bucket(request, response)
    if (uploadId === null) return answers.objects(request, response)
    if (request.method === 'DELETE') {
      aborts.set(uploadId, abort(uploadId))
      await aborts.get(uploadId)
      response.writeHead(204).end()
    } else if (aborts.has(uploadId)) {
      response.writeHead(404).end()
    } else {
      const part = answers.objects(request, response)
      parts.set(uploadId, [...(parts.get(uploadId) ?? []), part])
    }
  }
  await mkdir(folder)
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

  return {
    name,
    endpoint,
    credentials,
    env: {
      ARCHIVE_URL: `s3://${name}/some/prefix`,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    async unfinished() {
      await Promise.all(aborts.values()) // A client that is in a hurry does not wait for them.
      return readdir(uploads).catch(() => [])
    },
    drop: () => rm(folder, { recursive: true }),
    async restore() {
      await mkdir(folder)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      for (const { logger } of [s3.objects, s3.bucket]) {
        logger.exceptions.unhandle()
        logger.close()
      }
      rmSync(directory, { recursive: true })
    },
  }
}
