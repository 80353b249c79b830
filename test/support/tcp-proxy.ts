import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** The server's URL by way of here. */
  readonly url: string
  /**
   * Breaks the connection on which somebody sends `text` next: before it arrives, once it was sent on, or once it was
   * answered, which is not heard. Answers when that has happened.
   */
  breakAt(text: string, when: 'before' | 'sent' | 'answered'): Promise<void>
  /** Breaks every connection, and lets nobody through until `accept`. */
  refuse(): void
  accept(): void
  /** Passes nothing on any more, in either direction, and breaks nothing. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** A way to a server that can break at a certain place. */
export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  const target = new URL(serverUrl)
  const open = new Set<Socket>()
  let refuses = false
  let frozen = false
  let trap: { text: string; when: 'before' | 'sent' | 'answered'; sprung: () => void } | null = null

  const server = createServer((near) => {
    if (refuses) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    const cut = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', cut).on('close', () => {
        open.delete(socket)
        cut()
      })
    }
    // After the listeners below, which make it flow.
    setImmediate(() => frozen && [near, far].map((socket) => socket.pause()))
    let unheard: (() => void) | null = null
    near.on('data', (chunk) => {
      if (!trap || !chunk.includes(trap.text)) return far.write(chunk)
      const { when, sprung } = trap
      trap = null
      const spring = () => {
        cut()
        sprung()
      }
      if (when === 'before') return spring()
      if (when === 'answered') unheard = spring
      far.write(chunk, when === 'sent' ? spring : undefined)
    })
    far.on('data', (chunk) => (unheard ? unheard() : near.write(chunk)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(serverUrl)
  url.port = String((server.address() as AddressInfo).port)
  const proxy: TcpProxy = {
    url: url.href,
    breakAt: (text, when) =>
      new Promise((resolve) => {
        trap = { text, when, sprung: resolve }
      }),
    refuse() {
      refuses = true
      for (const socket of open) socket.destroy()
    },
    accept() {
      refuses = false
    },
    freeze() {
      frozen = true
      for (const socket of open) socket.pause()
    },
    thaw() {
      frozen = false
      for (const socket of open) socket.resume()
    },
    async close() {
      server.close()
      proxy.refuse()
      await once(server, 'close')
    },
  }
  return proxy
}
