import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../server/support.ts'
import { start } from '../support/clocked-app.ts'
import { bearer, open } from '../support/keyed-app.ts'
import {
  type Answer,
  begin,
  clip,
  codeOf,
  countOf,
  hashOf,
  longClip,
  operationsOf,
  upload,
} from '../support/uploads.ts'

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(6_000)])

/** Moves the clock until an upload is answered. */
async function waitFor(
  { clock }: Awaited<ReturnType<typeof start>>,
  answer: Promise<Answer>,
): Promise<string> {
  let done = false
  const answered = answer.finally(() => {
    done = true
  })
  await clock.until(() => done, 1_000)
  return codeOf(await answered)
}

describe('an upload is refused before a byte goes to the vendor', () => {
  const big = 2_000_000
  it.each([
    ['no length', { 'transfer-encoding': 'chunked' }, '411 LENGTH_REQUIRED'],
    ['too many bytes', { 'content-length': big + 1_000_000 }, '413 UPLOAD_TOO_LARGE'],
    ['no bytes', { 'content-length': 0 }, '415 UNSUPPORTED_MEDIA'],
    ['no type', { 'content-length': 9, 'content-type': '' }, '415 UNSUPPORTED_MEDIA'],
    [
      'a form',
      { 'content-length': 9, 'content-type': 'multipart/form-data; boundary=x' },
      '415 UNSUPPORTED_MEDIA',
    ],
    ['the type of a page', { 'content-length': 9, 'content-type': 'text/html' }, '415 UNSUPPORTED_MEDIA'],
    [
      'compressed bytes',
      { 'content-length': 9, 'content-encoding': 'gzip' },
      '415 CONTENT_ENCODING_NOT_SUPPORTED',
    ],
    ['a name that is none', { 'content-length': 9, 'x-file-name': '%E0%A4%A' }, '400 BAD_UPLOAD'],
    ['a name with a line break', { 'content-length': 9, 'x-file-name': 'a%0d%0ab.mp4' }, '400 BAD_UPLOAD'],
    [
      'a name with a control character of ISO 6429',
      { 'content-length': 9, 'x-file-name': 'a%C2%85b' },
      '400 BAD_UPLOAD',
    ],
    ['a name with NUL', { 'content-length': 9, 'x-file-name': 'a%00' }, '400 BAD_UPLOAD'],
    ['a name too long', { 'content-length': 9, 'x-file-name': 'a'.repeat(256) }, '400 BAD_UPLOAD'],
    ['a hash that is none', { 'content-length': 9, 'x-content-sha256': 'abc' }, '400 BAD_UPLOAD'],
  ])('with %s', async (_name, headers, expected) => {
    const world = await start({ env: { UPLOAD_MAX_MB: '2' } })
    const { request, answer } = begin(world.app.url, { 'content-type': 'video/mp4', ...headers } as never)
    expect(codeOf(await answer)).toBe(expected)
    request.destroy()
    expect([operationsOf(world.app), await countOf(world.app)]).toEqual([[], 0])
  })

  it.each([
    ['a text named .mp4', Buffer.from('I am no video. '.repeat(500))],
    ['an image that is sent as a video', png],
    ['a program', Buffer.from(`\x7fELF${'\0'.repeat(9_000)}`, 'latin1')],
    ['a page', Buffer.from(`<!doctype html><script>alert(1)</script>${' '.repeat(9_000)}`)],
    ['the beginning of a beginning', clip.subarray(0, 3)],
  ])('that is %s', async (_name, bytes) => {
    const world = await start()
    const answer = await upload(world.app.url, bytes, { 'x-file-name': 'clip.mp4' })
    expect(codeOf(answer)).toBe('415 UNSUPPORTED_MEDIA')
    expect([operationsOf(world.app), await countOf(world.app)]).toEqual([[], 0])
  })

  it('whose sender asks first, and whose connection is not used again', async () => {
    const { app } = await start()
    const asking = { 'content-type': 'text/html', 'content-length': 9, expect: '100-continue' }
    const { request, answer } = begin(app.url, asking)
    const { status, headers } = await answer
    request.destroy()
    expect([status, headers.connection]).toEqual([415, 'close'])
  })

  it('by who may not, or asks in another way', async () => {
    const { app, make, revoke, clock } = await open()
    const reader = bearer((await make({ scopes: ['jobs:read', 'jobs:write'] })).secret)
    expect(codeOf(await upload(app.url, clip, reader))).toBe('403 FORBIDDEN')
    const [revoked, expired] = [await make(), await make({ lifeMs: 60_000 })]
    await revoke(revoked.key.id)
    await clock.advance(61_000)
    for (const shown of [{}, ...['wrong', 'a.b.c', revoked.secret, expired.secret].map(bearer)])
      expect(codeOf(await upload(app.url, clip, shown))).toBe('401 UNAUTHENTICATED')
    expect(operationsOf(app)).toEqual([])
    const key = bearer((await make()).secret)
    const put = await fetch(new URL('/uploads', app.url), { method: 'PUT', body: clip, headers: key })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST'])
    const page = { ...key, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await upload(app.url, clip, page)).status).toBe(403)
  })
})

