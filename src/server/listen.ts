import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Starts listening, on any free port for 0; rejects with a sentence for people when the address cannot be had. */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ url: string; port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, { host, port })))
    server.listen(port, host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return { url: `http://${reachable(host)}:${taken}`, port: taken }
}

/** A listening address as something to call: 0.0.0.0 and :: mean every address of the machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function explain(error: Error & { code?: string }, { host, port }: { host: string; port: number }): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'the port is in use; stop the other program or set PORT',
    EACCES: 'the port needs more rights; choose one above 1023',
    EADDRNOTAVAIL: 'this machine does not have that address; check HOST',
    ENOTFOUND: 'the name is unknown; check HOST',
  }
  return new Error(`Cannot listen on ${host}:${port}: ${reasons[error.code ?? ''] ?? error.message}.`, {
    cause: error,
  })
}
