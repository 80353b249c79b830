import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLErrorExtensions,
  getOperationAST,
} from 'graphql'
import { ExpectedError } from '../expected-error.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import type { Logger } from '../log.ts'
import type { Caller } from './caller.ts'

/** One GraphQL operation on its way through the server, whatever protocol carries it. */
export interface Operation {
  readonly requestId: string
  /** Tells what is being executed, for the log. */
  parsed(document: DocumentNode, operationName?: string | null): void
  /** What may leave the server of a result: unexpected errors masked, every error with the request's id. */
  answer(result: ExecutionResult): ExecutionResult
  /** The same for errors alone. */
  errors(errors: readonly unknown[]): GraphQLError[]
  /** A job that it is about, for the log. */
  note(jobId: string): void
  /** A limit refused some of it, which its answer says as data. */
  limited(error: RateLimitedError): void
  /** After how many seconds that makes sense again which was refused; null if nothing was. */
  readonly retryAfter: number | null
  /** Writes the operation's one log line; called when the answer or the stream is over. */
  end(): void
}

/** Of one answer: the hundredth helps nobody. */
const mostErrors = 100
/** Messages of graphql quote what they refuse, however long it is. */
const longestMessage = 1_000

/** Of one mutation, in the log. */
const mostJobs = 20
/** What a client names need not be an id. */
const longestId = 40

export type Transport = 'http' | 'sse' | 'ws'

export type StartOperation = (requestId: string, transport: Transport, caller?: Caller) => Operation

/** Follows operations for the log. Documents, variables and answers are never logged: they hold prompts and files. */
export function createOperations(log: Logger): StartOperation {
  return function start(requestId, transport, caller) {
    const startedAt = performance.now()
    const codes = new Set<string>()
    /** Why what is expected to fail at times has failed: for people who run the gateway, without a stack. */
    const reasons = new Set<string>()
    let name: string | undefined
    let type: string | undefined
    const jobs = new Set<string>()
    let results = 0
    let retryAfter: number | null = null
    let ended = false

    function errors(all: readonly unknown[]): GraphQLError[] {
      return all.slice(0, mostErrors).map((error) => {
        const masked = maskError(error)
        const cause = causes.get(masked)
        if (cause instanceof ExpectedError) {
          reasons.add(reasonOf(cause))
        } else if (cause !== undefined) {
          log.error({ requestId, operation: name, path: masked.path, err: cause }, 'unexpected error')
        }
        // Yoga adds what `JSON.parse` says, which quotes the body.
        const { http, unexpected, originalError, ...extensions } = masked.extensions
        const code = extensions['code'] ?? (isOfInput(masked) ? 'BAD_USER_INPUT' : undefined)
        codes.add(String(code ?? 'GRAPHQL_ERROR'))
        // What Yoga needs for the status of an HTTP answer, and removes then.
        const forYoga =
          transport === 'http' || isMethodRefusal(masked)
            ? {
                ...(http !== undefined && { http: originalError ? { ...http, spec: false } : http }),
                ...(unexpected !== undefined && { unexpected }),
              }
            : {}
        return copyError(masked, {
          ...extensions,
          ...(code !== undefined && { code }),
          ...forYoga,
          requestId,
        })
      })
    }

    return {
      requestId,
      errors,
      parsed(document, operationName) {
        const operation = getOperationAST(document, operationName)
        type = operation?.operation
        name = operation?.name?.value
      },
      answer(result) {
        results++
        return result.errors ? { ...result, errors: errors(result.errors) } : result
      },
      note(jobId) {
        if (jobs.size < mostJobs) jobs.add(jobId.slice(0, longestId))
      },
      limited(error) {
        codes.add(error.code)
        retryAfter = Math.max(retryAfter ?? 0, error.retryAfter)
      },
      get retryAfter() {
        return retryAfter
      },
      end() {
        if (ended) return
        ended = true
        const ms = Math.round(performance.now() - startedAt)
        const stream = type === 'subscription' ? { results } : {}
        const failed = codes.size > 0 ? { errors: [...codes] } : {}
        // Who only reads changes nothing, and there are many of them.
        const changes = type === 'mutation' ? { jobs: [...jobs], ...caller } : {}
        const why = reasons.size > 0 ? { reasons: [...reasons] } : {}
        const level = reasons.size > 0 ? 'error' : type === 'mutation' ? 'info' : 'debug'
        log[level](
          { requestId, transport, type, operation: name, ...changes, ms, ...stream, ...failed, ...why },
          'operation',
        )
      },
    }
  }
}

