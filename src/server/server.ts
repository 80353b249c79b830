import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import type { Access } from '../access/access.ts'
import type { Limiter } from '../access/limiter.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import { sendError, sendText, setHeaders } from './answer.ts'
import { limitBody } from './body-limit.ts'
import { boundConnections } from './bounded-connections.ts'
import { trackConnections } from './connections.ts'
import { createDoor } from './door.ts'
import { createExecutor } from './execute.ts'
import { type ContextRequest, createGraphQL, type Yoga } from './graphql.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { listen } from './listen.ts'
import { normalizeRequest } from './normalize.ts'
import { createOperations } from './operation.ts'
import { corsHeaders, createGate, preflightHeaders } from './origin.ts'
import type { LocateOutput, OutputAccess } from './outputs.ts'
import type { PersistedDocuments } from './persisted.ts'
import { createRefusalLog } from './refusals.ts'
import { requestIdOf } from './request-id.ts'
import { logRequest, pathOf } from './request-log.ts'
import { createRoutes, opensGraphiQL, type Readiness, type Serves } from './routes.ts'
import { createSingleConnection } from './single-connection.ts'
import { createSlowReaders } from './slow-readers.ts'
import { createTurns } from './turns.ts'
import { asksForWebSocket, createUpgrade, ignoreUpgrade, onlyWebSocketUpgrades } from './upgrade.ts'
import { type UploadReceiver, uploadsPath } from './uploads.ts'
import { type WebhookReceiver, withoutToken } from './webhook.ts'
import { createWebSocketFront } from './websocket.ts'

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
  /** How many proxies before the gateway say truly where a request comes from. Default 0: none. */
  readonly trustedProxies?: number
  readonly log: Logger
  /** A process that only takes steps answers /health and /ready, and serves nothing else. */
  readonly serves?: Serves
  readonly clock: Clock
  /** A stop waits so long for requests in flight. */
  readonly graceMs: number
  /** Who asks, and what becomes of streams when their rights end. */
  readonly access: Pick<Access, 'identify' | 'watch'>
  /** What each tenant may do here. */
  readonly limiter: Limiter
  /** Which documents may be named by an id. Default null: none. */
  readonly persisted?: PersistedDocuments | null
  /** Whether GraphiQL is served. Default true. */
  readonly graphiql?: boolean
  /** The app's part of the GraphQL context, made once per operation; `requestId` is added to it. */
  readonly createContext: (request: ContextRequest) => Context
  /** Whether the gateway can do its work; asked by /ready. A throw counts as not ready. */
  readonly readiness: () => Promise<Readiness>
  /** Who takes the vendor's callbacks. */
  readonly webhooks: WebhookReceiver
  /** Finds kept outputs, below /outputs/. */
  readonly locateOutput: LocateOutput
  readonly outputs: OutputAccess
  /** Takes files that are uploaded. */
  readonly uploads: UploadReceiver
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

const commonHeaders = {
  vary: 'Origin',
  // What does not change says so itself; a cache that kept the rest would call a stopped gateway ready.
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // What is served is no page, but for GraphiQL.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

/**
 * GraphiQL needs inline code, evaluation and blob workers. Nothing may frame it: one click in it can start a paid job.
 */
const graphiqlPolicy =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; frame-ancestors 'none'; form-action 'self'"

/** The sockets of the gateway: GraphQL over HTTP, SSE and WebSocket, GraphiQL, health. */
export function createServer<Context extends object>(options: ServerOptions<Context>): GatewayServer {
  const { log } = options
  const judge = createGate(options)
  const logRefusal = createRefusalLog(log)
  const startOperation = createOperations(log)
  const limits = { ...defaultLimits, ...options.limits }
  const { persisted = null } = options
  const yoga = createGraphQL({ ...options, startOperation, limits, persisted })
  const executor = createExecutor(yoga, persisted)
  const slowReaders = createSlowReaders(options.clock, log, limits)
  const { access, limiter, clock, trustedProxies = 0 } = options
  const door = createDoor({ access, clock, log, limits, trustedProxies })
  const parts = { executor, startOperation, log, access, door, limiter, clock, limits, slowReaders }
  const singleConnection = createSingleConnection(parts)
  const webSocket = createWebSocketFront(parts)
  const turns = createTurns({
    most: limits.pipelined,
    onFlood: (socket) =>
      slowReaders.end(socket, `more than ${limits.pipelined} requests wait behind another`),
  })
  const server = createHttpServer(
    { ...onlyWebSocketUpgrades, ...timeoutsOf(limits) },
    (request, response) => {
      turns.take(request, response, () => {
        handle(request, response).catch((error: unknown) => fail(log, error, request, response))
      })
    },
  )
  // Who asks before the bytes of a file are sent is told once it is known that they are wanted; everybody else at once.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (pathOf(request) !== uploadsPath) response.writeContinue()
    server.emit('request', request, response)
  })
  boundConnections(server, { clock, log, limits, trustedProxies })
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
  const isStopping = () => closing !== undefined
  const upgrade = createUpgrade({
    serves: 'everything',
    ...options,
    judge,
    logRefusal,
    door,
    webSocket,
    isStopping,
  })
  const route = createRoutes({
    serves: 'everything',
    graphiql: true,
    ...options,
    door,
    yoga,
    singleConnection,
    slowReaders,
    isStopping,
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    normalizeRequest(request)
    const requestId = requestIdOf(request.headers['x-request-id'])
    const path = pathOf(request)
    logRequest(log, request, response, requestId)
    response.setHeader('x-request-id', requestId)
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value)

    const limit = () => limitBody(request, response, { clock, ms: limits.requestMs })
    // An upload has limits of its own until it is answered; what nobody wants any more has none but this.
    if (path === uploadsPath) response.once('finish', limit)
    else limit()
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
    if (opensGraphiQL(request, path)) response.setHeader('content-security-policy', graphiqlPolicy)
    return await route(request, response, { path, requestId })
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
    listen: () => listen(server, options),
    close() {
      closing ??= stop().catch((error: unknown) =>
        log.error({ err: error }, 'the server did not stop cleanly'),
      )
      return closing
    },
  }
}

/** Node ends connections by these itself, and answers 408 where it can. */
function timeoutsOf({ headersMs, keepAliveMs, checkingMs }: Limits) {
  return {
    headersTimeout: headersMs,
    // Uploads have limits of their own, and Node has one for all: see `limitBody`.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkingMs,
  }
}

/** A fault of ours, or a client that left. */
function fail(log: Logger, error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (request.destroyed && !request.complete) {
    log.debug({ err: error }, 'a client left in the middle')
    return
  }
  log.error({ err: error, requestId: response.getHeader('x-request-id') }, 'a request failed outside GraphQL')
  if (response.headersSent) response.destroy()
  else sendError(response, 500, 'INTERNAL_SERVER_ERROR', 'Unexpected error.')
}