describe('nothing is left of an upload', () => {
  it('whose sender leaves in the middle', async () => {
    const world = await start()
    const { request } = begin(world.app.url, { 'content-type': 'video/mp4', 'content-length': 9_000_000 })
    request.on('error', () => {})
    request.write(longClip(3_000_000))
    await until(() => operationsOf(world.app).includes('put open'))
    request.destroy()
    await until(() => operationsOf(world.app).includes('put gone'))
    expect(await countOf(world.app)).toBe(0)
  })

  it('whose bytes are others than it says: the vendor never gets the last of them', async () => {
    const world = await start()
    const answer = await upload(world.app.url, longClip(500_000), { 'x-content-sha256': hashOf(clip) })
    expect(codeOf(answer)).toBe('400 CONTENT_MISMATCH')
    await until(() => operationsOf(world.app).includes('put gone'))
    expect(await countOf(world.app)).toBe(0)
  })

  it('whose sender sends nothing any more, or hardly anything', async () => {
    const world = await start()
    const idle = begin(world.app.url, { 'content-type': 'video/mp4', 'content-length': 9_000_000 })
    idle.request.write(longClip(100_000))
    await until(() => operationsOf(world.app).includes('put open'))
    await world.clock.advance(29_000)
    await world.clock.advance(2_000)
    expect(codeOf(await idle.answer)).toBe('408 UPLOAD_TOO_SLOW')
    idle.request.destroy()
    const slow = begin(world.app.url, { 'content-type': 'video/mp4', 'content-length': 9_000_000 })
    slow.request.write(longClip(100_000))
    const answered = waitFor(world, slow.answer)
    const drip = setInterval(() => slow.request.write(Buffer.alloc(10)), 5)
    onTestFinished(() => clearInterval(drip))
    expect(await answered).toBe('408 UPLOAD_TOO_SLOW')
    slow.request.destroy()
    await until(() => operationsOf(world.app).filter((one) => one === 'put gone').length === 2)
  })

  it.each([
    ['refuses the ticket', { kind: 'server-error', status: 503, on: 'ticket' }, '502 VENDOR_UNAVAILABLE'],
    ['does not know the key', { kind: 'unauthorized', on: 'ticket' }, '502 VENDOR_UNAVAILABLE'],
    ['asks for a pause', { kind: 'rate-limited', retryAfter: 7, on: 'ticket' }, '502 VENDOR_UNAVAILABLE'],
    ['does not take the file', { kind: 'server-error', status: 400, on: 'ticket' }, '422 UPLOAD_REFUSED'],
    ['finds it too large', { kind: 'server-error', status: 413, on: 'ticket' }, '413 UPLOAD_TOO_LARGE'],
    [
      'answers no address',
      { kind: 'odd-members', members: { download_url: 'javascript:alert(1)' }, on: 'ticket' },
      '502 VENDOR_UNAVAILABLE',
    ],
    [
      'answers an address that cannot be kept',
      { kind: 'odd-members', members: { download_url: `https://a.test/${'a'.repeat(2_000)}` }, on: 'ticket' },
      '502 VENDOR_UNAVAILABLE',
    ],
    ['answers nonsense', { kind: 'wrong-shape', on: 'ticket' }, '502 VENDOR_UNAVAILABLE'],
    ['answers a page', { kind: 'not-json', on: 'ticket', status: 200 }, '502 VENDOR_UNAVAILABLE'],
    ['refuses the bytes', { kind: 'server-error', status: 500, on: 'put' }, '502 VENDOR_UNAVAILABLE'],
    ['cuts the connection', { kind: 'cut-before', on: 'put' }, '502 VENDOR_UNAVAILABLE'],
    ['cuts it before the answer', { kind: 'cut-after', on: 'put' }, '502 VENDOR_UNAVAILABLE'],
  ] as const)('where the vendor %s', async (_name, fault, expected) => {
    const world = await start()
    world.app.sandbox.faults.add(fault)
    const answer = await upload(world.app.url, longClip(300_000))
    expect(codeOf(answer)).toBe(expected)
    expect(answer.body.errors?.[0].message).not.toMatch(/sandbox|Bearer/)
    if (fault.kind === 'rate-limited') expect(answer.headers['retry-after']).toBe('7')
    expect(await countOf(world.app)).toBe(0)
  })

  it('that the vendor does not read, or does not answer', async () => {
    const world = await start()
    for (const fault of [
      { kind: 'slow-read', bytesPerSecond: 0, on: 'put', times: 1 },
      { kind: 'hang', on: 'put', times: 1 },
    ] as const) {
      world.app.sandbox.faults.add(fault)
      const { request, answer } = begin(world.app.url, {
        'content-type': 'video/mp4',
        'content-length': 20_000_000,
      })
      request.end(longClip(20_000_000))
      await until(() => operationsOf(world.app).some((one) => /^put (open|hung)$/.test(one)))
      expect(await waitFor(world, answer)).toBe('502 VENDOR_UNAVAILABLE')
    }
    expect(await countOf(world.app)).toBe(0)
  })
})
