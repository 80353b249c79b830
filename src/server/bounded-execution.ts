import {
  type ExecutionArgs,
  execute,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
  subscribe,
} from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Limiter } from '../access/limiter.ts'
import { roomFor, withinRoom } from './answer-size.ts'
import { type JudgedCost, judgeCost } from './cost.ts'
import { type CostContext, withCost } from './cost-report.ts'
import type { Limits } from './limits.ts'
import { refusalOf } from './operation.ts'

/** Each fault of a variable quotes its value, which may be as large as the request. */
const variableFaults = { maxErrors: 2 }

/**
 * Bounds what an operation may cost before it runs, and what its answer may hold while it is made. It runs by graphql's
 * own executor, whose answers have their fields in the order of the selection.
 */
export function useBoundedExecution(
  { answerCharacters }: Pick<Limits, 'answerCharacters'>,
  limiter: Pick<Limiter, 'charge'>,
): Plugin<CostContext> {
  return {
    async onExecute({ args, setExecuteFn, setResultAndStopExecution }) {
      const { contextValue: context } = args
      const { errors, cost } = await judge(args, limiter)
      if (errors) return setResultAndStopExecution(cost ? withCost({ errors }, cost, context) : { errors })
      setExecuteFn(execute)
      // A mutation has happened by then, whatever its answer holds.
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === 'query'
      const room = isQuery ? roomFor(answerCharacters) : null
      if (room) Object.assign(context, { room })
      return {
        onExecuteDone({ result, setResult }) {
          if (isAsyncIterable(result)) return
          const answer = room ? withinRoom(result, room) : result
          setResult(cost ? withCost(answer, cost, context) : answer)
        },
      }
    },
    async onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const { contextValue: context } = args
      const { errors, cost } = await judge(args, limiter)
      if (errors) return setResultAndStopExecution(cost ? withCost({ errors }, cost, context) : { errors })
      setSubscribeFn(subscribe)
      if (!cost) return
      return {
        onSubscribeResult: () => ({
          onNext({ result, setResult }) {
            if (!isAsyncIterable(result)) setResult(withCost(result, cost, context))
          },
        }),
      }
    },
  }
}

interface Judgement {
  /** Why an operation does not run; null if it does. */
  readonly errors: readonly GraphQLError[] | null
  /** Null where it could not be counted. */
  readonly cost: (JudgedCost & { readonly remaining: number | null }) | null
}

async function judge(
  { schema, document, operationName, variableValues, contextValue }: ExecutionArgs,
  limiter: Pick<Limiter, 'charge'>,
): Promise<Judgement> {
  const operation = getOperationAST(document, operationName)
  if (!operation) return { errors: null, cost: null } // The executor's own words.
  const { variableDefinitions = [] } = operation
  const { errors, coerced } = getVariableValues(
    schema,
    variableDefinitions,
    variableValues ?? {},
    variableFaults,
  )
  if (errors) return { errors, cost: null }
  const cost = judgeCost(schema, document, operation, coerced)
  const { viewer } = contextValue as CostContext
  if (cost.refusal) return { errors: [cost.refusal], cost: { ...cost, remaining: null } }
  try {
    const remaining = viewer && cost.requested ? await limiter.charge(viewer, cost.requested) : null
    return { errors: null, cost: { ...cost, remaining } }
  } catch (error) {
    return { errors: [refusalOf(error)], cost: { ...cost, remaining: null } }
  }
}
