import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface ConnectProxy {
  readonly url: string
  /** What it was asked to connect to, in order. */
  readonly asked: readonly { readonly path: string; readonly authorization: string | undefined }[]
  /** How many other requests came, which a tunnel has none of. */
  readonly others: () => number
  /** What the next tunnels meet; by default they lead to the target. */
  behave(how: 'connect' | 'refuse' | 'hang' | 'break' | 'stall'): void
  close(): Promise<void>
}

/** A proxy that knows CONNECT only, and leads wherever it is asked to the port `target()` of this machine. */
export async function startConnectProxy(target: () => number): Promise<ConnectProxy> {
  const asked: { path: string; authorization: string | undefined }[] = []
  const open = new Set<Duplex>()
  let behaviour: Parameters<ConnectProxy['behave']>[0] = 'connect'
  let others = 0
  const server = createServer((_request, response) => {
    others += 1
    response.writeHead(400).end()
  })
  const track = (socket: Duplex) =>
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)))
  server.on('connect', (request: IncomingMessage, near: Socket, head: Buffer) => {
    track(near)
    asked.push({ path: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (behaviour === 'break') near.destroy()
    if (behaviour === 'stall') setTimeout(() => near.destroy(), 400)
    if (behaviour === 'refuse') near.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    if (behaviour !== 'connect') return
    const far = connect(target(), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.write(head)
      near.pipe(far).pipe(near)
    })
    track(far)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    others: () => others,
    behave(how) {
      behaviour = how
    },
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
