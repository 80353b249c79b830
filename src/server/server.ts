import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import {
  errorBody,
  refuseEncoding,
  refuseUpgrade,
  sendError,
  sendJson,
  sendText,
  setHeaders,
} from './answer.ts'
import { bodyFits, refuseBody } from './body.ts'
import { callerOf } from './caller.ts'
import { trackConnections } from './connections.ts'
import { createExecutor } from './execute.ts'
import { graphiqlPath, serveGraphiQLFile } from './graphiql-files.ts'
import { type ContextRequest, createGraphQL, type Yoga } from './graphql.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { isEncoded, normalizeRequest } from './normalize.ts'
import { createOperations } from './operation.ts'
import { calledAs, corsHeaders, createGate, preflightHeaders } from './origin.ts'
import { type LocateOutput, serveOutput } from './outputs.ts'
import { createRefusalLog } from './refusals.ts'
import { requestIdOf } from './request-id.ts'
import { sendResponse } from './send-response.ts'
import { createSingleConnection } from './single-connection.ts'
import { createSlowReaders } from './slow-readers.ts'
import { createTurns } from './turns.ts'
import { asksForWebSocket, ignoreUpgrade, onlyWebSocketUpgrades } from './upgrade.ts'
import { createWebhookHandler, isWebhookPath, type WebhookReceiver, withoutToken } from './webhook.ts'
import { createWebSocketFront } from './websocket.ts'

export interface Readiness {
  readonly ready: boolean
  readonly checks: Record<string, { readonly ok: boolean; readonly detail?: string }>
}

/** @typeParam Context what resolvers are given, as the schema needs it */
export interface ServerOptions<Context extends object = object> {
  readonly schema: GraphQLSchema
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly corsOrigins: readonly string[]
  readonly loopbackOrigins?: boolean
  readonly publicUrl?: string | undefined
  readonly allowedHosts?: readonly string[]
  readonly log: Logger
  /** A process that only takes steps answers /health and /ready, and serves nothing else. */
  readonly serves?: 'everything' | 'health'
  readonly clock: Clock
  /** A stop waits so long for requests in flight. */
  readonly graceMs: number
  /** The app's part of the GraphQL context, made once per operation; `requestId` is added to it. */
  readonly createContext: (request: ContextRequest) => Context
  /** Whether the gateway can do its work; asked by /ready. A throw counts as not ready. */
  readonly readiness: () => Promise<Readiness>
  /** Who takes the vendor's callbacks. */
  readonly webhooks: WebhookReceiver
  /** Finds kept outputs, below /outputs/. */
  readonly locateOutput: LocateOutput
  /** The sandbox's address when the vendor is a sandbox, else null. */
  readonly sandbox: () => string | null
  /** What a connection may cost; for tests. */
  readonly limits?: Partial<Limits>
}

export interface GatewayServer {
  /** Starts listening; rejects with a sentence for people when the address cannot be had. */
  listen(): Promise<{ url: string; port: number }>
  /** For tests: operations without a socket, through `yoga.fetch`. */
  readonly yoga: Yoga
  /**
   * Stops: no new connections, streams told and ended, requests in flight finished within `graceMs`. Never rejects, and
   * may be called twice.
   */
  close(): Promise<void>
}

/** Below it are the kept outputs, each under its key. */
export const outputsPath = '/outputs/'

const commonHeaders = {
  vary: 'Origin',
  // What does not change says so itself; a cache that kept the rest would call a stopped gateway ready.
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // GraphiQL needs inline code and blob workers. Nothing may frame it: one click in it can start a paid job.
  'content-security-policy':
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; frame-ancestors 'none'; form-action 'self'",
}

