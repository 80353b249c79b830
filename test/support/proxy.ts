import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PublicProxy {
  readonly url: string
  /** Where requests go; null answers 502, as a proxy does whose gateway is gone. */
  target: string | null
  /** What passed through, or tried to, newest last. */
  readonly requests: readonly { readonly path: string; readonly status: number }[]
  close(): Promise<void>
}

/** What stands before a gateway in public: its address is known before the gateway has one, and it can fail. */
export async function startProxy(): Promise<PublicProxy> {
  const requests: { path: string; status: number }[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const answer = (status: number, headers: IncomingHttpHeaders = {}) => {
      requests.push({ path, status })
      response.writeHead(status, headers)
      return response
    }
    if (proxy.target === null) {
      request.resume().once('end', () => answer(502).end())
      return
    }
    const onward = send(new URL(path, proxy.target), { method: request.method, headers: request.headers })
    onward.once('response', (from) => from.pipe(answer(from.statusCode ?? 502, from.headers)))
    onward.once('error', () => answer(502).end())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: PublicProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: null,
    requests,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return proxy
}
