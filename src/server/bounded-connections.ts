import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../address.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import type { Limits } from './limits.ts'

/** Places beyond the bound for this machine: whoever checks here whether the gateway lives is told so although it is full. */
const placesForHere = 100
/** That all places are taken is said no more often than this. */
const fullLineMs = 60_000 // 1 minute

/**
 * Closes connections beyond a bound, at once and unanswered: the newest, before a byte of it is read. There is one for all
 * together, whoever has them, since each takes memory and a file descriptor; and one for each address.
 *
 * By address this machine may have any number: programs on it, and a proxy with the connections of all its clients. So may a
 * proxy elsewhere: where some are trusted, all come from one.
 */
export function boundConnections(
  server: Server,
  {
    clock,
    log,
    limits: { connections: mostOfAll, connectionsPerAddress: most },
    trustedProxies,
  }: {
    readonly clock: Pick<Clock, 'now'>
    readonly log: Logger
    readonly limits: Pick<Limits, 'connections' | 'connectionsPerAddress'>
    readonly trustedProxies: number
  },
): void {
  /** Open ones by where they come from, and whether one more was closed. */
  const networks = new Map<string, { open: number; isLogged: boolean }>()
  const counted = new WeakSet<Socket>()
  let open = 0
  let fullLineAt = Number.NEGATIVE_INFINITY

  /** Whether its address may have one more. */
  function countOfAddress(socket: Socket, name: string | null): boolean {
    if (trustedProxies > 0 || name === null) return true
    const network = networks.get(name) ?? { open: 0, isLogged: false }
    if (network.open >= most) {
      if (!network.isLogged)
        log.warn({ address: name, most }, 'connections are closed: their address has too many')
      network.isLogged = true
      return false
    }
    network.open += 1
    networks.set(name, network)
    socket.once('close', () => {
      network.open -= 1
      if (network.open === 0) networks.delete(name)
    })
    return true
  }

  function isFull(name: string | null): boolean {
    if (open < (name === null ? mostOfAll + placesForHere : mostOfAll)) return false
    const now = clock.now()
    if (now - fullLineAt >= fullLineMs) {
      fullLineAt = now
      log.warn({ most: mostOfAll }, 'connections are closed: there are too many of all addresses')
    }
    return true
  }

  server.on('connection', (socket) => {
    if (counted.has(socket)) return // given to the server again, after an upgrade that was ignored
    const name = networkOf(socket.remoteAddress ?? '') // null for this machine
    if (isFull(name) || !countOfAddress(socket, name)) return void socket.destroy()
    counted.add(socket)
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
}
