import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { isLoopbackHost } from '../address.ts'
import { parseUrl } from '../url.ts'
import { webOrigin } from './web-origin.ts'

/** What a refusal repeats of an origin, which may be as long as a header. */
const longestOrigin = 200

export interface GateOptions {
  /** The address the server listens on. */
  readonly host: string
  readonly corsOrigins: readonly string[]
  /** Allows pages that this machine serves, on any port. Default false. */
  readonly loopbackOrigins?: boolean
  /** The gateway's own address as browsers see it, where a proxy stands before it. */
  readonly publicUrl?: string | undefined
  /** Names besides under which the gateway may be called, such as those of a cluster. */
  readonly allowedHosts?: readonly string[]
}

export type Verdict =
  /** `crossOrigin` is the foreign page that may read the answer; absent for the gateway's own page and for programs. */
  | { readonly allowed: true; readonly crossOrigin?: string }
  | { readonly allowed: false; readonly code: string; readonly message: string }

/** What the gate reads of a request. */
export interface GateRequest {
  readonly method?: string | undefined
  /** Without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/**
 * Decides who may talk to the gateway, for HTTP requests and WebSocket upgrades alike.
 *
 * CORS alone only keeps a foreign page from reading answers: a form with a simple content type, or a WebSocket, would
 * still start paid jobs from any page that a developer happens to visit. So a foreign `Origin` is refused before
 * anything runs. Images, scripts and `no-cors` fetches send no `Origin`: for GraphQL they are known by
 * `Sec-Fetch-Site`, which a page cannot set. A `Host` that is not the gateway's is refused too: a page can make its own
 * name resolve to the gateway's address (DNS rebinding), and is then of the same origin as far as the browser can tell.
 */
export function createGate(options: GateOptions): (request: GateRequest) => Verdict {
  const publicUrl = options.publicUrl ? new URL(options.publicUrl) : undefined
  const corsOrigins = new Set(options.corsOrigins)
  const onLoopback = isLoopbackHost(options.host)
  const names = new Set([options.host, ...(options.allowedHosts ?? [])])
  if (publicUrl) names.add(publicUrl.hostname)

  return function judge(request) {
    const { host, origin } = request.headers
    const own = host === undefined ? null : parseUrl(`http://${host}`)
    if (host !== undefined && !isExpected(own)) return onLoopback ? otherMachine : unknownName
    if (origin === undefined) {
      return isSentByForeignPage(request) && !opensGraphiQL(request) ? foreignPage : { allowed: true }
    }
    const foreign = webOrigin(origin)
    // Only the host is compared with the Host header: behind a proxy that ends TLS the schemes differ.
    const isOwn = /^https?:/.test(foreign ?? '') && parseUrl(origin)?.host === own?.host
    if (foreign && (isOwn || foreign === publicUrl?.origin)) return { allowed: true }
    const isNear = options.loopbackOrigins === true && isLoopbackPage(foreign)
    if (foreign && (isNear || corsOrigins.has(foreign))) return { allowed: true, crossOrigin: origin }
    return {
      allowed: false,
      code: 'ORIGIN_NOT_ALLOWED',
      message: `Pages of ${origin.slice(0, longestOrigin)} may not call this gateway. Add the origin to CORS_ORIGINS (separated by commas) and restart it.`,
    }
  }

  function isExpected(own: URL | null): boolean {
    if (!own) return false
    const name = own.hostname.replace(/\.$/, '')
    // No page gets a browser to take it for one of an address: only names can be made to resolve to another machine.
    return isLoopbackHost(name) || names.has(name) || (!onLoopback && isAddress(name))
  }
}

function isLoopbackPage(origin: string | null): boolean {
  return origin !== null && /^https?:/.test(origin) && isLoopbackHost(new URL(origin).hostname)
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
}

const otherMachine: Verdict = {
  allowed: false,
  code: 'HOST_NOT_ALLOWED',
  message:
    'The gateway listens on this machine only and was called under another name. Call it as localhost, or set ' +
    'PUBLIC_URL to the address under which a proxy serves it.',
}

const unknownName: Verdict = {
  allowed: false,
  code: 'HOST_NOT_ALLOWED',
  message:
    'The gateway was called under a name that it was not told. Set PUBLIC_URL to its address, or add the name to ' +
    'ALLOWED_HOSTS (separated by commas), and restart it. Its IP address works, too.',
}

const foreignPage: Verdict = {
  allowed: false,
  code: 'ORIGIN_NOT_ALLOWED',
  message:
    'The browser says that a page of another site sent this, and not which. Pages call GraphQL by fetch, EventSource or ' +
    'WebSocket, from the gateway itself or from an origin of CORS_ORIGINS.',
}

/** Whether a browser says that a page of somewhere else is behind a request for GraphQL. */
function isSentByForeignPage({ path, headers }: GateRequest): boolean {
  const site = headers['sec-fetch-site']
  return path.startsWith('/graphql') && (site === 'cross-site' || site === 'same-site')
}

/** A link that leads to the gateway from elsewhere shows its page, and runs no operation. */
function opensGraphiQL({ method, path, headers }: GateRequest): boolean {
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return isVisit && method === 'GET' && path === '/graphql' && headers.accept?.includes('text/html') === true
}

/** The gateway's address as a caller wrote it, without TLS, which only a proxy adds; undefined if it wrote none. */
export function calledAs({ host }: IncomingHttpHeaders): string | undefined {
  return host === undefined ? undefined : parseUrl(`http://${host}`)?.origin
}

/** The headers of every answer to an allowed page of another origin. */
export function corsHeaders(crossOrigin: string): Record<string, string> {
  const read = 'x-request-id, retry-after'
  return { 'access-control-allow-origin': crossOrigin, 'access-control-expose-headers': read }
}

/** The headers of the answer to a preflight: an allowed page may send any header, such as those of tracing. */
export function preflightHeaders(requested: string | undefined): Record<string, string> {
  return {
    // PUT and DELETE belong to the single-connection mode of graphql-sse.
    'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
    'access-control-allow-headers':
      requested || 'content-type, authorization, x-request-id, x-graphql-event-stream-token',
    'access-control-max-age': '600',
  }
}
