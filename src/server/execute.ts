import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql'
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga'
import type { Viewer } from '../access/viewer.ts'
import type { Caller } from './caller.ts'
import type { RequestContext, Yoga } from './graphql.ts'
import type { Operation } from './operation.ts'
import { type PersistedDocuments, textOf } from './persisted.ts'
import { type Quota, tooManyOperations } from './quota.ts'
import { boundVariables } from './variables.ts'

/** Where an operation comes from. */
export interface Origin {
  readonly calledAs: string | undefined
  readonly caller: Caller
  /** Who asks; where nobody has found out, whoever shows nothing. */
  readonly viewer?: Viewer | undefined
  /** Of the HTTP request that carries it; none on a WebSocket. */
  readonly method?: string | undefined
  /** Of its connection, if that carries many operations at once. */
  readonly quota?: Quota | undefined
  /** Counts an operation that comes in no request of its own; throws where its tenant has had too many. */
  readonly count?: (() => Promise<void>) | undefined
}

/** What a client asks for, as every protocol carries it. */
export interface Params {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Record<string, unknown> | null | undefined
  readonly extensions?: Record<string, unknown> | null | undefined
}

export type Outcome = ExecutionResult | AsyncIterableIterator<ExecutionResult>

export interface Executor {
  /** Parses, validates and builds the context. Answers the errors of that, and never rejects. */
  prepare(
    operation: Operation,
    params: Params,
    origin: Origin,
  ): Promise<ExecutionArgs | readonly GraphQLError[]>
  /** Runs what `prepare` made. Neither it nor a stream that it answers ever throws: an error is a result. */
  perform(args: ExecutionArgs): Promise<Outcome>
}

/** Executes operations of the protocols that Yoga does not speak itself, with all its plugins. */
export function createExecutor(yoga: Yoga, persisted: PersistedDocuments | null): Executor {
  const { execute, subscribe } = yoga.getEnveloped({})
  return {
    async prepare(operation, params, origin) {
      const refuse = (errors: readonly unknown[]) => {
        const answer = operation.errors(errors)
        operation.end()
        return answer
      }
      try {
        const { count, ...from } = origin
        await count?.()
        const context: RequestContext = { operation, requestId: operation.requestId, ...from }
        const query = String(textOf(persisted, params))
        boundVariables(params.variables)
        const operationName = params.operationName || undefined // many clients send '' for none
        const enveloped = yoga.getEnveloped({ ...context, params: { ...params, query, operationName } })
        const document = enveloped.parse(query)
        const invalid = enveloped.validate(enveloped.schema, document)
        if (invalid.length > 0) return refuse(invalid)
        if (!getOperationAST(document, operationName)) return refuse([noOperation()])
        return {
          schema: enveloped.schema,
          document,
          operationName,
          variableValues: params.variables,
          contextValue: await enveloped.contextFactory(),
        }
      } catch (error) {
        return refuse([error])
      }
    },
    async perform(args) {
      const { operation, quota } = args.contextValue as { operation: Operation; quota?: Quota }
      const type = getOperationAST(args.document, args.operationName)?.operation
      const release = quota && type ? quota.take(type) : () => {}
      const end = () => {
        release?.()
        operation.end()
      }
      const fail = (error: unknown): ExecutionResult => ({ errors: operation.errors([error]) })
      try {
        if (!release) throw tooManyOperations()
        const outcome: Outcome = await (type === 'subscription' ? subscribe : execute)(args)
        if (isAsyncIterable(outcome)) return mapAsyncIterator(outcome, operation.answer, fail, once(end))
        const result = operation.answer(outcome)
        end()
        return result
      } catch (error) {
        const result = fail(error)
        end()
        return result
      }
    },
  }
}

/** In Yoga's words for it over HTTP. */
function noOperation(): GraphQLError {
  return new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  })
}

function once(run: () => void): () => void {
  let ran = false
  return () => {
    if (ran) return
    ran = true
    run()
  }
}
