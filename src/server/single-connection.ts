import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ExecutionResult } from 'graphql'
import { createHandler } from 'graphql-sse'
import type { Clock } from '../jobs/ports.ts'
import { errorBody, sendJson, setHeaders } from './answer.ts'
import { readBody } from './body.ts'
import { type Caller, callerOf } from './caller.ts'
import type { Executor, Outcome } from './execute.ts'
import type { StartOperation } from './operation.ts'
import { calledAs } from './origin.ts'
import { newRequestId } from './request-id.ts'

export interface SingleConnection {
  handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>
  /** Forgets the reserved tokens: none of them is waited for. */
  close(): void
}

interface StreamContext {
  readonly requestId: string
  readonly calledAs: string | undefined
  readonly caller: Caller
}

/** A client connects right after it has reserved a token; one that does not is gone. */
const reservationMs = 60_000 // a minute

/**
 * The single-connection mode of graphql-sse: all operations of a page on one event stream, since a browser opens no
 * more than six connections to a host over HTTP/1.1. (The mode with a connection per operation is Yoga's own.)
 *
 * Yoga's plugin for it answers a syntax error with a stack trace, loses the messages of validation, and lets an error
 * of a stream end the process as an unhandled rejection. So this sits on graphql-sse itself.
 */
export function createSingleConnection(
  executor: Executor,
  startOperation: StartOperation,
  clock: Pick<Clock, 'after'>,
): SingleConnection {
  const handler = createHandler<undefined, StreamContext, undefined>({
    async onSubscribe({ context }, params) {
      const operation = startOperation(context.requestId, 'sse', context.caller)
      const prepared = await executor.prepare(operation, params, context.calledAs)
      // A result without data is none to graphql-sse, so single results go as a stream of one.
      return streamOf('schema' in prepared ? await executor.perform(prepared) : { errors: prepared })
    },
  })
  /** How to call off the end of each. */
  const reservations = new Map<string, () => void>()

  /** graphql-sse keeps a reserved token, with the results of its operations, until somebody connects: here we do. */
  async function drop(token: string): Promise<void> {
    reservations.delete(token)
    const get = (name: string) =>
      ({ accept: 'text/event-stream', 'x-graphql-event-stream-token': token })[name]
    const request = { method: 'GET', url: '/', headers: { get }, body: null, raw: undefined }
    // Refused where the client was here: its stream is open, or is over and the token unknown.
    const [stream] = await handler({
      ...request,
      context: { requestId: newRequestId(), calledAs: undefined, caller: { address: undefined } },
    })
    if (stream !== null && typeof stream !== 'string') await stream.return(undefined)
  }

  function dropUnlessConnected(token: string): void {
    reservations.get(token)?.()
    reservations.set(
      token,
      clock.after(reservationMs, () => void drop(token).catch(() => {})),
    )
  }

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> {
    const [body, init] = await handler({
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: { get: (name) => request.headers[name]?.toString() },
      body: async () => readBody(request),
      raw: undefined,
      context: { requestId, calledAs: calledAs(request.headers), caller: callerOf(request) },
    })
    if (init.status >= 400) {
      const { code, message } = refusal(init.status, typeof body === 'string' ? body : null)
      setHeaders(response, init.headers ?? {})
      return sendJson(response, init.status, errorBody(code, message, requestId))
    }
    if (init.status === 201 && typeof body === 'string') dropUnlessConnected(body)
    response.writeHead(init.status, init.statusText, init.headers)
    if (body === null || typeof body === 'string') {
      response.end(body)
    } else {
      // The only way to fail is that the client goes, or that the server stops; the iterator is ended either way.
      await pipeline(Readable.from(body), response).catch(() => {})
    }
  }

  return {
    handle,
    close() {
      for (const cancel of reservations.values()) cancel()
    },
  }
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

function streamOf(result: Outcome): AsyncIterableIterator<ExecutionResult> {
  return Symbol.asyncIterator in result ? result : one(result)
}

async function* one(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result
}
