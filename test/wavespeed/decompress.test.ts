import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompress } from '../../src/wavespeed/decompress.ts'

const text = '{"code":200,"message":"success"}'
const limit = 1_000_000
const read = async (bytes: Uint8Array, encoding: string) =>
  Buffer.from(await decompress(bytes, encoding, limit)).toString()

describe('a compressed answer', () => {
  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['gzip, deflate, br', brotliCompressSync(deflateSync(gzipSync(text)))],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
    ['', Buffer.from(text)],
  ])('in %j is read', async (encoding, bytes) => {
    expect(await read(bytes, encoding)).toBe(text)
  })

  it.each([
    ['gzip', gzipSync(Buffer.alloc(20_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(20_000_000))],
    ['deflate', deflateSync(Buffer.alloc(20_000_000))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(20_000_000)))],
  ])('that would grow beyond the limit is refused: %s', async (encoding, bytes) => {
    expect(bytes.length).toBeLessThan(100_000)
    await expect(read(bytes, encoding)).rejects.toThrow()
  })

  it.each([
    ['zstd', 'an answer in the unknown encoding "zstd"'],
    ['constructor', 'an answer in the unknown encoding "constructor"'],
    [`gzip, ${'z'.repeat(50)}`, `an answer in the unknown encoding "${'z'.repeat(40)}"`],
    ['gzip, gzip, gzip, gzip', 'an answer with 4 encodings'],
  ])('in %j is refused by name', async (encoding, message) => {
    await expect(read(gzipSync(text), encoding)).rejects.toThrow(new Error(message))
  })

  it('of no bytes has none, whatever its encoding', async () => {
    expect(await read(Buffer.alloc(0), 'gzip')).toBe('')
  })

  it('of one byte is no compressed one', async () => {
    await expect(read(Buffer.from('x'), 'gzip')).rejects.toThrow()
  })

  it('in the bare form of deflate is read though its first byte passes for that of the other one', async () => {
    // A stored block that is not the last, with padding that is not zero, then an empty last one.
    const bytes = Buffer.from([0x08, 2, 0, 0xfd, 0xff, 0x68, 0x69, 0x01, 0, 0, 0xff, 0xff])
    expect(await read(bytes, 'deflate')).toBe('hi')
  })

  it('in the bare form of deflate is read though its first bytes pass for a checksum of the other one', async () => {
    const bytes = deflateRawSync('LQitYKdE')
    expect(bytes.readUInt16BE() % 31).toBe(0)
    expect(await read(bytes, 'deflate')).toBe('LQitYKdE')
  })

  it('that is broken is refused', async () => {
    await expect(read(Buffer.from('no gzip'), 'gzip')).rejects.toThrow()
  })
})
