import { type ExecutionResult, GraphQLError } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Access } from '../access/access.ts'
import type { AccessEndedError } from '../access/error.ts'
import type { Viewer } from '../access/viewer.ts'

/**
 * Ends the streams of a viewer whose rights end, on whatever protocol: with an error that says so, then the end. Whoever comes
 * with a ticket is served subscriptions alone.
 */
export function useRights(access: Pick<Access, 'watch'>): Plugin<{ readonly viewer?: Viewer | undefined }> {
  return {
    onExecute({ args: { contextValue }, setResultAndStopExecution }) {
      if (contextValue.viewer?.follows !== undefined) setResultAndStopExecution({ errors: [onlyToFollow()] })
    },
    onSubscribe({ args: { contextValue } }) {
      const { viewer } = contextValue
      if (!viewer) return
      return {
        onSubscribeResult({ result, setResult }) {
          if (isAsyncIterable(result)) setResult(untilEnded(result, (end) => access.watch(viewer, end)))
        },
      }
    },
  }
}

function onlyToFollow(): GraphQLError {
  return new GraphQLError('A ticket opens subscriptions, and nothing else.', {
    extensions: { code: 'FORBIDDEN' },
  })
}

/** The same stream; when `watch` tells of the end, a result that says so is its last. */
export function untilEnded(
  stream: AsyncIterable<ExecutionResult>,
  watch: (end: (error: AccessEndedError) => void) => () => void,
): AsyncIterableIterator<ExecutionResult> {
  const source = stream[Symbol.asyncIterator]()
  let last: IteratorResult<ExecutionResult> | null = null
  let over = false
  /** Who waits for the next result. A race of promises would keep each of them for as long as the stream lasts. */
  let waiting: ((result: IteratorResult<ExecutionResult>) => void) | null = null

  const stop = watch(({ message, code }) => {
    last = { done: false, value: { errors: [new GraphQLError(message, { extensions: { code } })] } }
    waiting?.(last)
    leave().catch(() => {}) // Nobody is there any more to be told.
  })
  const leave = async () => source.return?.()

  return {
    async next() {
      if (over) return { done: true, value: undefined }
      try {
        const result =
          last ??
          (await new Promise<IteratorResult<ExecutionResult>>((resolve, reject) => {
            waiting = resolve
            source.next().then(resolve, reject)
          }))
        over = result === last || result.done === true
        return result
      } catch (error) {
        over = true
        throw error
      } finally {
        waiting = null
        if (over) stop()
      }
    },
    async return() {
      over = true
      stop()
      return (await leave()) ?? { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
