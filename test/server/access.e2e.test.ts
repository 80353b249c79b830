import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { IdentityUnavailableError, UnauthenticatedError } from '../../src/access/error.ts'
import type { Viewer } from '../../src/access/viewer.ts'
import { somebody } from '../support/viewer.ts'
import { exchange, post, startTestServer, type TestServer, until } from './support.ts'

const secret = 'wsg_test_a-key-that-is-good'
const ticket = `wst_${'0'.repeat(64)}`
const ann: Viewer = { ...somebody, kind: 'token', id: 'ann', name: 'ann' }

/** A gateway server that lets in who shows the secret, or the ticket; `shown` is what it was shown. */
async function start(overrides: Parameters<typeof startTestServer>[0] = {}) {
  const shown: (string | null)[] = []
  const server = await startTestServer({
    access: {
      async identify(credential) {
        shown.push(credential)
        if (credential !== secret && credential !== ticket) throw new UnauthenticatedError()
        return ann
      },
      watch: () => () => {},
    },
    ...overrides,
  })
  onTestFinished(() => server.server.close())
  return { ...server, shown }
}
const bearer = { authorization: `Bearer ${secret}` }
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
/** A request with these lines as they are. */
const raw = ({ port }: TestServer, ...lines: readonly string[]) =>
  exchange(
    port,
    [
      'POST /graphql HTTP/1.1',
      'host: 127.0.0.1',
      'content-type: application/json',
      'connection: close',
      ...lines,
    ]
      .concat('content-length: 25', '', '{"query":"mutation{pay}"}')
      .join('\r\n'),
  )

describe('who shows no key that is good', () => {
  it('is told so, as HTTP has it, and nothing of the request is read', async () => {
    const server = await start()
    const response = await post(server.url, 'mutation { pay }')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    // A body that would be refused as such, if anybody looked.
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const large = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers,
      body: 'a'.repeat(2_000_000),
    })
    expect(large.status).toBe(401)
    expect(server.paid()).toBe(0)
  })

  it('is told that what was shown is wrong, if something was', async () => {
    const server = await start()
    const response = await post(server.url, '{ hello }', { authorization: 'Bearer wrong' })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ])
  })

  it('is told the same on every path that is not for everybody', async () => {
    const server = await start()
    const asked = [
      fetch(`${server.url}/graphql?query={hello}`),
      fetch(`${server.url}/graphql/stream`, { method: 'PUT' }),
      fetch(`${server.url}/graphql/stream`, { headers: { accept: 'text/event-stream' } }),
      fetch(`${server.url}/outputs/job_1/0.mp4`),
      fetch(`${server.url}/outputs/job_1/0.mp4`, { method: 'HEAD' }),
    ]
    for (const response of await Promise.all(asked))
      expect([response.url, response.status]).toEqual([response.url, 401])
    for (const path of ['/health', '/ready']) expect((await fetch(server.url + path)).status, path).toBe(200)
  })

  it('can try again later, where nobody can tell who it is', async () => {
    const access = {
      identify: async () => {
        throw new IdentityUnavailableError()
      },
      watch: () => () => {},
    }
    const server = await start({ access })
    const response = await post(server.url, '{ hello }', bearer)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([503, null])
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'IDENTITY_UNAVAILABLE' } }],
    })
    expect(await closeOf(server, { authorization: `Bearer ${secret}` })).toBe(1013)
  })
})

