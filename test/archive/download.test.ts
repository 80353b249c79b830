import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDownloads } from '../../src/archive/download.ts'
import { type FileHost, stalling, startFileHost, video } from '../support/file-host.ts'

describe('a download', () => {
  let host: FileHost
  let downloads: ReturnType<typeof createDownloads>
  /** Does not wait for a silent host as long as the others do. */
  let impatient: ReturnType<typeof createDownloads>
  const never = new AbortController().signal

  beforeEach(async () => {
    host = await startFileHost()
    downloads = createDownloads({ mayBePrivate: () => true })
    impatient = createDownloads({ idleTimeoutMs: 2_000, mayBePrivate: () => true })
  })
  afterEach(async () => {
    await downloads.close()
    await impatient.close()
    await host.close()
  })

  const fetch = (path = '/a.mp4', signal = never) => downloads.fetch(`${host.url}${path}`, signal)

  it('tells type and length, and sends nothing that tells who asks', async () => {
    host.answer((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'Video/MP4; codecs="avc1"', 'content-length': 5 })
        .end('bytes'),
    )
    const fetched = await fetch()
    if (fetched.kind !== 'file') throw new Error(fetched.message)
    expect(fetched.file).toMatchObject({ contentType: 'video/mp4', length: 5 })
    let text = ''
    for await (const chunk of fetched.file.body) text += Buffer.from(chunk).toString()
    expect(text).toBe('bytes')
    expect(Object.keys(host.requests[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
    ])
  })

  it.each([
    [404, true],
    [410, true],
    [403, true],
    [204, true],
    [408, false],
    [425, false],
    [429, false],
    [500, false],
    [503, false],
  ])('answered with %i has failed, lastingly: %s', async (status, lasting) => {
    host.answer((_request, response) => response.writeHead(status).end())
    expect(await fetch()).toEqual({
      kind: 'failed',
      lasting,
      message: `its host answers with HTTP ${status}.`,
    })
  })

  it('follows a few redirects, and no more', async () => {
    host.answer((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) video(Buffer.from('bytes'))(request, response)
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    const fetched = await fetch('/3')
    if (fetched.kind !== 'file') throw new Error(fetched.message)
    fetched.file.cancel()
    expect(await fetch('/4')).toMatchObject({ kind: 'failed', message: 'its host answers with HTTP 302.' })
  })

  it.each([301, 302, 303, 307, 308])('follows a redirect by %i', async (status) => {
    host.answer((request, response) =>
      request.url === '/a.mp4'
        ? response.writeHead(status, { location: '/b.mp4' }).end('moved')
        : response.writeHead(200, { 'content-type': ' Video/MP4 ;x' }).end('bytes'),
    )
    const fetched = await fetch()
    expect(fetched).toMatchObject({ kind: 'file', file: { contentType: 'video/mp4', length: null } })
    if (fetched.kind === 'file') fetched.file.cancel()
  })

  it.each([
    [302, {}],
    [300, { location: '/b.mp4' }],
    [201, { location: '/b.mp4' }],
  ])('follows nothing that is no redirect: %i %j', async (status, headers) => {
    host.answer((_request, response) => response.writeHead(status, headers).end())
    expect(await fetch()).toMatchObject({ kind: 'failed', message: `its host answers with HTTP ${status}.` })
    expect(host.requests).toHaveLength(1)
  })

  it('asks for any type, and for bytes as they are', async () => {
    await fetch()
    expect(host.requests[0]?.headers).toMatchObject({ accept: '*/*', 'accept-encoding': 'identity' })
  })

  it('of no type has none', async () => {
    host.answer((_request, response) => response.writeHead(200).end('bytes'))
    const fetched = await fetch()
    expect(fetched).toMatchObject({ kind: 'file', file: { contentType: '' } })
    if (fetched.kind === 'file') fetched.file.cancel()
  })

  it('lets go of a redirect whose body goes on', async () => {
    const left = new Promise<void>((resolve) => {
      host.answer((request, response) => {
        if (request.url === '/b.mp4') return video(Buffer.from('bytes'))(request, response)
        response.on('close', resolve).writeHead(302, { location: '/b.mp4' }).write('and so on')
      })
    })
    const fetched = await fetch()
    if (fetched.kind !== 'file') throw new Error(fetched.message)
    await left
    fetched.file.cancel()
  })

  it('is over when downloads are closed', async () => {
    host.answer(stalling(Buffer.from('bytes')))
    const fetched = await fetch()
    if (fetched.kind !== 'file') throw new Error(fetched.message)
    const reading = text(fetched.file.body)
    await downloads.close()
    await expect(reading).rejects.toThrow()
  })

  it.each(['cancel', 'failure'])('lets go of a connection that is not read on (%s)', async (how) => {
    const closed = new Promise<void>((resolve) => {
      host.answer((_request, response) => {
        response.on('close', resolve)
        response.writeHead(how === 'cancel' ? 200 : 500).write('bytes')
      })
    })
    const fetched = await fetch()
    expect(fetched.kind).toBe(how === 'cancel' ? 'file' : 'failed')
    if (fetched.kind === 'file') fetched.file.cancel()
    await closed
  })

  it('asks nobody of this machine where nothing is said about it', async () => {
    const strict = createDownloads()
    expect(await strict.fetch(`${host.url}/a.mp4`, never)).toMatchObject({ kind: 'failed', lasting: true })
    expect(await strict.fetch(`${host.url.replace('127.0.0.1', 'localhost')}/a.mp4`, never)).toEqual({
      kind: 'failed',
      lasting: true,
      message: 'its address is not one of the internet.',
    })
    expect(host.requests).toEqual([])
    await strict.close()
  })

  it('of a name that leads nowhere has failed, and may be tried again', async () => {
    expect(await downloads.fetch('https://nowhere.invalid/a.mp4', never)).toMatchObject({
      kind: 'failed',
      lasting: false,
      message: expect.stringMatching(/does not answer \((ENOTFOUND|EAI_AGAIN)\)/),
    })
  })

  it.each(['file:///etc/passwd', 'ftp://example.com/a.mp4', 'no address'])(
    'of %j is not tried',
    async (url) => {
      const refusal = { kind: 'failed', lasting: true, message: 'its address is not http(s).' }
      expect(await downloads.fetch(url, never)).toEqual(refusal)
    },
  )

  it('does not follow to anything but http(s)', async () => {
    host.answer((_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end())
    expect(await fetch()).toEqual({ kind: 'failed', lasting: true, message: 'its address is not http(s).' })
    expect(host.requests).toHaveLength(1)
  })

  it.each(['127.0.0.1', 'localhost'])('asks %s only where it may', async (name) => {
    host.answer(video(Buffer.from('bytes')))
    const url = `http://${name}:${new URL(host.url).port}/a.mp4`
    const asked: string[] = []
    const strict = createDownloads({
      mayBePrivate(one) {
        asked.push(one)
        return false
      },
    })
    try {
      expect(await strict.fetch(url, never)).toEqual({
        kind: 'failed',
        lasting: true,
        message: 'its address is not one of the internet.',
      })
    } finally {
      await strict.close()
    }
    expect(asked).toEqual([name])
    expect(host.requests).toHaveLength(0)
  })

  it('does not follow to this machine from elsewhere', async () => {
    const { port } = new URL(host.url)
    host.answer((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/secret` }).end(),
    )
    const strict = createDownloads({ mayBePrivate: (name) => name === 'localhost' })
    try {
      expect(await strict.fetch(`http://localhost:${port}/a.mp4`, never)).toMatchObject({ lasting: true })
    } finally {
      await strict.close()
    }
    expect(host.requests.map(({ url }) => url)).toEqual(['/a.mp4'])
  })

  it('of compressed bytes has failed, since they would be kept as such', async () => {
    host.answer((_request, response) =>
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-encoding': 'gzip' }).end('bytes'),
    )
    expect(await fetch()).toMatchObject({ kind: 'failed', message: 'its host answers compressed bytes.' })
  })

  it('gives up where nobody listens, or nobody answers', async () => {
    host.answer(() => {})
    expect(await impatient.fetch(`${host.url}/a.mp4`, never)).toEqual({
      kind: 'failed',
      lasting: false,
      message: 'its host does not answer (UND_ERR_HEADERS_TIMEOUT).',
    })
    const closed = createServer()
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, '127.0.0.1', () => resolve((closed.address() as { port: number }).port))
    })
    await new Promise((resolve) => closed.close(resolve))
    expect(await downloads.fetch(`http://127.0.0.1:${port}/`, never)).toEqual({
      kind: 'failed',
      lasting: false,
      message: 'its host does not answer (ECONNREFUSED).',
    })
  })

  it.each([
    ['falls silent', () => impatient, () => {}, 'UND_ERR_BODY_TIMEOUT'],
    ['ends early', () => downloads, (response: ServerResponse) => void response.destroy(), 'UND_ERR_SOCKET'],
  ])('whose host %s breaks', async (_name, source, goOn, code) => {
    const answers: ServerResponse[] = []
    host.answer((request, response) => {
      answers.push(response)
      stalling(Buffer.alloc(1_000))(request, response)
    })
    const fetched = await source().fetch(`${host.url}/a.mp4`, never)
    if (fetched.kind !== 'file') throw new Error(fetched.message)
    for (const answer of answers) goOn(answer)
    const read = async () => {
      for await (const _chunk of fetched.file.body);
    }
    await expect(read()).rejects.toMatchObject({ code })
  })

  it('ends when it is broken off', async () => {
    host.answer(stalling(Buffer.alloc(1_000)))
    const controller = new AbortController()
    const fetched = await fetch('/a.mp4', controller.signal)
    if (fetched.kind !== 'file') throw new Error(fetched.message)
    const read = async () => {
      for await (const _chunk of fetched.file.body) controller.abort()
    }
    // And not of silence, half a minute later.
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' })
  })
})
