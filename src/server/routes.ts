import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../log.ts'
import { refuseEncoding, sendError, sendJson, sendText } from './answer.ts'
import { bodyFits, refuseBody } from './body.ts'
import { callerOf } from './caller.ts'
import { graphiqlPath, serveGraphiQLFile } from './graphiql-files.ts'
import type { Yoga } from './graphql.ts'
import { isEncoded } from './normalize.ts'
import { calledAs } from './origin.ts'
import { type LocateOutput, serveOutput } from './outputs.ts'
import { sendResponse } from './send-response.ts'
import type { SingleConnection } from './single-connection.ts'
import type { SlowReaders } from './slow-readers.ts'
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
  readonly webhooks: WebhookReceiver
  readonly locateOutput: LocateOutput
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
  const { yoga, singleConnection, slowReaders, locateOutput, serves, log } = options
  const receiveWebhook = createWebhookHandler(options.webhooks, log)

  const overHttp: Handler = async (request, response, { requestId }) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Operations go by GET or POST.')
    }
    const context = { requestId, calledAs: calledAs(request.headers), caller: callerOf(request) }
    await sendResponse(await yoga.handleNodeRequestAndResponse(request, response, context), response)
  }

  const graphql: Handler = async (request, response, asked) => {
    if (isEncoded(request)) return refuseEncoding(response)
    if (!(await bodyFits(request))) return refuseBody(response)
    if (asked.path === '/graphql') return await overHttp(request, response, asked)
    return await singleConnection.handle(request, response, asked.requestId)
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
      response.once('close', slowReaders.grantPause(request.socket))
      return await serveOutput(request, response, locateOutput, path.slice(outputsPath.length))
    }
    if (path.startsWith(graphiqlPath)) return await serveGraphiQLFile(request, response, path)
    switch (path) {
      case '/graphql':
      case '/graphql/stream':
        return await graphql(request, response, asked)
      case '/health':
        return sendJson(response, 200, { status: 'ok' })
      case '/ready':
        return await ready(request, response, asked)
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
