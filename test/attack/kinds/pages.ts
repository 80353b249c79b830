import type { Attack } from '../attack.ts'
import { events, json, type Sent, send } from '../http.ts'
import { openWebSocket } from '../websocket.ts'

const mutation = 'mutation { createT2VLoraJob(input: { prompt: "refused" }) { __typename } }'
const body = JSON.stringify({ query: mutation })
const byAddress = `query=${encodeURIComponent(mutation)}`

/** What a page of another site has a browser send to the gateway that needs no key. */
const onKeyless = (name: string, sent: Sent, answer: Attack['answer']): Attack => ({
  name,
  send: ({ keyless }) => send(keyless, sent),
  answer,
})

const origins = [
  'https://evil.example.com',
  'null',
  'http://127.0.0.1:1',
  'http://localhost.evil.example.com',
  'http://127.0.0.1@evil.example.com',
  'file://',
  '',
  'http://127.0.0.1, http://evil.example.com',
  'a'.repeat(10_000),
]

const hosts = [
  'evil.example.com',
  'evil.example.com:4000',
  'localhost.evil.example.com',
  '127.0.0.1.evil.example.com',
  '127.0.0.1@evil.example.com',
  '169.254.169.254',
  '0x7f000001.evil.example.com',
  '[::ffff:10.0.0.1]',
  'a b',
  '',
  'a'.repeat(10_000),
]

export const pages = {
  name: 'pages and names',
  attacks: [
    ...origins.map((origin) =>
      onKeyless(
        `a mutation of the origin ${origin.slice(0, 40)}`,
        { headers: [json, `origin: ${origin}`], body },
        '403 ORIGIN_NOT_ALLOWED',
      ),
    ),
    ...hosts.map((host) =>
      onKeyless(`a mutation by the name ${host.slice(0, 40)}`, { headers: [`host: ${host}`, json], body }, [
        '403 HOST_NOT_ALLOWED',
        '400',
      ]),
    ),
    ...['cross-site', 'same-site'].map((site) =>
      onKeyless(
        `a mutation that is ${site}`,
        { headers: [json, `sec-fetch-site: ${site}`], body },
        '403 ORIGIN_NOT_ALLOWED',
      ),
    ),
    ...['/graphql', '/graphql/stream'].flatMap((path) => [
      onKeyless(`a mutation by GET of ${path}`, { method: 'GET', path: `${path}?${byAddress}` }, [
        '405 METHOD_NOT_ALLOWED',
        '405',
        '404 NOT_FOUND',
      ]),
      onKeyless(
        `a mutation by GET of ${path}, as a stream`,
        { method: 'GET', path: `${path}?${byAddress}`, headers: [events] },
        ['405 METHOD_NOT_ALLOWED', '200 METHOD_NOT_ALLOWED'],
      ),
      onKeyless(`a mutation by HEAD of ${path}`, { method: 'HEAD', path: `${path}?${byAddress}` }, [
        '405',
        '405 METHOD_NOT_ALLOWED',
      ]),
      onKeyless(
        `a mutation by PUT of ${path}`,
        { method: 'PUT', path: `${path}?${byAddress}`, headers: [json], body },
        ['405 METHOD_NOT_ALLOWED', '201'],
      ),
      onKeyless(
        `a GET of ${path} with the type message/x`,
        { method: 'GET', path: `${path}?${byAddress}`, headers: ['content-type: message/x'] },
        '415 BAD_REQUEST',
      ),
    ]),
    ...['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=a'].map((type) =>
      onKeyless(`a form of ${type}`, { headers: [`content-type: ${type}`], body }, '415 BAD_REQUEST'),
    ),
    onKeyless(
      'a method that is said to be another one',
      { method: 'GET', path: `/graphql?${byAddress}`, headers: ['x-http-method-override: POST'] },
      '405 METHOD_NOT_ALLOWED',
    ),
    onKeyless(
      'a preflight of a foreign page',
      {
        method: 'OPTIONS',
        headers: ['origin: https://evil.example.com', 'access-control-request-method: POST'],
      },
      '403 ORIGIN_NOT_ALLOWED',
    ),
    ...(['origin: https://evil.example.com', 'host: evil.example.com'] as const).map(
      (header): Attack => ({
        name: `a WebSocket of ${header}`,
        async send({ keyless }) {
          const socket = await openWebSocket(keyless, [header])
          socket.line.end()
          return socket.answer()
        },
        answer: ['403 ORIGIN_NOT_ALLOWED', '403 HOST_NOT_ALLOWED'],
      }),
    ),
    {
      name: 'GraphiQL where a key is needed',
      send: ({ keyed }) => send(keyed, { method: 'GET', headers: ['accept: text/html'] }),
      answer: '401 UNAUTHENTICATED',
    },
    {
      name: 'GraphiQL where a key is needed, with one',
      send: ({ keyed, keys }) =>
        send(keyed, { method: 'GET', headers: ['accept: text/html'], key: keys.rival }),
      answer: '404 NOT_FOUND',
    },
  ] satisfies Attack[],
}
