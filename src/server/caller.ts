import type { IncomingMessage } from 'node:http'

/** Who sent a request, for the log. */
export interface Caller {
  /** Of the other end of the connection: a proxy's, where one stands before the gateway. */
  readonly address: string | undefined
  /** What that proxy says; anybody may write it. */
  readonly forwardedFor?: string
  /** Who is signed in, as one word. */
  readonly viewer?: string
}

export function callerOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Caller {
  const forwardedFor = headers['x-forwarded-for']?.toString()
  return { address: socket.remoteAddress, ...(forwardedFor && { forwardedFor }) }
}
