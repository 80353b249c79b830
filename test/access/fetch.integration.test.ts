import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTextFetch } from '../../src/access/fetch.ts'
import { createJwks } from '../../src/access/jwks.ts'
import { viewerOfToken } from '../../src/access/token.ts'
import { createLog } from '../../src/log.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createSigningKey, rules, type SigningKey, setOf } from './identity-provider.ts'

const wire = createTextFetch({})
afterAll(() => wire.close())

/** An identity provider that answers as the test says; `paths` were asked for. */
async function startProvider(answer: RequestListener) {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url} ${request.headers['accept-encoding']}`)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, paths, server }
}

describe('the keys of an identity provider, over HTTP', () => {
  it('are read', async () => {
    const provider = await startProvider((_, response) => response.end('{"keys":[]}'))
    expect(await wire.fetch(provider.url)).toBe('{"keys":[]}')
    expect(provider.paths).toEqual(['GET /jwks identity'])
  })

  it.each([301, 302, 303, 307, 308])('are not looked for where a %s points to', async (status) => {
    const provider = await startProvider((request, response) => {
      if (request.url === '/elsewhere') return response.end('{"keys":[]}')
      return response.writeHead(status, { location: '/elsewhere' }).end()
    })
    await expect(wire.fetch(provider.url)).rejects.toThrow(`HTTP ${status}`)
    expect(provider.paths).toEqual(['GET /jwks identity'])
  })

  it.each([204, 404, 500, 503])('are not what comes with a %s', async (status) => {
    const provider = await startProvider((_, response) => response.writeHead(status).end('{"keys":[]}'))
    await expect(wire.fetch(provider.url)).rejects.toThrow(`HTTP ${status}`)
  })

  const chunk = Buffer.alloc(64 * 1024, ' ')
  /** Sends 50 MB for as long as somebody takes them. */
  const flood =
    (sent: { bytes: number }): RequestListener =>
    (_, response) => {
      function* chunks() {
        for (; sent.bytes < 50 * 1024 * 1024; sent.bytes += chunk.length) yield chunk
      }
      Readable.from(chunks())
        .on('error', () => {})
        .pipe(response)
    }

  it('are cut off where they are too large, long before their end', async () => {
    const sent = { bytes: 0 }
    const provider = await startProvider(flood(sent))
    await expect(wire.fetch(provider.url)).rejects.toThrow(/exceeded|size|abort/i)
    // What buffers of the system hold was sent all the same.
    expect(sent.bytes).toBeLessThan(25 * 1024 * 1024)
  })

  it('may have 256 KiB, and not a byte more', async () => {
    const text = 'a'.repeat(256 * 1024)
    const provider = await startProvider((request, response) =>
      response.end(request.url === '/more' ? `${text}a` : text),
    )
    expect(await wire.fetch(provider.url)).toBe(text)
    await expect(wire.fetch(new URL('/more', provider.url).href)).rejects.toThrow()
  })

  it('are not waited for if the provider says nothing, or never ends', async () => {
    const silent = await startProvider(() => {})
    const endless = await startProvider((_, response) => {
      response.write('{"keys":')
      const timer = setInterval(() => response.write(' '), 100)
      response.once('close', () => clearInterval(timer))
    })
    await Promise.all(
      [silent, endless].map(({ url }) => expect(wire.fetch(url)).rejects.toThrow(/timeout|abort/i)),
    )
  })

  it('are not read where nobody listens', async () => {
    const provider = await startProvider(() => {})
    provider.server.close()
    await once(provider.server, 'close')
    await expect(wire.fetch(provider.url)).rejects.toThrow(/ECONNREFUSED/)
  })
})

describe('an identity provider that misbehaves', () => {
  let own: SigningKey
  beforeAll(async () => {
    own = await createSigningKey('own')
  })

  it('is answered for by its last good set, whatever it sends', async () => {
    const clock = createFakeClock()
    const answers: RequestListener[] = [
      (_, response) => response.end(setOf(own)),
      (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (_, response) => response.end('a'.repeat(1024 * 1024)),
      (_, response) => response.end('<html>'),
      (_, response) => response.destroy(),
    ]
    const bad = answers.length - 1
    const provider = await startProvider((request, response) => answers.shift()?.(request, response))
    const warned: string[] = []
    const log = createLog('warn', { write: (line) => void warned.push(line) })
    let latest = Promise.resolve('')
    const fetch = (url: string) => {
      latest = wire.fetch(url)
      return latest
    }
    const keys = createJwks({ url: provider.url, fetch, clock, log })
    const show = async () => viewerOfToken(await own.sign(clock.now()), rules, keys, clock)
    await show()
    for (let count = 0; count < bad; count += 1) {
      await clock.advance(10 * 60_000)
      expect(await show()).toMatchObject({ id: 'ann' })
      await expect(latest.catch((error: unknown) => error)).resolves.toBeDefined()
      await clock.advance(0)
    }
    expect(provider.paths).toHaveLength(1 + bad)
    expect(warned).toHaveLength(bad)
    expect(provider.paths.join()).not.toContain('elsewhere')
  })
})
