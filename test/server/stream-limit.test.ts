import { beforeEach, describe, expect, it } from 'vitest'
import { RateLimitedError } from '../../src/jobs/rate-limited.ts'
import { useStreamLimit } from '../../src/server/stream-limit.ts'
import { somebody } from '../support/viewer.ts'

type Stream = AsyncIterableIterator<unknown>

describe('the place of a stream', () => {
  let taken = 0
  beforeEach(() => {
    taken = 0
  })
  const limiter = {
    async openStream() {
      if (taken > 0) throw new RateLimitedError('streams', 1, 5_000)
      taken += 1
      return () => {
        taken -= 1
      }
    },
  }

  /** What the plugin makes of the stream, or of another result, that a subscription answers. */
  async function open(source: unknown) {
    let stopped: { errors: { message: string }[] } | null = null
    const hooks = (await useStreamLimit(limiter).onSubscribe?.({
      args: { contextValue: { viewer: somebody } },
      setResultAndStopExecution: (result: never) => {
        stopped = result
      },
    } as never)) as
      | { onSubscribeResult(given: object): void; onSubscribeError(given: object): void }
      | undefined
    let result = source
    hooks?.onSubscribeResult({
      result: source,
      setResult: (one: unknown) => {
        result = one
      },
    })
    return { stream: result as Stream, stopped, hooks }
  }
  async function* values(fault?: Error) {
    yield 1
    if (fault) throw fault
  }

  it('is given back when it ends', async () => {
    const { stream } = await open(values())
    expect([await stream.next(), taken]).toEqual([{ value: 1, done: false }, 1])
    expect([(await stream.next()).done, taken]).toEqual([true, 0])
  })

  it('is given back when it breaks off, whether or not anybody leaves it then', async () => {
    const { stream } = await open(values(new Error('too slow')))
    await stream.next()
    await expect(stream.next()).rejects.toThrow('too slow')
    expect(taken).toBe(0)
  })

  it('is given back when its reader leaves', async () => {
    const { stream } = await open(values())
    await stream.next()
    await stream.return?.()
    expect(taken).toBe(0)
  })

  it('is given back where there is no stream after all', async () => {
    await open({ errors: [] })
    expect(taken).toBe(0)
  })

  it('is refused where there is none, with an error for the answer', async () => {
    await open(values())
    const { stopped, hooks } = await open(values())
    expect(hooks).toBeUndefined()
    expect(stopped).toMatchObject({ errors: [{ message: expect.stringContaining('open streams') }] })
    expect(taken).toBe(1)
  })
})
