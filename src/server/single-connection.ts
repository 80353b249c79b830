import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult, GraphQLError } from 'graphql'
import {
  createHandler,
  type Response as HandlerResponse,
  TOKEN_HEADER_KEY,
  TOKEN_QUERY_KEY,
} from 'graphql-sse'
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga'
import { labelOf } from '../access/viewer.ts'
import type { Clock } from '../jobs/clock.ts'
import { errorBody, sendJson, setHeaders } from './answer.ts'
import { readBody } from './body.ts'
import { createEventStream, type EventStream } from './event-stream.ts'
import type { Executor, Origin, Outcome } from './execute.ts'
import type { Limits } from './limits.ts'
import { isMethodRefusal, type StartOperation } from './operation.ts'
import { newRequestId } from './request-id.ts'
import { unbuffered } from './send-response.ts'
import type { SlowReaders } from './slow-readers.ts'
import { addressForSse, bodyForSse } from './sse-params.ts'
import { createTokens } from './stream-tokens.ts'

export interface SingleConnection {
  handle(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void>
  /** Forgets the reserved tokens: none of them is waited for. */
  close(): void
}

/** Who sent a request, and how. */
export interface Asked extends Pick<Origin, 'calledAs' | 'caller' | 'viewer'> {
  readonly requestId: string
}

interface SseContext extends Asked {
  /** Of the stream that the request is about; null if it has none, and a stream of its own for its operation. */
  readonly token: string | null
  readonly stream: EventStream
}

export interface SingleConnectionOptions {
  readonly executor: Executor
  readonly startOperation: StartOperation
  readonly clock: Pick<Clock, 'after'>
  readonly limits: Limits
  readonly slowReaders: Pick<SlowReaders, 'end'>
}

/**
 * The single-connection mode of graphql-sse: all operations of a page on one event stream, since a browser opens no
 * more than six connections to a host over HTTP/1.1. (The mode with a connection per operation is Yoga's own.)
 *
 * Yoga's plugin for it answers a syntax error with a stack trace, loses the messages of validation, and lets an error
 * of a stream end the process as an unhandled rejection. So this sits on graphql-sse itself.
 */
export function createSingleConnection(options: SingleConnectionOptions): SingleConnection {
  const { executor, startOperation, clock } = options
  const handler = createHandler<undefined, SseContext, undefined>({
    // By itself the library draws tokens with `Math.random`, and takes those that clients make up.
    authenticate: ({ context }) => context.token,
    async onSubscribe({ method, context }, params) {
      const { requestId, stream } = context
      const operation = startOperation(requestId, 'sse', context.caller)
      const prepared = await executor.prepare(operation, params, {
        calledAs: context.calledAs,
        caller: context.caller,
        viewer: context.viewer,
        method,
        quota: stream.quota,
      })
      if ('schema' in prepared) return streamOf(await executor.perform(prepared), stream)
      if (prepared.some(isMethodRefusal)) {
        await release(context.token, params.extensions?.['operationId'])
        return refuseMethod(prepared)
      }
      // A result without data is none to graphql-sse, so single results go as a stream of one.
      return streamOf({ errors: prepared }, stream)
    },
  })
  /** Whoever knows the token of somebody else's stream knows nothing. */
  const tokens = createTokens<{ readonly stream: EventStream; readonly owner: string }>({
    clock,
    drop: (token) => void drop(token).catch(() => {}),
  })

  /** graphql-sse keeps a reserved token, with the results of its operations, until somebody connects: here we do. */
  async function drop(token: string): Promise<void> {
    // Refused where the client was here: its stream is open, or is over and the token unknown.
    const [stream] = await ask('GET', token, 'text/event-stream')
    if (stream !== null && typeof stream !== 'string') await stream.return(undefined)
  }

  /** graphql-sse keeps the place of an operation that was refused. */
  async function release(token: string | null, operationId: unknown): Promise<void> {
    const search = new URLSearchParams({ operationId: String(operationId) })
    if (token !== null) await ask('DELETE', token, undefined, `/?${search}`)
  }

  /** What a client would ask the library for. */
  function ask(method: string, token: string, accept?: string, url = '/') {
    const headers = { get: (name: string) => (name === 'accept' ? accept : undefined) }
    const context = {
      requestId: newRequestId(),
      calledAs: undefined,
      caller: { address: undefined },
      token,
      stream: createEventStream(options),
    }
    return handler({ method, url, headers, body: null, raw: undefined, context })
  }

  async function handle(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const { method = 'GET', url = '/' } = request
    const { requestId, viewer } = asked
    const owner = viewer ? `${viewer.tenant} ${labelOf(viewer)}` : ''
    const refuse = (status: number, body: string | null = null) => {
      const { code, message } = refusal(status, body)
      sendJson(response, status, errorBody(code, message, requestId))
    }
    if (!methods.includes(method)) {
      response.setHeader('allow', methods.join(', '))
      return refuse(405)
    }
    const named = namedToken(request)
    const found = named === null ? undefined : tokens.find(named)
    const known = found?.owner === owner ? found.stream : undefined
    if (method !== 'PUT' && named !== null && !known) return refuse(404)
    const token = method === 'PUT' ? tokens.draw() : named
    const stream = (method !== 'PUT' && known) || createStream(token)
    if (!known && request.headers.accept === 'text/event-stream') stream.connect(response)
    const [body, init] = await handler({
      method,
      url: method === 'GET' ? addressForSse(url) : url,
      headers: { get: (name) => request.headers[name]?.toString() },
      body: async () => bodyForSse(await readBody(request)),
      raw: undefined,
      context: { ...asked, token, stream },
    })
    if (init.status >= 400) {
      setHeaders(response, init.headers ?? {})
      return refuse(init.status, typeof body === 'string' ? body : null)
    }
    if (init.status === 201 && token !== null) tokens.reserve(token, { stream, owner }, viewer?.tenant ?? '')
    if (body !== null && typeof body !== 'string') setHeaders(response, unbuffered)
    const { 'cache-control': _, ...headers } = init.headers ?? {}
    response.writeHead(init.status, init.statusText, headers)
    if (body === null || typeof body === 'string') {
      response.end(body)
      return
    }
    stream.connect(response)
    if (token !== null) tokens.connect(token)
    await stream.write(body)
    if (token !== null) tokens.forget(token)
  }

  function createStream(token: string | null): EventStream {
    return createEventStream({ ...options, onOverflow: () => token !== null && tokens.giveUp(token) })
  }

  return { handle, close: tokens.close }
}

const methods = ['GET', 'POST', 'PUT', 'DELETE']

/** The token that a request names, in a header or, as `EventSource` has to, in the address; null if there is none. */
function namedToken({ headers, url = '/' }: IncomingMessage): string | null {
  const header = headers[TOKEN_HEADER_KEY]?.toString()
  return header || new URL(url, 'http://localhost').searchParams.get(TOKEN_QUERY_KEY) || null
}

function refuseMethod(errors: readonly GraphQLError[]): HandlerResponse {
  const body = JSON.stringify({ errors: errors.map(({ message }) => ({ message })) })
  return [body, { status: 405, statusText: 'Method Not Allowed', headers: { allow: 'POST' } }]
}

/** What graphql-sse says with a status alone. */
const words: Readonly<Record<number, string>> = {
  404: 'No stream is named: reserve one with PUT, or send the operation to /graphql.',
  405: 'Streams are served by GET, POST, PUT and DELETE.',
  406: 'The answer does not come in the form that the header accept asks for.',
  415: 'The body has to be application/json.',
}

const codes: Readonly<Record<number, string>> = { 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED' }

/** A refusal of graphql-sse as an error like all others: it answers messages alone, or nothing at all. */
function refusal(status: number, body: string | null): { code: string; message: string } {
  const { errors = [] } = body === null ? {} : (JSON.parse(body) as { errors?: { message: string }[] })
  return {
    code: codes[status] ?? 'BAD_REQUEST',
    message: errors[0]?.message ?? words[status] ?? 'The request is refused.',
  }
}

/**
 * What graphql-sse writes to a stream. A subscription goes as fast as its reader; single results do not wait, since each
 * of them would be held meanwhile: too many of them end the stream.
 */
function streamOf(result: Outcome, stream: EventStream): AsyncIterableIterator<ExecutionResult> {
  if (isAsyncIterable(result)) return mapAsyncIterator(result, stream.pace)
  return one(stream.count(result))
}

async function* one(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result
}
