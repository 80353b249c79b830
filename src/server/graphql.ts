import { GraphQLError, type GraphQLSchema, getOperationAST, validate } from 'graphql'
import {
  createYoga,
  isAsyncIterable,
  mapAsyncIterator,
  type Plugin,
  type YogaServerInstance,
} from 'graphql-yoga'
import type { Access } from '../access/access.ts'
import type { Limiter } from '../access/limiter.ts'
import type { Viewer } from '../access/viewer.ts'
import type { RateLimitedError } from '../jobs/rate-limited.ts'
import { wrongType } from './answer.ts'
import { countAnswers } from './answer-size.ts'
import { useBoundedExecution } from './bounded-execution.ts'
import type { Caller } from './caller.ts'
import { createDocumentCache, type DocumentCache, noCache } from './document-cache.ts'
import { mostFaults, parseWithin } from './document-limits.ts'
import type { GraphiQLPageOptions } from './graphiql.ts'
import { createGraphiQLPage } from './graphiql.ts'
import type { Limits } from './limits.ts'
import { maskError, methodRefusal, type Operation, type StartOperation } from './operation.ts'
import { type PersistedDocuments, textOf, withIdOfAddress } from './persisted.ts'
import type { Quota } from './quota.ts'
import { newRequestId } from './request-id.ts'
import { useRights } from './rights.ts'
import { limitShape } from './shape.ts'
import { useStreamLimit } from './stream-limit.ts'
import { boundVariables } from './variables.ts'

export interface GraphQLOptions extends GraphiQLPageOptions {
  readonly schema: GraphQLSchema
  /** The app's part of the GraphQL context, made once per operation. */
  readonly createContext: (request: ContextRequest) => object
  readonly startOperation: StartOperation
  readonly limits: Pick<Limits, 'answerCharacters'>
  readonly access: Pick<Access, 'identify' | 'watch'>
  readonly limiter: Pick<Limiter, 'charge' | 'openStream'>
  /** Which documents may be named by an id; null for none. */
  readonly persisted: PersistedDocuments | null
}

/** What the app's context may depend on. */
export interface ContextRequest {
  readonly requestId: string
  readonly viewer: Viewer
  /** Of the other end of the connection; null if it is not known. */
  readonly address: string | null
  /** The gateway's origin as the caller knows it; undefined if the caller did not say. */
  readonly calledAs: string | undefined
  /** Told each job that the operation is about. */
  readonly note: (jobId: string) => void
  /** Told what it was refused by a limit, though the answer is no error of GraphQL. */
  readonly limited: (error: RateLimitedError) => void
}

/** What the server around Yoga hands in with a request; without it (`yoga.fetch` in a test) Yoga makes its own. */
export interface RequestContext {
  requestId?: string
  operation?: Operation
  calledAs?: string | undefined
  caller?: Caller
  /** Who asks; where nobody has found out, whoever shows nothing. */
  viewer?: Viewer | undefined
  /** Of the HTTP request that carries the operation; none on a WebSocket, or where Yoga has the request itself. */
  method?: string | undefined
  /** Of the connection that carries many operations at once. */
  quota?: Quota | undefined
}

export type Yoga = YogaServerInstance<RequestContext, object>

/** The one place where Yoga is built: what answers over HTTP and SSE, and executes for the other protocols. */
export function createGraphQL({
  schema,
  createContext,
  startOperation,
  limits,
  access,
  limiter,
  persisted,
  sandbox,
}: GraphQLOptions): Yoga {
  const page = createGraphiQLPage({ sandbox })
  const documents = createDocumentCache()
  countAnswers(schema)
  return createYoga<RequestContext, object>({
    schema,
    async context({
      operation,
      requestId = operation?.requestId ?? newRequestId(),
      calledAs,
      caller,
      ...given
    }) {
      const viewer = given.viewer ?? (await access.identify(null))
      const address = caller?.address ?? null
      return {
        ...createContext({
          requestId,
          viewer,
          address,
          calledAs,
          note: (jobId) => operation?.note(jobId),
          limited: (error) => operation?.limited(error),
        }),
        requestId,
        viewer,
      }
    },
    graphqlEndpoint: '/graphql',
    graphiql: page.options,
    renderGraphiQL: page.render,
    landingPage: false,
    logging: false, // what Yoga would log, `Operation` logs with the request's id
    maskedErrors: { maskError },
    cors: false, // src/server/origin.ts decides
    multipart: false, // there is no upload in the schema
    maxRequestBodySize: false, // src/server/body.ts bounds it for less than Yoga's stream costs
    parserAndValidationCache: { documentCache: documents, errorCache: noCache },
    plugins: [
      useDocuments(documents, persisted),
      useOperation(startOperation),
      useMutationsByPost(),
      useRights(access),
      useBoundedExecution(limits, limiter),
      useStreamLimit(limiter),
      useErrorBody(),
    ],
  })
}

