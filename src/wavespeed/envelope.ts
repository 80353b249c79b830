import type { Validator } from '../generated/validators.ts'
import type { Clock } from '../jobs/clock.ts'
import { VendorError } from './error.ts'
import { isRecord } from './prediction.ts'
import type { Redactor } from './redact.ts'
import { retryAfterMs } from './retry-after.ts'

/** What the vendor puts around its `data`. */
export type Envelope = Readonly<Record<string, unknown>>

/** An answer as openapi-fetch has it, its body as text. */
export interface Answer {
  readonly response: Response
  readonly data?: unknown
  readonly error?: unknown
}

/** Reads what is around the vendor's data. Errors quote the vendor without secrets. */
export interface Envelopes {
  /** The envelope of an answer that says that all is well; throws a VendorError for any other. */
  open(answer: Answer): Envelope
  /** Takes an envelope as the document has it, to the letter. */
  documented<T extends object>(validate: Validator<T>): (envelope: Envelope) => T
  /** The error of an answer that is not as documented. */
  misshapen(status: number, why: string): VendorError
  /** Words of the vendor, which may quote the key they refuse. */
  quote(text: string): string
}

export function createEnvelopes(options: {
  readonly redactor: Redactor
  readonly clock: Pick<Clock, 'now'>
}): Envelopes {
  const { redactor, clock } = options

  const quote = (text: string) => redactor.text(text).slice(0, 500)

  function misshapen(status: number, why: string): VendorError {
    const words = `The vendor's answer is not as documented${why && `: ${why}`}.`
    return new VendorError('shape', quote(words), { status })
  }

  function refusal(response: Response, error: unknown): VendorError {
    const { status } = response
    const words = quote(`The vendor answered HTTP ${status}: ${wordsOf(error)}`)
    const asked = retryAfterMs(response.headers.get('retry-after'), clock.now())
    const code = codeOf(error)
    const isVendors = code !== null && isRecord(error) && typeof error['message'] === 'string'
    return new VendorError('status', words, { status, code, retryAfterMs: asked, isVendors })
  }

  return {
    quote,
    misshapen,
    open({ response, data, error }) {
      const { status } = response
      if (!response.ok) throw refusal(response, error)
      let body: unknown
      try {
        body = JSON.parse(String(data))
      } catch {
        // Its SyntaxError quotes the body, which may hold a secret.
        const words = `The vendor answered HTTP ${status} with a body that is no JSON.`
        throw new VendorError('not-json', words, { status })
      }
      const code = codeOf(body)
      if (code !== null && code !== 200) {
        const words = quote(`The vendor answered code ${code}: ${wordsOf(body)}`)
        throw new VendorError('envelope', words, { status, code, isVendors: true })
      }
      if (!isRecord(body)) throw misshapen(status, 'it is no object')
      return body
    },
    documented: (validate) => (envelope) => {
      if (validate(envelope)) return envelope
      const [fault] = validate.errors ?? []
      const { message } = misshapen(200, fault ? `${fault.instancePath || '/'} ${fault.message}` : '')
      const isVendors = 'code' in envelope && 'data' in envelope
      throw new VendorError('shape', message, { status: 200, isVendors })
    },
  }
}

/** The number in an envelope, also where it is written as text; null if there is none. */
function codeOf(body: unknown): number | null {
  const code = isRecord(body) ? body['code'] : undefined
  if (typeof code === 'number') return code
  return typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : null
}

/** The message of an error body, whichever of its documented forms it has. */
function wordsOf(body: unknown): string {
  if (isRecord(body) && typeof body['message'] === 'string') return body['message']
  return typeof body === 'string' && body.trim() !== '' ? 'a body that is no JSON' : 'no message'
}
