import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { TestServer } from './support.ts'

/** What a request sends, in the members that its protocol has for it. */
export type Sent = Readonly<Record<string, unknown>>

type Headers = Readonly<Record<string, string>>

/** What of an answer tests look at. */
export interface Answer {
  readonly data?: unknown
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
  readonly extensions?: Readonly<Record<string, unknown>>
}

export const json = 'application/json'
export const events = 'text/event-stream'

/** The first event of a stream. */
const firstOf = (text: string): Answer => {
  const [, data = 'null'] = /^data: (\{.*\})\n/m.exec(text) ?? []
  const { payload, ...answer } = JSON.parse(data) as Answer & { payload?: Answer }
  return payload ?? answer
}

const search = (sent: Sent) =>
  new URLSearchParams(
    Object.entries(sent).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )

export const send = (url: string, method: string, sent: Sent, headers: Record<string, string>) =>
  method === 'GET'
    ? fetch(`${url}?${search(sent)}`, { headers })
    : fetch(url, { method, headers: { ...headers, 'content-type': json }, body: JSON.stringify(sent) })

async function onReservedStream(
  url: string,
  method: string,
  sent: Sent,
  more: Headers = {},
): Promise<Answer> {
  const token = await (await fetch(url, { method: 'PUT', headers: more })).text()
  const headers = { ...more, 'x-graphql-event-stream-token': token }
  const extensions = { ...(sent['extensions'] as object), operationId: '1' }
  const accepted = await send(url, method, { ...sent, extensions }, { ...headers, accept: json })
  expect(accepted.status).toBe(202)
  const leave = new AbortController()
  const stream = await fetch(url, { headers: { ...headers, accept: events }, signal: leave.signal })
  const reader = stream.body?.getReader()
  let text = ''
  while (!/^data: \{.*\}\n/m.test(text)) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    if (done) throw new Error(`no event: ${text}`)
    text += Buffer.from(value).toString()
  }
  leave.abort()
  return firstOf(text)
}

function byWebSocket(port: number, sent: Sent, headers: Headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { headers })
    const say = (message: object) => socket.send(JSON.stringify(message))
    socket.on('open', () => say({ type: 'connection_init' }))
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data))
      // The protocol wants a text, so there is an empty one beside an id.
      if (type === 'connection_ack')
        return say({ type: 'subscribe', id: '1', payload: { query: '', ...sent } })
      resolve(type === 'error' ? { errors: payload } : payload)
      socket.close()
    })
    socket.on('close', (code) => reject(new Error(`closed by ${code}`)))
  })
}

type Ask = (server: TestServer, sent: Sent, headers?: Headers) => Promise<Answer>

/** Sends an operation by every protocol, in whatever form it comes, and answers its first result. */
export const everyProtocol: Record<string, Ask> = {
  POST: async ({ url }, sent, headers) =>
    (await send(`${url}/graphql`, 'POST', sent, { ...headers, accept: json })).json(),
  GET: async ({ url }, sent, headers) =>
    (await send(`${url}/graphql`, 'GET', sent, { ...headers, accept: json })).json(),
  'SSE by POST': async ({ url }, sent, headers) =>
    firstOf(await (await send(`${url}/graphql`, 'POST', sent, { ...headers, accept: events })).text()),
  'SSE by GET': async ({ url }, sent, headers) =>
    firstOf(await (await send(`${url}/graphql`, 'GET', sent, { ...headers, accept: events })).text()),
  'a stream of its own': async ({ url }, sent, headers) =>
    firstOf(await (await send(`${url}/graphql/stream`, 'POST', sent, { ...headers, accept: events })).text()),
  'a reserved stream': ({ url }, sent, headers) =>
    onReservedStream(`${url}/graphql/stream`, 'POST', sent, headers),
  'a reserved stream, by GET': ({ url }, sent, headers) =>
    onReservedStream(`${url}/graphql/stream`, 'GET', sent, headers),
  WebSocket: ({ port }, sent, headers) => byWebSocket(port, sent, headers),
}