/** A mutation by GET: it did not run, and its answer is 405 whatever form it has. */
export function methodRefusal(): GraphQLError {
  return new GraphQLError('A mutation goes by POST, or on a WebSocket: nothing was changed.', {
    extensions: { code: methodNotAllowed, http: { status: 405, headers: { allow: 'POST' } } },
  })
}

export function isMethodRefusal(error: GraphQLError): boolean {
  return error.extensions['code'] === methodNotAllowed
}

const methodNotAllowed = 'METHOD_NOT_ALLOWED'

/**
 * Whether graphql refused the variables: before any field ran, or where one of them is used.
 */
function isOfInput({ path, nodes }: GraphQLError): boolean {
  return path === undefined || nodes?.[0]?.kind === 'Variable'
}

/** The words of an error and of what caused it. */
function reasonOf(error: Error): string {
  const { message, cause } = error
  return cause instanceof Error && cause !== error ? `${message} (${cause.message})` : message
}

/** What a masked error stands for. Kept beside the error, so that no serializer can carry it to a client. */
const causes = new WeakMap<Error, unknown>()

/**
 * A `GraphQLError` that someone raised on purpose passes, and so do the words of an expected failure that the operation
 * has no place for; anything else becomes "Unexpected error.".
 */
export function maskError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError && isDeliberate(error)) return error
  const place = error instanceof GraphQLError ? error : undefined
  const cause = place?.originalError ?? error
  const expected = cause instanceof ExpectedError ? cause : undefined
  const masked = new GraphQLError(expected?.message ?? 'Unexpected error.', {
    ...(place && {
      nodes: place.nodes ?? null,
      source: place.source ?? null,
      positions: place.positions ?? null,
      path: place.path ?? null,
    }),
    extensions: expected ? extensionsOf(expected) : unexpected,
  })
  if (!expected || expected.cause !== undefined) causes.set(masked, cause)
  return masked
}

/** An expected failure as the reason why an operation does not run; throws what is none. */
export function refusalOf(error: unknown): GraphQLError {
  if (!(error instanceof ExpectedError)) throw error
  return new GraphQLError(error.message, { originalError: error })
}

// `unexpected` is Yoga's own mark: it chooses status 500 by it, and removes it from the answer.
const unexpected = { code: 'INTERNAL_SERVER_ERROR', unexpected: true }

function extensionsOf(error: ExpectedError): GraphQLErrorExtensions {
  if (error instanceof RateLimitedError) {
    const { code, retryAfter } = error
    return { code, retryAfter, http: { status: 429, headers: { 'retry-after': String(retryAfter) } } }
  }
  const unavailable = error instanceof HistoryUnavailableError
  return { code: error.code, ...(unavailable && { http: { status: 503 } }) }
}

function isDeliberate(error: Error): boolean {
  if (!(error instanceof GraphQLError)) return false
  if (causes.has(error)) return true
  // Yoga wraps thrown values that are no errors in a GraphQLError with this mark.
  if (error.extensions['unexpected']) return false
  return error.originalError ? isDeliberate(error.originalError) : true
}

/** Errors of parsing and validation are cached and shared by requests, so each request gets its own. */
function copyError(error: GraphQLError, extensions: GraphQLErrorExtensions): GraphQLError {
  return new GraphQLError(cut(error.message), {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    originalError: error.originalError ?? null,
    extensions,
  })
}

function cut(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`
}
