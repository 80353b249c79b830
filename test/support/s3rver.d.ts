declare module '@20minutes/s3rver' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  /** The part of s3rver that tests use; it brings no types. */
  export default class S3rver {
    constructor(options: {
      directory: string
      silent: boolean
      vhostBuckets: boolean
      allowMismatchedSignatures?: boolean
    })
    /** The answer's promise is kept when everything is done, also where the client has gone. */
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    readonly logger: { close(): void; readonly exceptions: { unhandle(): void } }
  }
}