describe('a key over HTTP', () => {
  it('lets in, with its scheme in whatever case', async () => {
    const server = await start()
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const answer = await raw(server, `Authorization: ${scheme} ${secret}`)
      expect([scheme, statusOf(answer)]).toEqual([scheme, 200])
    }
    expect(server.paid()).toBe(3)
  })

  it('lets nobody in if it comes twice, or with a tab', async () => {
    const server = await start()
    const twice = [`authorization: Bearer ${secret}`, `Authorization: Bearer ${secret}`]
    for (const lines of [twice, [`authorization: Bearer\t${secret}`], [`authorization: ${secret}`]])
      expect([lines, statusOf(await raw(server, ...lines))]).toEqual([lines, 401])
    expect(server.paid()).toBe(0)
  })

  it('of 100 KB is refused, by HTTP itself where it is too long for that', async () => {
    const server = await start()
    expect(statusOf(await raw(server, `authorization: Bearer ${'a'.repeat(10_000)}`))).toBe(401)
    expect(statusOf(await raw(server, `authorization: Bearer ${'a'.repeat(100_000)}`))).toBe(431)
    expect(server.paid()).toBe(0)
  })

  it('in an address, a cookie or a body is not read, and not logged', async () => {
    const server = await start()
    const headers = {
      'content-type': 'application/json',
      cookie: `key=${secret}; authorization=Bearer ${secret}`,
    }
    const body = JSON.stringify({ query: '{ hello }', key: secret, authorization: `Bearer ${secret}` })
    const search = ['key', 'ticket', 'token', 'access_token', 'authorization'].map(
      (name) => `${name}=${secret}`,
    )
    const send = (path: string, accept: string) =>
      fetch(server.url + path, { method: 'POST', headers: { ...headers, accept }, body })
    for (const accept of ['application/json', 'text/event-stream']) {
      for (const path of ['/graphql', '/graphql/stream'])
        expect((await send(`${path}?${search.join('&')}`, accept)).status).toBe(401)
    }
    expect(new Set(server.shown)).toEqual(new Set([null, '']))
    expect(JSON.stringify(server.lines)).not.toContain('a-key-that-is-good')
  })

  it('says in the log who asks, and not by what', async () => {
    const server = await start()
    await (await post(server.url, 'mutation { pay }', bearer)).text()
    expect(server.lines).toContainEqual(expect.objectContaining({ viewer: 'token ann' }))
    expect(JSON.stringify(server.lines)).not.toContain('a-key-that-is-good')
  })
})

describe('a ticket over HTTP', () => {
  it('is read from the address of an event stream, and is in no log', async () => {
    const server = await start()
    const url = `${server.url}/graphql?query={hello}&ticket=${ticket}`
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' } })
    expect([stream.status, await stream.text()]).toEqual([200, expect.stringContaining('Hello world')])
    expect((await fetch(url, { headers: { accept: 'application/json' } })).status).toBe(401)
    expect(JSON.stringify(server.lines)).not.toContain(ticket)
  })

  it('is not taken where a key is shown as well', async () => {
    const server = await start()
    const url = `${server.url}/graphql?query={hello}&ticket=${ticket}`
    const accept = 'text/event-stream'
    expect((await fetch(url, { headers: { accept, ...bearer } })).status).toBe(200)
    expect((await fetch(url, { headers: { accept, authorization: 'Bearer wrong' } })).status).toBe(401)
    expect(server.shown).toEqual([secret, 'wrong'])
  })
})

describe('GraphiQL', () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'

  it('that is served needs no key, since a page cannot send one: its operations do', async () => {
    const server = await start()
    const page = await fetch(`${server.url}/graphql`, { headers: { accept } })
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ])
    const asked = await fetch(`${server.url}/graphql?query={hello}`, { headers: { accept } })
    expect(await asked.text()).not.toContain('Hello world')
  })

  it('that is not served is not there for who is signed in, and unknown to others', async () => {
    const server = await start({ graphiql: false })
    const open = (path: string, headers = {}) =>
      fetch(server.url + path, { headers: { accept, ...headers }, redirect: 'manual' })
    expect((await open('/graphql')).status).toBe(401)
    expect((await open('/graphql', bearer)).status).toBe(404)
    for (const path of ['/', '/graphiql/graphiql.js', '/graphiql/'])
      expect([path, (await open(path, bearer)).status]).toEqual([path, 404])
  })
})

/** By which code a socket is closed that begins with these parameters. */
function closeOf({ port }: Pick<TestServer, 'port'>, payload?: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })))
    socket.on('message', () => socket.close(1000))
    socket.on('close', resolve)
    socket.on('error', reject)
  })
}

describe('a WebSocket', () => {
  it('is closed unless it begins with what lets in', async () => {
    const server = await start()
    for (const payload of [undefined, {}, { authorization: 'Bearer wrong' }, { ticket: secret }])
      expect([payload, await closeOf(server, payload)]).toEqual([payload, 4403])
    for (const payload of [
      { authorization: `Bearer ${secret}` },
      { Authorization: `bearer ${secret}` },
      { ticket },
    ])
      expect([payload, await closeOf(server, payload)]).toEqual([payload, 1000])
  })

  it('is watched no longer than it is open, also if it was left before anybody knew whose it is', async () => {
    let [begun, watched] = [0, 0]
    let asked = 0
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const server = await start({
      access: {
        async identify() {
          asked += 1
          await answered
          return ann
        },
        watch() {
          begun += 1
          watched += 1
          return () => {
            watched -= 1
          }
        },
      },
    })
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: bearer })))
    await until(() => asked === 1)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close()
    await closed
    await pause(50) // The gateway hears of it as well; if it has not, this test only shows less.
    answer()
    await until(() => begun === 1 && watched === 0)
  })
})
