import { LRUCache } from 'lru-cache'
import type { Access } from '../access/access.ts'
import { UnauthenticatedError } from '../access/error.ts'
import { hashOf } from '../access/key.ts'
import { labelOf, type Viewer } from '../access/viewer.ts'
import { networkOf } from '../address.ts'
import { ExpectedError } from '../expected-error.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import { addressOf, type Caller, callerOf, type SentRequest } from './caller.ts'
import { createCounter } from './counter.ts'
import type { Limits } from './limits.ts'

/** Lets in, by what somebody shows and by where they come from. */
export interface Door {
  /**
   * Who sent a request and shows this; null shows nothing.
   *
   * @throws UnauthenticatedError, IdentityUnavailableError, HistoryUnavailableError, TooManyTriesError
   */
  identify(request: SentRequest, credential: string | null): Promise<Viewer>
  /** Who sent a request, for the log. */
  callerOf(request: SentRequest, viewer: Viewer): Caller
  /** Counts a WebSocket that is asked for; answers why it is not opened just now, or null if it is. */
  refuseHandshake(request: SentRequest): TooManyTriesError | null
}

export interface DoorOptions {
  readonly access: Pick<Access, 'identify'>
  readonly clock: Clock
  readonly log: Logger
  readonly limits: Pick<Limits, 'wrongKeysPerMinute' | 'handshakesPerMinute'>
  /** How many proxies before the gateway say truly where a request comes from. */
  readonly trustedProxies: number
}

/** From one address came too much in a minute. */
export class TooManyTriesError extends ExpectedError {
  readonly code = 'RATE_LIMITED'
  /** In seconds. */
  readonly retryAfter: number
  constructor(what: string, retryAfter: number) {
    super(`Too many ${what} came from this address: try again in ${retryAfter} seconds.`)
    this.retryAfter = retryAfter
  }
}

const mostKnown = 10_000

/**
 * An address from which too many wrong keys came tries no more of them for a while. Many people may share it, so a key that
 * was right before goes on, also while somebody beside it tries others; and this machine is never kept out, since a proxy
 * on it may speak for everybody. (A key cannot be guessed: what is bounded is the work of checking each of them.)
 */
export function createDoor({ access, clock, log, limits, trustedProxies }: DoorOptions): Door {
  const wrongKeys = createCounter(clock, limits.wrongKeysPerMinute)
  const handshakes = createCounter(clock, limits.handshakesPerMinute)
  /** By their hashes, from whatever address they came. Whether they are right still, `access` says. */
  const known = new LRUCache<string, true>({ max: mostKnown })

  const networkFor = (request: SentRequest) => networkOf(addressOf(request, trustedProxies) ?? '')

  function countWrongKey(network: string): void {
    if (wrongKeys.add(network) === limits.wrongKeysPerMinute)
      log.warn({ address: network }, 'too many wrong keys came from an address: it has to wait')
  }

  return {
    async identify(request, credential) {
      const network = networkFor(request)
      if (credential === null || network === null) return access.identify(credential)
      const hash = hashOf(credential)
      const pause = wrongKeys.pauseOf(network)
      if (pause !== null && !known.has(hash)) throw new TooManyTriesError('wrong keys', pause)
      try {
        const viewer = await access.identify(credential)
        known.set(hash, true)
        return viewer
      } catch (error) {
        if (error instanceof UnauthenticatedError) countWrongKey(network)
        throw error
      }
    },
    callerOf(request, viewer) {
      return {
        ...callerOf(request, trustedProxies),
        ...(viewer.kind !== 'local' && { viewer: labelOf(viewer) }),
      }
    },
    refuseHandshake(request) {
      const network = networkFor(request)
      if (network === null) return null
      const pause = handshakes.pauseOf(network)
      if (pause !== null) return new TooManyTriesError('WebSockets', pause)
      handshakes.add(network)
      return null
    },
  }
}
