import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../address.ts'
import type { Logger } from '../log.ts'
import type { Limits } from './limits.ts'

/**
 * Closes connections of an address that has too many, at once and unanswered. This machine may have any number: programs on
 * it, and a proxy with the connections of all its clients. So may a proxy elsewhere: where some are trusted, all come from one.
 */
export function boundConnections(
  server: Server,
  {
    log,
    limits: { connectionsPerAddress: most },
    trustedProxies,
  }: {
    readonly log: Logger
    readonly limits: Pick<Limits, 'connectionsPerAddress'>
    readonly trustedProxies: number
  },
): void {
  if (trustedProxies > 0) return
  /** Open ones by where they come from, and whether one more was closed. */
  const networks = new Map<string, { open: number; isLogged: boolean }>()
  const counted = new WeakSet<Socket>()

  server.on('connection', (socket) => {
    if (counted.has(socket)) return // given to the server again, after an upgrade that was ignored
    const name = networkOf(socket.remoteAddress ?? '')
    if (name === null) return
    const network = networks.get(name) ?? { open: 0, isLogged: false }
    if (network.open >= most) {
      socket.destroy()
      if (!network.isLogged)
        log.warn({ address: name, most }, 'connections are closed: their address has too many')
      network.isLogged = true
      return
    }
    counted.add(socket)
    network.open += 1
    networks.set(name, network)
    socket.once('close', () => {
      network.open -= 1
      if (network.open === 0) networks.delete(name)
    })
  })
}
