import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'

/** Proxies on the way out, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY name them; empty where there is none. */
export interface ProxySettings {
  readonly http: string
  readonly https: string
  /** Hosts that are asked directly. */
  readonly none: string
}

/** No tunnel was made, so nothing was sent. */
export class ProxyError extends Error {
  override name = 'ProxyError'
  readonly code = 'PROXY_REFUSED'
}

export interface AgentOptions extends Agent.Options {
  readonly connectTimeoutMs: number
  readonly proxy?: ProxySettings | undefined
  /** Breaks off connections, also those that are not made yet. */
  readonly signal?: AbortSignal | undefined
  /** The address that a proxy is told in place of a name; by default it is told the name. Throws to refuse. */
  readonly resolve?: (host: string) => Promise<string>
}

/** This machine is asked directly, whatever the variables say: a proxy's "localhost" is another one. */
const thisMachine = 'localhost,127.0.0.1,[::1]'

/** What sends requests: directly, or through tunnels (CONNECT) of a proxy, which sees no more than where they lead. */
export function createAgent(given: AgentOptions): Dispatcher {
  const { connectTimeoutMs, proxy, resolve, signal, ...options } = given
  if (!proxy || (proxy.http === '' && proxy.https === '')) return new Agent(options)
  return new EnvHttpProxyAgent({
    ...options,
    proxyTls: { timeout: connectTimeoutMs, ...(signal && { signal }) },
    // What ends the connection to the proxy ends TLS within it.
    requestTls: { timeout: connectTimeoutMs },
    // Empty and not absent, or undici would read the environment itself.
    httpProxy: proxy.http,
    httpsProxy: proxy.https,
    noProxy: proxy.none.trim() === '*' ? '*' : `${proxy.none},${thisMachine}`,
    clientFactory(origin, made: Pool.Options) {
      const connect = made.connect as buildConnector.connector // by undici's ProxyAgent
      const pool = new Pool(origin, { ...made, connect: signal ? unlessAborted(connect, signal) : connect })
      return openTunnels(pool, connectTimeoutMs, resolve)
    },
  })
}

/** Node itself dies of a TLS socket that is made with a signal that was aborted before. */
export function unlessAborted(
  connect: buildConnector.connector,
  signal: AbortSignal,
): buildConnector.connector {
  return (options, callback) => {
    if (signal.aborted) callback(signal.reason, null)
    else connect(options, callback)
  }
}

/** The way to a proxy, whose tunnels are ready in time or fail as what they are: nothing was sent yet. */
function openTunnels(pool: Pool, limitMs: number, resolve: AgentOptions['resolve']): Dispatcher {
  const connect = pool.connect.bind(pool)
  async function open(asked: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    const path = resolve ? await checkedPath(String(asked.path), resolve) : asked.path
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), limitMs)
    try {
      const tunnel = await connect({ ...asked, path, signal: late.signal })
      if (tunnel.statusCode === 200) return tunnel
      tunnel.socket.on('error', () => {}).destroy()
      throw new ProxyError(`the proxy answers HTTP ${tunnel.statusCode} and makes no connection`)
    } catch (cause) {
      if (cause instanceof ProxyError) throw cause
      const reason = late.signal.aborted ? 'did not answer in time' : String((cause as Error).message)
      throw new ProxyError(`the proxy makes no connection: ${reason}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }
  return Object.assign(pool, { connect: open })
}

async function checkedPath(path: string, resolve: (host: string) => Promise<string>): Promise<string> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(path) ?? []
  const address = await resolve(host.replace(/^\[(.*)\]$/, '$1'))
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
