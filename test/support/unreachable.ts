import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** URLs where no server answers: one that takes connections and says nothing, and ports that nobody listens on. */
export async function openUnreachable(scheme: string): Promise<{
  readonly urls: readonly string[]
  close(): void
}> {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  return {
    // Port 1 is never listened on; a name with two addresses fails in words of its own.
    urls: [`127.0.0.1:${port}`, '127.0.0.1:1', 'localhost:1'].map(
      (host) => `${scheme}://me:secret@${host}/jobs`,
    ),
    close() {
      silent.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
