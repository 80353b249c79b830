import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openPage } from '../support/browser.ts'
import { describeWith } from '../support/needs.ts'
import { exchange, startTestServer, type TestServer, until } from './support.ts'

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer()
})
afterAll(() => gateway.server.close())

const html = { accept: 'text/html' }
const sse = { accept: 'text/event-stream' }
const json = { 'content-type': 'application/json' }

test.each<[string, string, RequestInit]>([
  ['a query', '/graphql?query={hello}', {}],
  ['a query by POST', '/graphql', { method: 'POST', headers: json, body: '{"query":"{hello}"}' }],
  ['an event stream', '/graphql?query={hello}', { headers: sse }],
  ['a refused mutation', '/graphql?query=mutation{pay}', {}],
  ['a broken document', '/graphql?query={', {}],
  ['an unexpected error', '/graphql?query={unexpected}', {}],
  [
    'a body of another type',
    '/graphql',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
  ],
  ['a body that is too large', '/graphql', { method: 'POST', headers: json, body: 'x'.repeat(1_000_001) }],
  ['an unwanted Accept', '/graphql?query={hello}', { headers: { accept: 'image/png' } }],
  ['a method that is not served', '/graphql', { method: 'DELETE' }],
  ['HEAD', '/graphql', { method: 'HEAD' }],
  ['GraphiQL', '/graphql', { headers: html }],
  ['a token', '/graphql/stream', { method: 'PUT' }],
  ['a distinct stream', '/graphql/stream?query={hello}', { headers: sse }],
  ['an unknown stream', '/graphql/stream?token=x', { headers: sse }],
  ['no stream', '/graphql/stream', {}],
  ['health', '/health', {}],
  ['readiness', '/ready', {}],
  ['a foreign page', '/ready', { headers: { origin: 'https://evil.example.com' } }],
  ['a preflight', '/graphql', { method: 'OPTIONS' }],
  ['nothing', '/nowhere', {}],
  ['the root', '/', { redirect: 'manual' }],
  ['a missing file', '/graphiql/0000/graphiql.js', {}],
  ['a missing output', '/outputs/a', {}],
])('no cache keeps the answer to %s', async (_name, path, init) => {
  const response = await fetch(gateway.url + path, init)
  expect(response.headers.get('cache-control')).toBe('no-store')
  await response.body?.cancel()
})

test('no cache keeps that a gateway is not ready, nor a refused upgrade', async () => {
  await using failing = await startTestServer({ readiness: () => Promise.reject(new Error('away')) })
  const response = await fetch(`${failing.url}/ready`)
  expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store'])
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://evil.example.com\r\n\r\n'
  const refused = await exchange(gateway.port, `GET /graphql HTTP/1.1\r\nHost: localhost\r\n${upgrade}`)
  expect(refused).toContain('cache-control: no-store')
})

/** A file as it comes over the wire; fetch would decompress it. */
function raw(path: string, encoding: string) {
  return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    request(gateway.url + path, { headers: { 'accept-encoding': encoding } }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      resolve({ headers: response.headers, body: Buffer.concat(chunks) })
    })
      .on('error', reject)
      .end()
  })
}

test('the files of GraphiQL are compressed, and kept by their hash; the page is small', async () => {
  const page = await (await fetch(`${gateway.url}/graphql`, { headers: html })).text()
  expect(page.length).toBeLessThan(20_000)
  const paths = [...page.matchAll(/"(graphiql\/[\da-f]{16}\/[\w.-]+)"/g)].map(([, path]) => `/${path}`)
  expect(new Set(paths).size).toBe(6)
  let transferred = 0
  for (const path of paths) {
    const plain = await raw(path, '')
    const gzip = await raw(path, 'gzip, deflate')
    const br = await raw(path, 'gzip;q=0.8, br')
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect([gzip.headers['content-encoding'], br.headers['content-encoding']]).toEqual(['gzip', 'br'])
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true)
    expect((await raw(path, 'br;q=0, gzip;q=0')).headers['content-encoding']).toBeUndefined()
    for (const { headers } of [plain, gzip, br]) {
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(headers['vary']).toContain('Accept-Encoding')
    }
    transferred += br.body.length
  }
  expect(transferred).toBeLessThan(3_000_000)
})

describeWith('Chromium', 'in a browser', () => {
  test('a second visit loads the page, and none of its files', async () => {
    const browser = await launchBrowser()
    try {
      const context = await browser.newContext()
      const requested = () =>
        gateway.lines.filter(
          // A browser with a window asks for an icon too.
          (line) => line['msg'] === 'request' && /^\/graphiql\/.*\.(js|css)$/.test(String(line['path'])),
        )
      const before = requested().length
      const files = () =>
        new Set(
          requested()
            .slice(before)
            .map((line) => line['path']),
        ).size
      const visit = async () => {
        const page = await openPage(context)
        await page.goto(`${gateway.url}/graphql`)
        await page.locator('.graphiql-query-editor .view-line').first().waitFor()
        return page
      }
      const first = await visit()
      // Code, style and three workers.
      await until(() => files() === 5)
      await first.close()
      // Workers of the first page may still be on their way, several of them with the same code.
      const large = () =>
        requested().filter((line) => /graphiql\.(js|css)$/.test(String(line['path']))).length
      const loaded = large()
      const second = await visit()
      await second.close() // its editor stands, so its code and style were there
      expect(large()).toBe(loaded)
    } finally {
      await browser.close()
    }
  })
})
