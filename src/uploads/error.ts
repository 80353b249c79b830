import { ExpectedError } from '../expected-error.ts'

/** Why a file was not taken; `docs/uploads.md` says what each means. */
export type UploadFault =
  | 'BAD_UPLOAD'
  | 'LENGTH_REQUIRED'
  | 'UPLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'CONTENT_MISMATCH'
  | 'UPLOAD_TOO_SLOW'
  | 'UPLOAD_INTERRUPTED'
  | 'TOO_MANY_UPLOADS'
  | 'UPLOAD_REFUSED'
  | 'VENDOR_UNAVAILABLE'

/** A file was not taken, and nothing of it is kept. */
export class UploadError extends ExpectedError {
  readonly code: UploadFault
  /** Whole seconds after which it makes sense to try again; null where nobody can say. */
  readonly retryAfter: number | null
  constructor(code: UploadFault, message: string, retryAfter: number | null = null) {
    super(message)
    this.code = code
    this.retryAfter = retryAfter
  }
}
