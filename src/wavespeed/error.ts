/** How an exchange with the vendor went wrong. */
export type VendorFault =
  /** There was no connection to send the request on: no byte of it left. */
  | 'not-sent'
  /** The caller's own step before the first byte failed: no byte of the request left. */
  | 'withheld'
  /** The connection broke or the time ran out after the request may have been sent. */
  | 'interrupted'
  /** An HTTP status other than 2xx. */
  | 'status'
  /** HTTP 2xx, but the envelope's `code` is not 200. */
  | 'envelope'
  /** The body is no JSON. */
  | 'not-json'
  /** JSON, but not the documented shape. */
  | 'shape'

/** Every fault of the vendor or of the way to it. Its message never contains the key. */
export class VendorError extends Error {
  override name = 'VendorError'
  readonly fault: VendorFault
  /** HTTP status; null if there was no answer. */
  readonly status: number | null
  /** The envelope's or error body's own number; null if there was none. */
  readonly code: number | null
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | null
  /** Whether the answer had the vendor's own form, with a code and a message; a proxy's page has not. */
  readonly isVendors: boolean

  constructor(
    fault: VendorFault,
    message: string,
    details: {
      status?: number
      code?: number | null
      retryAfterMs?: number | null
      isVendors?: boolean
      cause?: unknown
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.fault = fault
    this.status = details.status ?? null
    this.code = details.code ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
    this.isVendors = details.isVendors ?? false
  }
}

/** No byte of a request left this machine. Its cause says why. */
export class NotSentError extends Error {
  override name = 'NotSentError'
  /** `withheld`: a connection stood, and the caller's own step before the first byte failed. */
  readonly reason: 'unreachable' | 'withheld'

  constructor(reason: 'unreachable' | 'withheld', cause: unknown) {
    super('the request was not sent', { cause })
    this.reason = reason
  }
}

/** What a thrown network error means, and a short sentence of it for people. */
export function networkFault(error: unknown): { readonly fault: VendorFault; readonly words: string } {
  if (!(error instanceof NotSentError)) return { fault: 'interrupted', words: networkMessage(error) }
  const words = networkMessage(error.cause)
  return { fault: error.reason === 'withheld' ? 'withheld' : 'not-sent', words }
}

/** A short sentence of a network error for people, by the innermost code it carries. */
function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const first = error instanceof AggregateError ? error.errors[0] : error
  const words = first instanceof Error && first.message ? first.message : error.message
  return words ? `${words} (${code})` : code
}
