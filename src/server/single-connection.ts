import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ExecutionResult } from 'graphql'
import { createHandler } from 'graphql-sse'
import { readBody } from './body.ts'
import type { Executor, Outcome } from './execute.ts'
import type { StartOperation } from './operation.ts'

type Handle = (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<void>

/**
 * The single-connection mode of graphql-sse: all operations of a page on one event stream, since a browser opens no
 * more than six connections to a host over HTTP/1.1. (The mode with a connection per operation is Yoga's own.)
 *
 * Yoga's plugin for it answers a syntax error with a stack trace, loses the messages of validation, and lets an error
 * of a stream end the process as an unhandled rejection. So this sits on graphql-sse itself.
 */
export function createSingleConnection(executor: Executor, startOperation: StartOperation): Handle {
  const handler = createHandler<IncomingMessage, { requestId: string }, undefined>({
    async onSubscribe({ context }, params) {
      const prepared = await executor.prepare(startOperation(context.requestId, 'sse'), params)
      // A result without data is none to graphql-sse, so single results go as a stream of one.
      return streamOf('schema' in prepared ? await executor.perform(prepared) : { errors: prepared })
    },
  })

  return async function handle(request, response, requestId) {
    const [body, init] = await handler({
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: { get: (name) => request.headers[name]?.toString() },
      body: async () => readBody(request),
      raw: request,
      context: { requestId },
    })
    response.writeHead(init.status, init.statusText, init.headers)
    if (body === null || typeof body === 'string') {
      response.end(body)
    } else {
      // The only way to fail is that the client goes, or that the server stops; the iterator is ended either way.
      await pipeline(Readable.from(body), response).catch(() => {})
    }
  }
}

function streamOf(result: Outcome): AsyncIterableIterator<ExecutionResult> {
  return Symbol.asyncIterator in result ? result : one(result)
}

async function* one(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result
}