/** Which document is meant, and what bounds it before it runs. */
function useDocuments(
  documents: Pick<DocumentCache, 'forget'>,
  persisted: PersistedDocuments | null,
): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return
      setRequestParser(async (request) => {
        try {
          const params = await requestParser(request)
          return request.method === 'GET' ? withIdOfAddress(params, request.url) : params
        } catch (error) {
          throw error instanceof SyntaxError ? noJson() : error
        }
      })
    },
    onParams({ params, setParams }) {
      // What has another form is refused by Yoga.
      if (typeof params !== 'object' || params === null) return
      const { documentId: _, doc_id: __, ...others } = params as typeof params & Record<string, unknown>
      const query = textOf(persisted, params)
      setParams({ ...others, ...(query != null && { query: query as string }) })
      boundVariables(params.variables)
    },
    onParse: ({ setParseFn }) =>
      setParseFn((source, options) => {
        try {
          return parseWithin(source, options)
        } catch (error) {
          // As Yoga does for validation on every protocol, and for syntax on some.
          if (error instanceof GraphQLError) error.extensions['code'] ??= 'GRAPHQL_PARSE_FAILED'
          throw error
        }
      }),
    onValidate({ addValidationRule, setValidationFn, params }) {
      addValidationRule(limitShape)
      setValidationFn((schema, document, rules) =>
        validate(schema, document, rules, { maxErrors: mostFaults }),
      )
      return ({ valid }) => {
        if (!valid) documents.forget(params.documentAST)
      }
    },
  }
}

/** Yoga takes variables in an address or a form that are no JSON for a fault of its own. */
function noJson(): GraphQLError {
  return new GraphQLError('The variables or extensions are no JSON.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  })
}

/** Carries the `Operation` through a request over HTTP: from the parsed document to the last result of a stream. */
function useOperation(startOperation: StartOperation): Plugin<RequestContext, RequestContext> {
  return {
    onRequest({ request, serverContext }) {
      // An error on an event stream is an event: with a status other than 200, clients take it for a broken network.
      const transport = request.headers.get('accept')?.startsWith('text/event-stream') ? 'sse' : 'http'
      serverContext.requestId ??= newRequestId()
      serverContext.operation ??= startOperation(serverContext.requestId, transport, serverContext.caller)
    },
    onParams({ params, setParams }) {
      // Many clients send '' where they mean none.
      if (params?.operationName !== '') return
      const { operationName, ...others } = params
      setParams(others)
    },
    onParse: ({ context }) => {
      return ({ result }) => {
        if (result && 'kind' in result) context.operation?.parsed(result, context.params?.operationName)
      }
    },
    onResponse({ response, serverContext }) {
      const retryAfter = serverContext?.operation?.retryAfter
      if (retryAfter) response.headers.set('retry-after', String(retryAfter))
    },
    onResultProcess({ result, setResult, serverContext: { operation } }) {
      if (!operation || Array.isArray(result)) return
      if (isAsyncIterable(result)) {
        setResult(mapAsyncIterator(result, operation.answer, undefined, operation.end))
      } else {
        setResult(operation.answer(result))
        operation.end()
      }
    },
  }
}

/**
 * Lets no mutation run but by POST or on a WebSocket, whatever path and mode of a stream carries it: any page can have a
 * browser send a GET, in an image or a link, and the browser tells little of who asked for it.
 */
function useMutationsByPost(): Plugin<RequestContext, RequestContext> {
  return {
    onParse: ({ context }) => {
      const method = context.request?.method ?? context.method
      return ({ result }) => {
        if (method === undefined || method === 'POST' || !result || !('kind' in result)) return
        const operation = getOperationAST(result, context.params?.operationName)
        if (operation?.operation === 'mutation') throw methodRefusal()
      }
    },
  }
}

const reasons: Record<number, string> = {
  404: 'There is nothing here.',
  405: 'This method is not allowed here: queries go by GET or POST, mutations by POST.',
  406: 'None of the media types in the Accept header can carry this answer. Subscriptions need text/event-stream.',
  415: wrongType,
}

const answerForms = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed'

/** Yoga refuses some requests with a bare status; this says why, in the shape of every other error. */
function useErrorBody(): Plugin<RequestContext, RequestContext> {
  return {
    onResponse({ response, setResponse, serverContext, fetchAPI }) {
      if (response.status < 400 || response.body) return
      const message = reasons[response.status] ?? 'The request cannot be answered.'
      const extensions = { code: 'BAD_REQUEST', requestId: serverContext?.requestId }
      const headers = new Headers(response.headers)
      headers.set('content-type', 'application/json; charset=utf-8')
      // Yoga names each of them once for each that was asked for.
      if (response.status === 406) headers.set('accept', answerForms)
      const body = JSON.stringify({ errors: [{ message, extensions }] })
      setResponse(
        new fetchAPI.Response(body, { status: response.status, headers: Object.fromEntries(headers) }),
      )
    },
  }
}
