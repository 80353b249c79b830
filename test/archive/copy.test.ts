import { describe, expect, it } from 'vitest'
import type { IncomingFile } from '../../src/archive/archive.ts'
import { type Copied, copyOutput, nameOf } from '../../src/archive/copy.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const url = 'https://host.example.com/out.mp4'
const output = { url, nsfw: null, expiresAt: Number.MAX_SAFE_INTEGER }
const kept = (bytes: number): Copied => ({
  kind: 'kept',
  copy: { key: 'job_a/3.mp4', bytes, contentType: 'video/mp4' },
})

interface Download {
  readonly chunks?: (clock: FakeClock) => AsyncIterable<Uint8Array>
  readonly length?: number | null
  readonly contentType?: string
  readonly put?: (body: AsyncIterable<Uint8Array>) => Promise<void>
}

/** What becomes of a file that comes like this; the archive reads it to its end unless `put` says otherwise. */
async function copyOf({ chunks = of(100), length = null, contentType = 'video/mp4', put = drain }: Download) {
  const clock = createFakeClock()
  let canceled = 0
  const file: IncomingFile = {
    contentType,
    length,
    body: chunks(clock),
    cancel() {
      canceled += 1
    },
  }
  const copied = await copyOutput(
    {
      source: { fetch: async () => ({ kind: 'file', file }) },
      archive: { put: async (_key, { body }) => put(body) },
      maxBytes: 2_000_000,
      clock,
    },
    { jobId: 'job_a', index: 3, output },
    new AbortController().signal,
  )
  expect(canceled).toBe(1)
  return copied
}

/** Chunks of so many bytes, each of which is waited for. */
const of = (...sizes: readonly (number | { readonly bytes: number; readonly afterMs: number })[]) =>
  async function* (clock: FakeClock) {
    for (const size of sizes) {
      const { bytes, afterMs } = typeof size === 'number' ? { bytes: size, afterMs: 0 } : size
      await clock.advance(afterMs)
      yield new Uint8Array(bytes)
    }
  }

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

describe('a copy', () => {
  it('has the bytes that came, whatever was declared', async () => {
    expect(await copyOf({ chunks: of(100, 1, 20), length: 7 })).toEqual(kept(121))
  })

  it('may be as large as the limit and no larger, declared or not', async () => {
    const tooLarge = { kind: 'hopeless', reason: 'it is larger than 2 MB (ARCHIVE_MAX_MB).' }
    expect(await copyOf({ chunks: of(2_000_000), length: 2_000_000 })).toEqual(kept(2_000_000))
    expect(await copyOf({ chunks: of(2_000_000, 1) })).toEqual(tooLarge)
    expect(await copyOf({ length: 2_000_001 })).toEqual(tooLarge)
  })

  it('of no bytes or of a page is none, and another try is unlikely to help', async () => {
    expect(await copyOf({ chunks: of() })).toEqual({ kind: 'lasting', reason: 'it is empty.' })
    expect(await copyOf({ contentType: 'text/html' })).toEqual({
      kind: 'lasting',
      reason: 'it is text/html.',
    })
    expect(await copyOf({ contentType: '' })).toEqual({ kind: 'lasting', reason: 'it is of no type.' })
  })

  it.each([
    ['a failure that may pass', false, 'later'],
    ['a failure that lasts', true, 'lasting'],
  ])('of what cannot be fetched is %s', async (_name, lasting, kind) => {
    const copied = await copyOutput(
      {
        source: { fetch: async () => ({ kind: 'failed', lasting, message: 'HTTP 404.' }) },
        archive: { put: async () => {} },
        maxBytes: 1,
        clock: createFakeClock(),
      },
      { jobId: 'job_a', index: 0, output },
      new AbortController().signal,
    )
    expect(copied).toEqual({ kind, reason: 'HTTP 404.' })
  })
})

describe('a download', () => {
  it('that breaks off is tried again, and says why in a word', async () => {
    const chunks = async function* () {
      yield new Uint8Array(10)
      throw Object.assign(new Error('/secret/path'), { code: 'ECONNRESET' })
    }
    expect(await copyOf({ chunks })).toEqual({
      kind: 'later',
      reason: 'its download broke off (ECONNRESET).',
    })
  })

  it('that breaks off before its first byte is tried again as well', async () => {
    const chunks = (): AsyncIterable<Uint8Array> => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new TypeError('terminated')) }),
    })
    expect(await copyOf({ chunks })).toEqual({
      kind: 'later',
      reason: 'its download broke off (TypeError).',
    })
  })

  it('has to bring 600 KB in each minute that is spent waiting for it', async () => {
    const slow = { kind: 'later', reason: 'its download is slower than 10 KB a second.' }
    const minute = (bytes: number) => ({ bytes, afterMs: 60_000 })
    expect(await copyOf({ chunks: of(minute(600_000)) })).toEqual(kept(600_000))
    expect(await copyOf({ chunks: of(minute(599_999)) })).toEqual(slow)
    // Each minute is judged by itself, and what came within it is added up.
    expect(await copyOf({ chunks: of(minute(900_000), minute(599_999)) })).toEqual(slow)
    const halves = [300_000, 300_000].map((bytes) => ({ bytes, afterMs: 30_000 }))
    expect(await copyOf({ chunks: of(...halves, ...halves) })).toEqual(kept(1_200_000))
    expect(await copyOf({ chunks: of({ bytes: 1, afterMs: 59_999 }) })).toEqual(kept(1))
    expect(await copyOf({ chunks: of(minute(900_000), { bytes: 1, afterMs: 59_999 }) })).toEqual(
      kept(900_001),
    )
  })

  it('is not slow because the archive is', async () => {
    let time: FakeClock | undefined
    const chunks = async function* (clock: FakeClock) {
      time = clock
      for (let count = 0; count < 5; count += 1) yield new Uint8Array(1)
    }
    const put = async (body: AsyncIterable<Uint8Array>) => {
      for await (const _ of body) await time?.advance(120_000)
    }
    expect(await copyOf({ chunks, put })).toEqual(kept(5))
  })
})

describe('an archive that does not take a file', () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })

  it.each([
    ['before it has read', async () => {}],
    [
      'while it reads',
      async (body: AsyncIterable<Uint8Array>) => {
        for await (const _ of body) return
      },
    ],
    ['after it has read', drain],
  ])('is no fault of the output: %s', async (_name, read) => {
    const put = async (body: AsyncIterable<Uint8Array>) => {
      await read(body)
      throw full
    }
    expect(await copyOf({ chunks: of(1, 1), put })).toEqual({ kind: 'refused', error: full })
  })

  it('and throws into the body what broke it, is no fault of the output either', async () => {
    const put = async (body: AsyncIterable<Uint8Array>) => {
      const chunks = body[Symbol.asyncIterator]()
      await chunks.next()
      await chunks.throw?.(full)
    }
    expect(await copyOf({ chunks: of(1, 1), put })).toEqual({ kind: 'refused', error: full })
  })

  it('hears of a download that broke off once it goes on reading', async () => {
    const chunks = async function* () {
      yield new Uint8Array(1)
      throw new TypeError('terminated')
    }
    expect(await copyOf({ chunks })).toEqual({
      kind: 'later',
      reason: 'its download broke off (TypeError).',
    })
  })
})

it.each([
  [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'ENOSPC'],
  [Object.assign(new TypeError('x'), { code: 7 }), 'TypeError'],
  ['words', 'unknown'],
])('what went wrong in a word, of %s, is %s', (error, word) => {
  expect(nameOf(error)).toBe(word)
})