/** The sockets of the gateway: GraphQL over HTTP, SSE and WebSocket, GraphiQL, health. */
export function createServer<Context extends object>(options: ServerOptions<Context>): GatewayServer {
  const { host, log } = options
  const judge = createGate(options)
  const logRefusal = createRefusalLog(log)
  const startOperation = createOperations(log)
  const limits = { ...defaultLimits, ...options.limits }
  const yoga = createGraphQL({ ...options, startOperation, limits })
  const executor = createExecutor(yoga)
  const slowReaders = createSlowReaders(options.clock, log, limits)
  const parts = { executor, startOperation, log, clock: options.clock, limits, slowReaders }
  const singleConnection = createSingleConnection(parts)
  const webSocket = createWebSocketFront(parts)
  const receiveWebhook = createWebhookHandler(options.webhooks, log)
  const turns = createTurns({
    most: limits.pipelined,
    onFlood: (socket) =>
      slowReaders.end(socket, `more than ${limits.pipelined} requests wait behind another`),
  })
  const server = createHttpServer(onlyWebSocketUpgrades, (request, response) => {
    turns.take(request, response, () => {
      handle(request, response).catch((error: unknown) => fail(error, request, response))
    })
  })
  server.on('connection', slowReaders.watch)
  const connections = trackConnections(server)
  server.on('upgrade', (request, socket, head) => {
    const leave = () => socket.destroy() // a client that leaves during the handshake
    socket.on('error', leave)
    turns.takeOver(request.socket, () => {
      if (asksForWebSocket(request)) return upgrade(request, socket, head)
      socket.off('error', leave)
      ignoreUpgrade(server, request, socket, head)
    })
  })
  let closing: Promise<void> | undefined

  function fail(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (request.destroyed && !request.complete) {
      log.debug({ err: error }, 'a client left in the middle')
      return
    }
    log.error(
      { err: error, requestId: response.getHeader('x-request-id') },
      'a request failed outside GraphQL',
    )
    if (response.headersSent) response.destroy()
    else sendError(response, 500, 'INTERNAL_SERVER_ERROR', 'Unexpected error.')
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    normalizeRequest(request)
    const requestId = requestIdOf(request.headers['x-request-id'])
    const path = pathOf(request)
    logRequest(request, response, requestId)
    response.setHeader('x-request-id', requestId)
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value)

    const verdict = judge({ method: request.method, path, headers: request.headers })
    if (!verdict.allowed) {
      logRefusal(verdict, request.headers, { requestId, path: withoutToken(path) })
      return sendError(response, 403, verdict.code, verdict.message)
    }
    if (verdict.crossOrigin) setHeaders(response, corsHeaders(verdict.crossOrigin))
    if (request.method === 'OPTIONS') {
      const requested = request.headers['access-control-request-headers']
      if (verdict.crossOrigin) setHeaders(response, preflightHeaders(requested))
      return sendText(response, 204)
    }
    if (options.serves === 'health' && path !== '/health' && path !== '/ready') {
      return sendError(response, 404, 'NOT_FOUND', 'This gateway is a worker: it answers /health and /ready.')
    }
    if (isWebhookPath(path)) return receiveWebhook(request, response, path)
    if (path.startsWith(outputsPath)) {
      response.once('close', slowReaders.grantPause(request.socket))
      return await serveOutput(request, response, options.locateOutput, path.slice(outputsPath.length))
    }
    if (path.startsWith(graphiqlPath)) return await serveGraphiQLFile(request, response, path)
    switch (path) {
      case '/graphql':
      case '/graphql/stream': {
        if (isEncoded(request)) return refuseEncoding(response)
        if (!(await bodyFits(request))) return refuseBody(response)
        if (path === '/graphql') {
          if (request.method !== 'GET' && request.method !== 'POST') {
            response.setHeader('allow', 'GET, POST')
            return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Operations go by GET or POST.')
          }
          const context = { requestId, calledAs: calledAs(request.headers), caller: callerOf(request) }
          return await sendResponse(
            await yoga.handleNodeRequestAndResponse(request, response, context),
            response,
          )
        }
        return await singleConnection.handle(request, response, requestId)
      }
      case '/health':
        return sendJson(response, 200, { status: 'ok' })
      case '/ready': {
        const readiness = await ask()
        return sendJson(response, readiness.ready ? 200 : 503, readiness)
      }
      case '/':
        return sendText(response, 302, { location: '/graphql' })
      default:
        return sendError(
          response,
          404,
          'NOT_FOUND',
          'There is nothing here: GraphQL and GraphiQL are at /graphql.',
        )
    }
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    normalizeRequest(request)
    const verdict = judge({ method: request.method, path: pathOf(request), headers: request.headers })
    const requestId = requestIdOf(request.headers['x-request-id'])
    if (!verdict.allowed) {
      logRefusal(verdict, request.headers, { requestId })
      refuseUpgrade(socket, '403 Forbidden', errorBody(verdict.code, verdict.message, requestId))
    } else if (pathOf(request) !== '/graphql' || options.serves === 'health') {
      const body = errorBody('NOT_FOUND', 'WebSockets are served at /graphql.', requestId)
      refuseUpgrade(socket, '404 Not Found', body)
    } else if (closing) {
      const body = errorBody('STOPPING', 'The server is stopping.', requestId)
      refuseUpgrade(socket, '503 Service Unavailable', body)
    } else {
      webSocket.upgrade(request, socket, head)
    }
  }

  async function ask(): Promise<Readiness> {
    const stopping = { ready: false, checks: { server: { ok: false, detail: 'stopping' } } }
    if (closing) return stopping
    try {
      const readiness = await options.readiness()
      return closing ? stopping : readiness
    } catch (error) {
      log.error({ err: error }, 'the readiness check failed')
      return { ready: false, checks: { readiness: { ok: false, detail: 'the check itself failed' } } }
    }
  }

  function logRequest(request: IncomingMessage, response: ServerResponse, requestId: string): void {
    if (!log.isLevelEnabled('debug')) return
    const { method } = request
    const path = withoutToken(pathOf(request))
    const startedAt = performance.now()
    response.once('close', () => {
      const ms = Math.round(performance.now() - startedAt)
      log.debug({ requestId, method, path, status: response.statusCode, ms }, 'request')
    })
  }

  async function stop(): Promise<void> {
    const late = new AbortController()
    const { graceMs } = options
    const cancel = options.clock.after(graceMs, () => late.abort())
    const [clean] = await Promise.all([connections.drain(late.signal), webSocket.close(late.signal)])
    cancel()
    singleConnection.close()
    slowReaders.close()
    if (!clean) log.warn({ graceMs }, 'requests were cut off: they did not finish in time')
    await yoga.dispose()
  }

  return {
    yoga,
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(explain(error, options)))
        server.listen(options.port, host, resolve)
      })
      const { port } = server.address() as AddressInfo
      return { url: `http://${reachable(host)}:${port}`, port }
    },
    close() {
      closing ??= stop().catch((error: unknown) =>
        log.error({ err: error }, 'the server did not stop cleanly'),
      )
      return closing
    },
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
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
