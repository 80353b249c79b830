import type { Clock } from '../../jobs/clock.ts'
import type { VendorStatus } from '../../jobs/vendor.ts'
import type { Logger } from '../../log.ts'
import { type Exchange, sandboxHeader } from '../client.ts'
import type { VendorError } from '../error.ts'

/** What is known of the vendor from the exchanges with it. */
export interface Status {
  readonly status: VendorStatus
  /** Whether the other side says that it is the sandbox. */
  readonly sandbox: boolean
  /** Told of every exchange. */
  see(exchange: Pick<Exchange, 'headers' | 'error'>): void
  /** Told how the question about the balance was answered: null if well. Only it tells what answers there. */
  probed(error: VendorError | null): void
}

/** One broken connection is no outage, so many in a row are. */
const failuresInARow = 3

/** Whether an answer to the question about the balance comes from the vendor at all. */
export function isOfVendor(error: VendorError): boolean {
  if (error.status === null || error.status >= 500 || error.status === 429 || error.status === 401)
    return true
  // The vendor has this path.
  return error.isVendors && error.status !== 404
}

/**
 * Keeps the last word on the vendor, for /ready, for clients, and for saying that this is only the sandbox.
 *
 * @param log gets one line for each change for the worse, with the variable to check, and one for the better
 */
export function createStatus(options: {
  readonly baseUrl: string
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}): Status {
  const { baseUrl, clock, log } = options
  let status: VendorStatus = { state: 'UNKNOWN', message: 'It was not asked yet.', since: clock.now() }
  let sandbox = false
  let told = false
  let failures = 0

  function become(state: VendorStatus['state'], message: string): void {
    if (state === status.state) {
      status = { ...status, message }
      return
    }
    const before = status.state
    status = { state, message, since: clock.now() }
    if (state === 'KEY_REFUSED')
      log.error({ reason: message }, 'the vendor refuses the key: check WAVESPEED_API_KEY')
    else if (state === 'NOT_THE_VENDOR') {
      log.error({ baseUrl, reason: message }, 'what answers is not the vendor: check WAVESPEED_BASE_URL')
    } else if (state === 'UNREACHABLE')
      log.warn({ reason: message }, 'the vendor does not answer as it should')
    else if (before !== 'UNKNOWN') log.info('the vendor answers again')
  }

  return {
    get status() {
      return status
    },
    get sandbox() {
      return sandbox
    },
    see({ headers, error }) {
      if (headers) sandbox = headers.has(sandboxHeader)
      if (sandbox && !told) log.warn('the vendor is the SANDBOX: no real video is made, nothing is billed')
      told ||= sandbox
      // What answers there is for the next probe to find out: a page of a proxy may have any status.
      if (status.state === 'NOT_THE_VENDOR') return
      const failed = error !== null && (error.status === null || error.status >= 500)
      failures = failed ? failures + 1 : 0
      if (error === null) become('OK', 'It answers.')
      else if (error.status === 401) become('KEY_REFUSED', `The vendor refuses the key. ${error.message}`)
      else if (failures >= failuresInARow) become('UNREACHABLE', error.message)
      else if (error.isVendors && status.state !== 'KEY_REFUSED') become('OK', 'It answers.')
    },
    probed(error) {
      if (error === null) become('OK', 'It answers.')
      else if (!isOfVendor(error)) {
        become(
          'NOT_THE_VENDOR',
          `The question for the balance is answered as no vendor would. ${error.message}`,
        )
      } else if (error.status === null || error.status >= 500) become('UNREACHABLE', error.message)
    },
  }
}
