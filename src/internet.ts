import { lookup as resolveName } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import { reasonNameRefused, reasonRefused } from './address.ts'
import { createAgent, type ProxySettings } from './proxy.ts'
import { parseUrl } from './url.ts'

/** The way to addresses that somebody else names: those of this machine and of private networks are not asked. */
export interface Internet {
  readonly dispatcher: Dispatcher
  /**
   * The address, if it may be asked; a name is judged by what it stands for when it is connected to.
   *
   * @param from the address that leads to it, if one does
   * @throws RefusedAddress
   */
  check(url: string, from?: URL | null): URL
}

export interface InternetOptions {
  readonly connectTimeoutMs: number
  /** The longest silence, before the answer and within it. */
  readonly idleTimeoutMs: number
  /** Hosts that may be on this machine or in its network. */
  readonly mayBePrivate: (host: string) => boolean
  /** By default none is asked. */
  readonly proxy?: ProxySettings | undefined
}

/** An address that is not asked. */
export class RefusedAddress extends Error {}

export function createInternet(options: InternetOptions): Internet {
  const { connectTimeoutMs, idleTimeoutMs, mayBePrivate, proxy } = options
  /** Judges what a name stands for at the moment of connecting: another answer a moment later changes nothing. */
  const lookup: LookupFunction = (host, how, answer) => {
    resolveName(host, { ...how, all: true }, (error, found) => {
      const [first] = found ?? []
      const addresses = found?.map(({ address }) => address) ?? []
      const refusal = reasonNameRefused(host, addresses, mayBePrivate)
      if (error || !first) answer(error ?? new Error(`no address: ${host}`), [])
      else if (refusal) answer(new RefusedAddress(refusal), [])
      else if (how.all) answer(null, found)
      else answer(null, first.address, first.family)
    })
  }
  /** The same where a proxy connects: it is told the address that was judged, and not the name. */
  const resolve = (host: string) =>
    new Promise<string>((done, fail) =>
      lookup(host, {}, (error, address) => (error ? fail(error) : done(String(address)))),
    )
  return {
    dispatcher: createAgent({
      connect: { timeout: connectTimeoutMs, lookup },
      connectTimeoutMs,
      proxy,
      resolve,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
    }),
    check(url, from = null) {
      const to = parseUrl(url, from?.href)
      if (to === null) throw new RefusedAddress('its address is not http(s).')
      const refusal = reasonRefused(to, from, mayBePrivate)
      if (refusal) throw new RefusedAddress(refusal)
      return to
    },
  }
}
