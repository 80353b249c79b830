import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Who sent a request, for the log. */
export interface Caller {
  /** As far as it is known: of the other end of the connection, or as trusted proxies tell it. */
  readonly address: string | undefined
  /** What the request says itself; anybody may write it. */
  readonly forwardedFor?: string
  /** Who is signed in, as one word. */
  readonly viewer?: string
}

/** What says where a request comes from. */
export type SentRequest = Pick<IncomingMessage, 'socket' | 'headers'>

/**
 * The address of who sent a request: everything that counts, logs or audits by address asks here. Each proxy adds the
 * address of its own client to the end of X-Forwarded-For, so with `trustedProxies` of them that many entries from the end
 * are true, and all before is what a stranger wrote.
 */
export function addressOf({ socket, headers }: SentRequest, trustedProxies: number): string | undefined {
  if (trustedProxies === 0) return socket.remoteAddress
  const entries = (headers['x-forwarded-for'] ?? '').toString().split(',')
  const address = withoutPort(entries.at(-trustedProxies) ?? '')
  return isIP(address) === 0 ? socket.remoteAddress : address
}

/** Some proxies write the port as well: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^\s*(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)\s*$/.exec(entry) ?? []
  return bracketed ?? plain ?? entry.trim()
}

export function callerOf(request: SentRequest, trustedProxies: number): Caller {
  const forwardedFor = request.headers['x-forwarded-for']?.toString()
  return { address: addressOf(request, trustedProxies), ...(forwardedFor && { forwardedFor }) }
}
