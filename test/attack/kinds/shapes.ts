import type { Answer, Attack } from '../attack.ts'
import { bearer, events, json, raw, send } from '../http.ts'

const query = '{"query":"{ viewer { tenant } }"}'
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

/** Heads that two readers may read in two ways: the answer is one, and the last on its connection. */
const heads: Readonly<Record<string, string>> = {
  'a length beside a transfer encoding': 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a transfer encoding beside a length': 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
  'two lengths': 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
  'two lengths in one line': 'Content-Length: 4, 5\r\n\r\nabcde',
  'a length with a sign': 'Content-Length: +4\r\n\r\nabcd',
  'a negative length': 'Content-Length: -1\r\n\r\nabcd',
  'a length in hexadecimal': 'Content-Length: 0x4\r\n\r\nabcd',
  'a length of forty digits': `Content-Length: ${'9'.repeat(40)}\r\n\r\nabcd`,
  'an encoding that does not end in chunks': 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'an encoding nobody knows': 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'an encoding behind a vertical tab': 'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n',
  'a chunk of no size': 'Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n',
  'a chunk of a size beyond 64 bits': `Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(20)}\r\n\r\n`,
  'a bare line feed': 'X-One: 1\nX-Two: 2\r\n\r\n',
  'a bare carriage return': 'X-One: 1\rX-Two: 2\r\n\r\n',
  'NUL in a header': 'X-One: a\0b\r\n\r\n',
  'a header that goes on in the next line': 'X-One: a\r\n X-Two: b\r\n\r\n',
  'white space before a colon': 'X-One : a\r\n\r\n',
  'a header without a name': ': a\r\n\r\n',
  'a header without a colon': 'X-One\r\n\r\n',
}

const starts: Readonly<Record<string, string>> = {
  'no HTTP at all': 'hello\r\n\r\n',
  'a TLS greeting': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'HTTP/2 without asking': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/9.9': 'GET /health HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n',
  'a method nobody knows': 'HACK /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'no Host': 'GET /health HTTP/1.1\r\n\r\n',
  'an address of 100 KB': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  'NUL in an address': 'GET /graphql\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
}

const smuggling: readonly Attack[] = [
  ...Object.entries(heads).map(
    ([name, rest]): Attack => ({
      name,
      async send({ keyed }) {
        const request = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n${rest}${smuggled}`
        const { text, outcome, bytes } = await raw(keyed.port, request)
        const isAlone = text.match(/HTTP\/1\.1 /g)?.length === 1
        return { outcome: isAlone ? outcome : 'more than one answer', bytes }
      },
      answer: '400',
    }),
  ),
  ...Object.entries(starts).map(
    ([name, bytes]): Attack => ({
      name,
      send: ({ keyed }) => raw(keyed.port, bytes),
      answer: ['400', '431'],
    }),
  ),
  ...[
    '/graphql',
    '//evil.example.com/graphql',
    'http://evil.example.com/graphql',
    '*',
    '/%00',
    '/../../etc/passwd',
  ].map(
    (path): Attack => ({
      name: `CONNECT, TRACE and PROPFIND ${path}`,
      async send({ keyed }) {
        const outcomes: Answer[] = []
        for (const method of ['CONNECT', 'TRACE', 'PROPFIND'])
          outcomes.push(await send(keyed, { method, path }))
        return { outcome: worst(outcomes), bytes: Math.max(...outcomes.map(({ bytes }) => bytes)) }
      },
      answer: 'refused',
    }),
  ),
]

/** Whether all of these were refused: closed, or answered with a status that refuses. */
function worst(answers: readonly Answer[]): string {
  return answers.find(({ outcome }) => outcome !== 'closed' && !/^4\d\d/.test(outcome))?.outcome ?? 'refused'
}

const accepts = (name: string, value: string, answer: Attack['answer']): Attack => ({
  name,
  send: ({ keyed, keys }) =>
    send(keyed, { headers: [json, `accept: ${value}`, bearer(keys.rival)], body: query }),
  answer,
})

const others: readonly Attack[] = [
  accepts('an Accept of five thousand forms', Array(5_000).fill('a/b').join(','), '431'),
  accepts('an Accept of thousands of qualities', Array(1_500).fill('a;q=0.1').join(','), '406 BAD_REQUEST'),
  accepts('an Accept of commas', ','.repeat(12_000), '406 BAD_REQUEST'),
  {
    name: 'a request id with a line of a log in it',
    send: ({ keyed, keys }) =>
      send(keyed, {
        headers: [json, 'x-request-id: a","level":60,"msg":"\x1b[31m', bearer(keys.rival)],
        body: query,
      }),
    answer: ['200 data', '400'],
  },
  {
    name: 'a thousand ranges of a file that is not there',
    send: ({ keyed, keys }) =>
      send(keyed, {
        method: 'GET',
        path: '/outputs/a/0.mp4',
        headers: [`range: bytes=${Array(1_000).fill('0-1').join(',')}`, bearer(keys.rival)],
      }),
    answer: '404 NOT_FOUND',
  },
  {
    name: 'an event stream of nothing',
    send: ({ keyed, keys }) =>
      send(keyed, { method: 'GET', path: '/graphql/stream', headers: [events, bearer(keys.rival)] }),
    answer: ['400 BAD_REQUEST', '404 NOT_FOUND'],
  },
]

export const shapes = { name: 'shapes of HTTP', attacks: [...smuggling, ...others] }
