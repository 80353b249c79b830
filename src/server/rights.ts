import { type ExecutionResult, GraphQLError } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Access } from '../access/access.ts'
import type { AccessEndedError } from '../access/error.ts'
import type { Viewer } from '../access/viewer.ts'

/** Ends the streams of a viewer whose rights end, on whatever protocol: with an error that says so, then the end. */
export function useRights(access: Pick<Access, 'watch'>): Plugin<{ readonly viewer?: Viewer | undefined }> {
  return {
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

/** The same stream; when `watch` tells of the end, a result that says so is its last. */
export function untilEnded(
  stream: AsyncIterable<ExecutionResult>,
  watch: (end: (error: AccessEndedError) => void) => () => void,
): AsyncIterableIterator<ExecutionResult> {
  const source = stream[Symbol.asyncIterator]()
  let ended: AccessEndedError | null = null
  let over = false
  /** Who waits for the next result. A race of promises would keep each of them for as long as the stream lasts. */
  let waiting: ((result: IteratorResult<ExecutionResult>) => void) | null = null

  const stop = watch((error) => {
    ended = error
    void source.return?.()
    waiting?.(last(error))
  })

  function last(error: AccessEndedError): IteratorResult<ExecutionResult> {
    over = true
    const { message, code } = error
    return { done: false, value: { errors: [new GraphQLError(message, { extensions: { code } })] } }
  }

  return {
    async next() {
      if (over) return { done: true, value: undefined }
      if (ended) return last(ended)
      const told = new Promise<IteratorResult<ExecutionResult>>((resolve, reject) => {
        waiting = resolve
        source.next().then(resolve, reject)
      })
      try {
        const result = await told
        if (result.done) over = true
        return result
      } finally {
        waiting = null
        if (over) stop()
      }
    },
    async return() {
      over = true
      stop()
      return (await source.return?.()) ?? { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
