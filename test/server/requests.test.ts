/** What is read of a request before anything runs. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { bodyFits, maxBodyBytes, readBody, readBytes } from '../../src/server/body.ts'
import { isEncoded, normalizeRequest } from '../../src/server/normalize.ts'

/** A request as Node's parser hands it over: its headers, and a body that comes in pieces. */
function requestOf(headers: IncomingHttpHeaders, pieces: readonly (string | Buffer)[] = []) {
  const stream = new PassThrough({ highWaterMark: 2 * maxBodyBytes })
  for (const piece of pieces) stream.write(piece)
  stream.end()
  return Object.assign(stream, { headers }) as unknown as IncomingMessage & { body?: string }
}

describe('a body', () => {
  it('fits if it is declared no longer than a megabyte, and is then left to be read', async () => {
    const fits = (length: number) => bodyFits(requestOf({ 'content-length': String(length) }))
    expect(await fits(0)).toBe(true)
    expect(await fits(maxBodyBytes)).toBe(true)
    expect(await fits(maxBodyBytes + 1)).toBe(false)
    const request = requestOf({ 'content-length': '2' }, ['ab'])
    await bodyFits(request)
    expect(request.body).toBeUndefined()
    expect(await readBody(request)).toBe('ab')
  })

  it('fits if there is none', async () => {
    const request = requestOf({})
    expect(await bodyFits(request)).toBe(true)
    expect(request.body).toBeUndefined()
  })

  it('of undeclared length is read to find out', async () => {
    const request = requestOf({ 'transfer-encoding': 'chunked' }, ['{"a":', '"é"}'])
    expect(await bodyFits(request)).toBe(true)
    expect(request.body).toBe('{"a":"é"}')
    expect(await readBody(request)).toBe('{"a":"é"}')
  })

  it('of undeclared length fits up to the limit and no further', async () => {
    const of = (bytes: number) =>
      requestOf({ 'transfer-encoding': 'chunked' }, [Buffer.alloc(600_000, 'a'), Buffer.alloc(bytes, 'a')])
    expect(await bodyFits(of(400_000))).toBe(true)
    const large = of(400_001)
    expect(await bodyFits(large)).toBe(false)
    expect(large.body).toBeUndefined()
  })

  it('is read byte for byte', async () => {
    const bytes = Buffer.from([0, 255, 128, 10])
    expect(await readBytes(requestOf({}, [bytes.subarray(0, 1), bytes.subarray(1)]))).toEqual(bytes)
    expect(await readBytes(requestOf({}))).toEqual(Buffer.alloc(0))
  })

  it('that is declared too large is not begun to be read', async () => {
    const request = requestOf({ 'content-length': String(maxBodyBytes + 1) }, ['a'])
    expect(await readBytes(request)).toBeNull()
    expect(request.listenerCount('data')).toBe(0)
    expect(await readBytes(requestOf({ 'content-length': '1' }, ['a']))).toEqual(Buffer.from('a'))
    expect(
      await readBytes(requestOf({ 'content-length': String(maxBodyBytes) }, [Buffer.alloc(maxBodyBytes)])),
    ).toHaveLength(maxBodyBytes)
  })

  it('that proves too large is read no further', async () => {
    const request = requestOf({}, [Buffer.alloc(maxBodyBytes), 'a', 'b'])
    expect(await readBytes(request)).toBeNull()
    expect(request.isPaused()).toBe(true)
    expect(request.listenerCount('data')).toBe(0)
  })

  it('that breaks off is an error, and so is a client that leaves', async () => {
    const broken = new PassThrough()
    const request = Object.assign(broken, { headers: {} }) as unknown as IncomingMessage
    const read = readBytes(request)
    broken.destroy(new Error('socket hang up'))
    await expect(read).rejects.toThrow('socket hang up')

    const left = new PassThrough()
    const reading = readBytes(Object.assign(left, { headers: {} }) as unknown as IncomingMessage)
    left.write('a')
    left.destroy()
    await expect(reading).rejects.toThrow('left before')
  })
})

describe('what clients may write in several ways', () => {
  function normalized(url: string | undefined, headers: IncomingHttpHeaders = {}) {
    const request = { url, headers: { ...headers }, headersDistinct: {} } as IncomingMessage
    normalizeRequest(request)
    return request
  }

  it.each(['http', 'https', 'ws', 'WSS'])('is the whole address (%s), whose host counts', (scheme) => {
    const { url, headers } = normalized(`${scheme}://gateway.example.com:81/graphql?a=b`, { host: 'other' })
    expect({ url, host: headers.host }).toEqual({ url: '/graphql?a=b', host: 'gateway.example.com:81' })
  })

  it.each([
    '/graphql?to=http://a.example.com/',
    'ftp://a.example.com/x',
    'x:http://a.example.com/',
    'http://',
    '*',
    undefined,
  ])('is not %j', (address) => {
    const { url, headers } = normalized(address, { host: 'own' })
    expect({ url, host: headers.host }).toEqual({ url: address, host: 'own' })
  })

  it('is the case of a media type, not that of its parameters', () => {
    const type = (text: string) => normalized('/', { 'content-type': text }).headers['content-type']
    expect(type('Application/JSON')).toBe('application/json')
    expect(type(' Multipart/Form-Data ; boundary=AbC;x=Y')).toBe('multipart/form-data; boundary=AbC;x=Y')
    expect(normalized('/').headers).toEqual({})
  })

  it('is any number of accepted forms, of which the first 32 count', () => {
    const forms = Array.from({ length: 33 }, (_, index) => `a/${index}`)
    const accepted = normalized('/', { accept: forms.join(',') }).headers.accept
    expect(accepted).toBe(forms.slice(0, 32).join(','))
    expect(normalized('/', { accept: 'a/b, c/d;q=0.5' }).headers.accept).toBe('a/b, c/d;q=0.5')
  })

  it.each([
    [undefined, false],
    ['', false],
    ['identity', false],
    ['Identity, ', false],
    ['gzip', true],
    ['identity, br', true],
    ['identity,identity', false],
  ])('is the encoding %j: compressed or not, %j', (encoding, is) => {
    expect(isEncoded(requestOf({ 'content-encoding': encoding }))).toBe(is)
  })
})
