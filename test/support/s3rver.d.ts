declare module '@20minutes/s3rver' {
  import type { RequestListener } from 'node:http'

  /** The part of s3rver that tests use; it brings no types. */
  export default class S3rver {
    constructor(options: {
      directory: string
      silent: boolean
      vhostBuckets: boolean
      allowMismatchedSignatures?: boolean
    })
    callback(): RequestListener
    readonly logger: { close(): void; readonly exceptions: { unhandle(): void } }
  }
}
