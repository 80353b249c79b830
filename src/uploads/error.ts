import { ExpectedError } from '../expected-error.ts'

/** Why a file was not taken. Nothing of it is kept. */
export const uploadFaults = {
  BAD_UPLOAD: 'A header of the upload makes no sense: the message says which.',
  LENGTH_REQUIRED: 'The upload does not say how long it is.',
  UPLOAD_TOO_LARGE: 'The file is larger than the gateway or the vendor takes.',
  UNSUPPORTED_MEDIA: 'The file is of no kind that the models take, or not of the kind that it is said to be.',
  CONTENT_MISMATCH: 'The bytes are not those of which the hash was sent.',
  UPLOAD_TOO_SLOW: 'Nothing came for too long, or too little.',
  UPLOAD_INTERRUPTED: 'The sender left in the middle.',
  TOO_MANY_UPLOADS: 'Too many files are on their way at once.',
  UPLOAD_REFUSED: 'The vendor does not take the file.',
  VENDOR_UNAVAILABLE: 'The vendor could not take the file; try again later.',
} as const

export type UploadFault = keyof typeof uploadFaults

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
