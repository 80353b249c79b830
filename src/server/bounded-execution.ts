import {
  type ExecutionArgs,
  execute,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
  subscribe,
} from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { roomFor, withinRoom } from './answer-size.ts'
import { refusalByCost } from './cost.ts'
import type { Limits } from './limits.ts'

/** Each fault of a variable quotes its value, which may be as large as the request. */
const variableFaults = { maxErrors: 2 }

/**
 * Bounds what an operation may cost before it runs, and what its answer may hold while it is made. It runs by graphql's
 * own executor, whose answers have their fields in the order of the selection.
 */
export function useBoundedExecution({ answerCharacters }: Pick<Limits, 'answerCharacters'>): Plugin {
  return {
    onExecute({ args, setExecuteFn, setResultAndStopExecution }) {
      const errors = limitErrors(args)
      if (errors) return setResultAndStopExecution({ errors })
      setExecuteFn(execute)
      // A mutation has happened by then, whatever its answer holds.
      if (getOperationAST(args.document, args.operationName)?.operation !== 'query') return
      const room = roomFor(answerCharacters)
      Object.assign(args.contextValue as object, { room })
      return {
        onExecuteDone({ result, setResult }) {
          if (!isAsyncIterable(result)) setResult(withinRoom(result, room))
        },
      }
    },
    onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const errors = limitErrors(args)
      if (errors) return setResultAndStopExecution({ errors })
      setSubscribeFn(subscribe)
    },
  }
}

/** Why an operation does not run; null if it does. */
function limitErrors(args: ExecutionArgs): readonly GraphQLError[] | null {
  const { schema, document, operationName, variableValues } = args
  const operation = getOperationAST(document, operationName)
  if (!operation) return null // The executor's own words.
  const { variableDefinitions = [] } = operation
  const { errors, coerced } = getVariableValues(
    schema,
    variableDefinitions,
    variableValues ?? {},
    variableFaults,
  )
  if (errors) return errors
  const refusal = refusalByCost(schema, document, operation, coerced)
  return refusal ? [refusal] : null
}
