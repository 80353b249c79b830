/** How an exchange with the vendor went wrong. */
export type VendorFault =
  /** No connection was made, so nothing was sent. */
  | 'not-connected'
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

/** Errors of name look-up, connecting and certificates: raised before a byte of the request was sent. */
const neverConnected =
  /^(PROXY_REFUSED|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_WRONG_VERSION_NUMBER)$/
/** This machine has no file descriptor, address or port left: it could not even begin. */
const nothingLeft = /^(EMFILE|ENFILE|EADDRNOTAVAIL|EADDRINUSE)$/
/** System calls that come before a connection carries anything, whatever fault they meet. */
const whileConnecting = /^(connect|bind|socket|getaddrinfo)$/

/** What a thrown network error means, by the codes along its chain of causes. */
export function networkFault(error: unknown): 'not-connected' | 'interrupted' {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    // Several addresses were tried: none was reached only if each one says so.
    if (cause instanceof AggregateError && cause.errors.length > 0) {
      return cause.errors.every((one) => networkFault(one) === 'not-connected')
        ? 'not-connected'
        : 'interrupted'
    }
    if ('code' in cause && typeof cause.code === 'string') {
      const connecting = 'syscall' in cause && whileConnecting.test(String(cause.syscall))
      if (connecting || neverConnected.test(cause.code) || nothingLeft.test(cause.code))
        return 'not-connected'
    }
  }
  return 'interrupted'
}

/** A short sentence of a network error for people, by the innermost code it carries. */
export function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const first = error instanceof AggregateError ? error.errors[0] : error
  const words = first instanceof Error && first.message ? first.message : error.message
  return words ? `${words} (${code})` : code
}
