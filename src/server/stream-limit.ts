import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { Limiter } from '../access/limiter.ts'
import type { Viewer } from '../access/viewer.ts'
import { refusalOf } from './operation.ts'

/** Lets a tenant have no more streams open than it may, on whatever protocol. */
export function useStreamLimit(
  limiter: Pick<Limiter, 'openStream'>,
): Plugin<{ readonly viewer?: Viewer | undefined }> {
  return {
    async onSubscribe({ args: { contextValue }, setResultAndStopExecution }) {
      const { viewer } = contextValue
      if (!viewer) return
      try {
        const close = await limiter.openStream(viewer)
        // One that breaks off has no other end.
        const fail = (error: unknown) => {
          close()
          throw error
        }
        return {
          onSubscribeResult({ result, setResult }) {
            if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, (one) => one, fail, close))
            else close()
          },
          onSubscribeError: close,
        }
      } catch (error) {
        return setResultAndStopExecution({ errors: [refusalOf(error)] })
      }
    },
  }
}
