import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { certificate } from './certificate.ts'

/** What becomes of a connection: before TLS, once it stands, or once something of a request was read. */
export type FrontFault =
  | 'none'
  | 'stalls and closes'
  | 'resets'
  | 'alerts'
  | 'speaks no TLS'
  | 'reads the hello and closes'
  | 'says nothing'
  | 'opens and closes'
  | 'opens and resets'
  | 'reads and closes'
  | 'reads and resets'
  | 'reads and says nothing'

export interface Front {
  readonly url: string
  readonly port: number
  /** Bytes of requests that arrived here, decrypted. */
  readonly requestBytes: () => number
  /** Connections that were taken, and those of them that are open. */
  readonly connections: () => { readonly taken: number; readonly open: number }
  /** Connections that stand, TLS included. */
  readonly standing: () => number
  /** What the next connections meet. */
  behave(fault: FrontFault): void
  /** Closes the connections that stand. */
  hangUp(): void
  close(): Promise<void>
}

/** So long a load balancer waits for a server of its own before it gives a connection up. */
const stallMs = 400

/** What stands before a server, like a load balancer, with TLS or without: it leads there, or fails. */
export async function startFront(serverUrl: string, secure: boolean): Promise<Front> {
  const target = new URL(serverUrl)
  const open = new Set<Socket>()
  const standing = new Set<Socket>()
  let fault: FrontFault = 'none'
  let taken = 0
  let bytes = 0

  function track(socket: Socket): Socket {
    open.add(socket)
    return socket.on('error', () => {}).on('close', () => open.delete(socket))
  }

  function stand(near: Socket, how: FrontFault): void {
    standing.add(near.on('error', () => {}).on('close', () => standing.delete(near)))
    near.on('data', (chunk) => {
      bytes += chunk.length
    })
    if (how === 'opens and closes') near.destroy()
    if (how === 'opens and resets') reset(near)
    if (how === 'stalls and closes') setTimeout(() => near.destroy(), stallMs)
    if (how === 'reads and closes') near.once('data', () => near.destroy())
    if (how === 'reads and resets') near.once('data', () => reset(near))
    if (how !== 'none') return
    const far = track(connect(Number(target.port), target.hostname))
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }

  /** The connection below one with TLS: only that can be reset. */
  const raws = new WeakMap<Socket, Socket>()
  const reset = (near: Socket) => (raws.get(near) ?? near).resetAndDestroy()
  const secureContext = createSecureContext(certificate)

  const server = createServer((raw) => {
    taken += 1
    track(raw)
    const how = fault
    if (how === 'resets') raw.resetAndDestroy()
    else if (!secure) stand(raw, how)
    else if (how === 'stalls and closes') setTimeout(() => raw.destroy(), stallMs)
    else if (how === 'alerts') raw.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))
    else if (how === 'speaks no TLS') raw.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    else if (how === 'reads the hello and closes') {
      raw.once('data', () => setTimeout(() => raw.destroy(), stallMs))
    } else if (how === 'says nothing') raw.resume()
    else {
      const near = new TLSSocket(raw, { isServer: true, secureContext }).on('error', () => {})
      raws.set(near, raw)
      near.once('secure', () => stand(near, how))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requestBytes: () => bytes,
    connections: () => ({ taken, open: open.size }),
    standing: () => standing.size,
    behave(how) {
      fault = how
    },
    hangUp() {
      for (const socket of standing) socket.destroy()
    },
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
