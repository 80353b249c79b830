import type { ExecutionResult } from 'graphql'
import { describe, expect, it } from 'vitest'
import { AccessEndedError } from '../../src/access/error.ts'
import { untilEnded } from '../../src/server/rights.ts'

type Result = IteratorResult<ExecutionResult>
const value = (n: number): Result => ({ done: false, value: { data: { n } } })
const done: Result = { done: true, value: undefined }
const ended = {
  done: false,
  value: { errors: [expect.objectContaining({ extensions: { code: 'ACCESS_ENDED' } })] },
}

/** A stream of results that the test gives, whose viewer's rights the test ends. */
function open({ onReturn = async () => done }: { onReturn?: () => Promise<Result> } = {}) {
  let waiting: { resolve: (result: Result) => void; reject: (error: unknown) => void } | null = null
  let end: ((error: AccessEndedError) => void) | null = null
  let asked = 0
  let returned = 0
  let calledOff = 0
  const source: AsyncIterableIterator<ExecutionResult> = {
    next: () => {
      asked += 1
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
      })
    },
    return: () => {
      returned += 1
      waiting?.resolve(done)
      return onReturn()
    },
    [Symbol.asyncIterator]: () => source,
  }
  const stream = untilEnded(source, (given) => {
    end = given
    return () => {
      calledOff += 1
    }
  })
  return {
    stream,
    give: (result: Result) => waiting?.resolve(result),
    fail: (error: unknown) => waiting?.reject(error),
    end: (why: 'revoked' | 'expired' = 'revoked') => end?.(new AccessEndedError(why)),
    counts: () => ({ asked, returned, calledOff }),
  }
}

describe('a stream of somebody whose rights may end', () => {
  it('is the same as before as long as they last', async () => {
    const { stream, give } = open()
    expect(stream[Symbol.asyncIterator]()).toBe(stream)
    for (const n of [1, 2]) {
      const next = stream.next()
      give(value(n))
      expect(await next).toEqual(value(n))
    }
  })

  it('asks for no result before somebody wants it', () => {
    expect(open().counts()).toEqual({ asked: 0, returned: 0, calledOff: 0 })
  })

  it('ends with a result that says why, while one is awaited', async () => {
    const { stream, end, counts } = open()
    const next = stream.next()
    end('expired')
    const last = await next
    expect(last).toEqual(ended)
    expect(last.value.errors[0].message).toMatch(/is expired: subscribe again/)
    expect(await stream.next()).toEqual(done)
    expect(counts()).toEqual({ asked: 1, returned: 1, calledOff: 1 })
  })

  it('ends with a result that says why, when none is awaited', async () => {
    const { stream, give, end, counts } = open()
    const next = stream.next()
    give(value(1))
    await next
    end()
    expect(counts()).toMatchObject({ returned: 1 })
    expect(await stream.next()).toEqual(ended)
    expect(await stream.next()).toEqual(done)
    expect(counts()).toEqual({ asked: 1, returned: 1, calledOff: 1 })
  })

  it('ends before its first result', async () => {
    const { stream, end, counts } = open()
    end()
    expect([await stream.next(), await stream.next()]).toEqual([ended, done])
    expect(counts()).toMatchObject({ asked: 0, returned: 1 })
  })

  it('tells a result that came just before the end, and then why it ends', async () => {
    const { stream, give, end } = open()
    const next = stream.next()
    give(value(1))
    await Promise.resolve() // It is on its way to who awaits it.
    end()
    expect([await next, await stream.next(), await stream.next()]).toEqual([value(1), ended, done])
  })

  it('leaves nobody waiting if its source does not answer any more', async () => {
    const { stream, end } = open({ onReturn: () => new Promise(() => {}) })
    const next = stream.next()
    end()
    expect([await next, await stream.next()]).toEqual([ended, done])
  })

  it('is not watched any longer once its source is at its end', async () => {
    const { stream, give, counts } = open()
    const next = stream.next()
    give(done)
    expect([await next, await stream.next()]).toEqual([done, done])
    expect(counts()).toEqual({ asked: 1, returned: 0, calledOff: 1 })
  })

  it('is not watched any longer once its source has failed', async () => {
    const { stream, fail, counts } = open()
    const next = stream.next()
    fail(new Error('broken'))
    await expect(next).rejects.toThrow('broken')
    expect(counts().calledOff).toBe(1)
    expect(await stream.next()).toEqual(done)
  })

  it('is not watched any longer once its reader has left, and its source knows', async () => {
    const { stream, counts } = open()
    expect(await stream.return?.()).toEqual(done)
    expect(counts()).toEqual({ asked: 0, returned: 1, calledOff: 1 })
    expect(await stream.next()).toEqual(done)
  })

  it('that fails to be left is no fault of who is told of the end', async () => {
    const broken = { onReturn: () => Promise.reject(new Error('broken')) }
    const { stream, end } = open(broken)
    end()
    // An error that nobody handles would end the process, and here the run.
    await new Promise((resolve) => setImmediate(resolve))
    expect([await stream.next(), await stream.next()]).toEqual([ended, done])
    await expect(open(broken).stream.return?.()).rejects.toThrow('broken')
  })

  it('may have a source that cannot be left', async () => {
    const source = { [Symbol.asyncIterator]: () => ({ next: async () => value(1) }) }
    let end = (_error: AccessEndedError) => {}
    const stream = untilEnded(source, (given) => {
      end = given
      return () => {}
    })
    expect(await stream.next()).toEqual(value(1))
    end(new AccessEndedError('revoked'))
    expect([await stream.next(), await stream.return?.()]).toEqual([ended, done])
  })
})
