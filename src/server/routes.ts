import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Limiter } from '../access/limiter.ts'
import type { Logger } from '../log.ts'
import { refuseEncoding, refuseType, sendError, sendJson, sendText } from './answer.ts'
import { bodyFits, refuseBody } from './body.ts'
import type { Door } from './door.ts'
import { graphiqlPath, serveGraphiQLFile } from './graphiql-files.ts'
import type { RequestContext, Yoga } from './graphql.ts'
import { identify } from './identify.ts'
import { isEncoded } from './normalize.ts'
import { calledAs } from './origin.ts'
import { type LocateOutput, type OutputAccess, serveOutput } from './outputs.ts'
import { sendResponse } from './send-response.ts'
import type { SingleConnection } from './single-connection.ts'
import type { SlowReaders } from './slow-readers.ts'
import { serveUpload, type UploadReceiver, uploadsPath } from './uploads.ts'
import { createWebhookHandler, isWebhookPath, type WebhookReceiver } from './webhook.ts'

export interface Readiness {
  readonly ready: boolean
  readonly checks: Record<string, { readonly ok: boolean; readonly detail?: string }>
}

/** Below it are the kept outputs, each under its key. */
export const outputsPath = '/outputs/'

/** What a process answers: a worker, for one, serves no clients. */
export type Serves = 'everything' | 'health'

export interface RouteOptions {
  readonly yoga: Yoga
  readonly singleConnection: Pick<SingleConnection, 'handle'>
  readonly slowReaders: Pick<SlowReaders, 'grantPause'>
  readonly door: Pick<Door, 'identify' | 'callerOf'>
  readonly limiter: Pick<Limiter, 'request'>
  readonly graphiql: boolean
  readonly webhooks: WebhookReceiver
  readonly locateOutput: LocateOutput
  readonly outputs: OutputAccess
  readonly uploads: UploadReceiver
  readonly readiness: () => Promise<Readiness>
  readonly isStopping: () => boolean
  readonly serves: Serves
  readonly log: Logger
}

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  asked: { readonly path: string; readonly requestId: string },
) => Promise<void> | void

/** What is where. Everything that comes here has passed the gate. */
export function createRoutes(options: RouteOptions): Handler {
  const { yoga, singleConnection, slowReaders, locateOutput, outputs, serves, door, graphiql, log } = options
  const receiveWebhook = createWebhookHandler(options.webhooks, log)

  async function overHttp(
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
  ): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Operations go by GET or POST.')
    }
    await sendResponse(await yoga.handleNodeRequestAndResponse(request, response, context), response)
  }

  const graphql: Handler = async (request, response, { path, requestId }) => {
    const opensPage = path === '/graphql' && asksForPage(request)
    if (opensPage && graphiql) return overHttp(request, response, { requestId })
    const viewer = await identify(options, request, response)
    if (viewer === null) return
    if (opensPage) return nothingHere(response)
    if (isEncoded(request)) return refuseEncoding(response)
    if (!hasRightType(request, path)) return refuseType(response)
    if (!(await bodyFits(request))) return refuseBody(response)
    const caller = door.callerOf(request, viewer)
    const context = { requestId, calledAs: calledAs(request.headers), caller, viewer }
    if (path === '/graphql') return await overHttp(request, response, context)
    return await singleConnection.handle(request, response, context)
  }

  /** Where outputs are found by who asks for this one; null if the request was answered. */
  async function locatorFor(
    request: IncomingMessage,
    response: ServerResponse,
    key: string,
  ): Promise<LocateOutput | null> {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    if (outputs.isSigned(key, query)) return locateOutput
    if (query.has('signature')) {
      sendError(
        response,
        403,
        'FORBIDDEN',
        'This address is not good any more, or never was: ask for a new one.',
      )
      return null
    }
    const viewer = await identify(options, request, response)
    if (viewer === null) return null
    const jobId = key.slice(0, key.indexOf('/'))
    const isTheirs = viewer.scopes.has('jobs:read') && (await outputs.isOf(jobId, viewer))
    return isTheirs ? locateOutput : async () => null
  }

  const upload: Handler = async (request, response) => {
    const viewer = await identify(options, request, response)
    if (viewer === null) return
    const { address = null } = door.callerOf(request, viewer)
    await serveUpload(request, response, { viewer, address, receiver: options.uploads })
  }

  const ready: Handler = async (_request, response) => {
    const readiness = await askReadiness(options)
    sendJson(response, readiness.ready ? 200 : 503, readiness)
  }

  return async (request, response, asked) => {
    const { path } = asked
    if (serves === 'health' && path !== '/health' && path !== '/ready') {
      return sendError(response, 404, 'NOT_FOUND', 'This gateway is a worker: it answers /health and /ready.')
    }
    if (isWebhookPath(path)) return receiveWebhook(request, response, path)
    if (path.startsWith(outputsPath)) {
      const key = path.slice(outputsPath.length)
      const locate = await locatorFor(request, response, key)
      if (locate === null) return
      response.once('close', slowReaders.grantPause(request.socket))
      return await serveOutput(request, response, locate, key)
    }
    if (path.startsWith(graphiqlPath) && graphiql) return await serveGraphiQLFile(request, response, path)
    switch (path) {
      case '/graphql':
      case '/graphql/stream':
        return await graphql(request, response, asked)
      case uploadsPath:
        return await upload(request, response, asked)
      case '/health':
        return sendJson(response, 200, { status: 'ok' })
      case '/ready':
        return await ready(request, response, asked)
      case '/':
        return graphiql ? sendText(response, 302, { location: '/graphql' }) : nothingHere(response)
      default:
        return nothingHere(response)
    }
  }
}

/**
 * Browsers send other types for a page of any site without asking the gateway first, with a GET even odd ones
 * (GHSA-9q82-xgwf-vj6h).
 */
function hasRightType(request: IncomingMessage, path: string): boolean {
  const isPost = request.method === 'POST' && path === '/graphql'
  const isTyped = request.method === 'GET' && request.headers['content-type'] !== undefined
  return isJson(request) || !(isPost || isTyped)
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^\s*application\/(graphql\+)?json\s*(;|$)/i.test(headers['content-type'] ?? '')
}

function nothingHere(response: ServerResponse): void {
  sendError(response, 404, 'NOT_FOUND', 'There is nothing here: GraphQL is at /graphql.')
}

/** Whether a request is for GraphiQL: its page, or a file of it. */
export function opensGraphiQL(request: IncomingMessage, path: string): boolean {
  return path.startsWith(graphiqlPath) || (path === '/graphql' && asksForPage(request))
}

/** A browser that opens the address: what Yoga answers with GraphiQL, and runs no operation for. */
function asksForPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

async function askReadiness({
  readiness,
  isStopping,
  log,
}: Pick<RouteOptions, 'readiness' | 'isStopping' | 'log'>): Promise<Readiness> {
  const stopping = { ready: false, checks: { server: { ok: false, detail: 'stopping' } } }
  if (isStopping()) return stopping
  try {
    const answer = await readiness()
    return isStopping() ? stopping : answer
  } catch (error) {
    log.error({ err: error }, 'the readiness check failed')
    return { ready: false, checks: { readiness: { ok: false, detail: 'the check itself failed' } } }
  }
}
