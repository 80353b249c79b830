import { gzipSync } from 'node:zlib'
import type { Answer, Attack } from '../attack.ts'
import { answerOf, headOf, json, send } from '../http.ts'
import { open } from '../line.ts'
import type { World } from '../world.ts'

const query = '{"query":"{ viewer { tenant } }"}'
const mutation = '{"query":"mutation { createT2VLoraJob(input: { prompt: \\"refused\\" }) { __typename } }"}'

type Body = readonly [
  name: string,
  headers: readonly string[],
  body: string | Buffer,
  answer: Attack['answer'],
]

const mega = 1_000_000
const types: readonly Body[] = [
  [
    'a form',
    ['content-type: application/x-www-form-urlencoded'],
    `query=${encodeURIComponent('mutation{a}')}`,
    '415 BAD_REQUEST',
  ],
  ['plain text', ['content-type: text/plain'], mutation, '415 BAD_REQUEST'],
  ['no type', [], mutation, '415 BAD_REQUEST'],
  ['application/graphql', ['content-type: application/graphql'], '{ viewer { tenant } }', '415 BAD_REQUEST'],
  ['two types', ['content-type: text/plain, application/json'], mutation, '415 BAD_REQUEST'],
  ['two type headers', ['content-type: text/plain', json], mutation, '415 BAD_REQUEST'],
  ['a type with a trick', ['content-type: text/plain; application/json'], mutation, '415 BAD_REQUEST'],
  [
    'XML',
    ['content-type: application/xml'],
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    '415 BAD_REQUEST',
  ],
  [
    'multipart, as uploads come',
    ['content-type: multipart/form-data; boundary=a'],
    `--a\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${mutation}\r\n--a--\r\n`,
    '415 BAD_REQUEST',
  ],
  ['gzip', [json, 'content-encoding: gzip'], gzipSync(query), '415 CONTENT_ENCODING_NOT_SUPPORTED'],
  [
    'a gzip bomb',
    [json, 'content-encoding: gzip'],
    gzipSync(Buffer.alloc(200 * mega)),
    '415 CONTENT_ENCODING_NOT_SUPPORTED',
  ],
  [
    'gzip within gzip',
    [json, 'content-encoding: gzip, gzip'],
    gzipSync(gzipSync(query)),
    '415 CONTENT_ENCODING_NOT_SUPPORTED',
  ],
  ['brotli that is none', [json, 'content-encoding: br'], query, '415 CONTENT_ENCODING_NOT_SUPPORTED'],
]

const contents: readonly Body[] = [
  ['1 MB and one byte', [json], 'a'.repeat(mega + 1), '413 BODY_TOO_LARGE'],
  ['10 MB', [json], 'a'.repeat(10 * mega), '413 BODY_TOO_LARGE'],
  ['1 MB of white space', [json], ' '.repeat(mega), '400 BAD_REQUEST'],
  ['1 MB of brackets', [json], '['.repeat(mega), '400 BAD_REQUEST'],
  ['1 MB of quotes', [json], '"'.repeat(mega), '400 BAD_REQUEST'],
  ['nothing', [json], '', '400 BAD_REQUEST'],
  ['no JSON', [json], '{ viewer }', '400 BAD_REQUEST'],
  ['JSON and more', [json], `${query}${query}`, '400 BAD_REQUEST'],
  ['null', [json], 'null', '400 BAD_REQUEST'],
  ['a number', [json], '1', '400 BAD_REQUEST'],
  ['a text', [json], '"{ viewer { tenant } }"', '400 BAD_REQUEST'],
  ['a list of ten operations', [json], `[${Array(10).fill(query).join(',')}]`, '400 BAD_REQUEST'],
  ['an empty list', [json], '[]', '400 BAD_REQUEST'],
  [
    'invalid UTF-8',
    [json],
    Buffer.from(`{"query":"{ a(b: \\"\xff\xfe\\") }"}`, 'latin1'),
    '200 GRAPHQL_VALIDATION_FAILED',
  ],
  ['UTF-16', [json], Buffer.from(query, 'utf16le'), '400 BAD_REQUEST'],
  ['a number as the query', [json], '{"query":1}', '400 BAD_REQUEST'],
  ['an object as the query', [json], '{"query":{"toString":1}}', '400 BAD_REQUEST'],
  ['__proto__ in the body', [json], '{"__proto__":{"query":"{ viewer { tenant } }"}}', '400 BAD_REQUEST'],
  [
    'a number as the name of the operation',
    [json],
    '{"query":"{ __typename }","operationName":1}',
    '400 OPERATION_RESOLUTION_FAILURE',
  ],
  [
    '90,000 members',
    [json],
    `{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":1`).join(',')}}`,
    '400 BAD_REQUEST',
  ],
]

const asAttack = ([name, headers, body, answer]: Body): Attack => ({
  name,
  send: ({ keyed, keys }) => send(keyed, { headers, body, key: keys.rival }),
  answer,
})

const attacks: readonly Attack[] = [
  ...types.map(asAttack),
  ...contents.map(asAttack),
  ...types.slice(0, 3).map(
    (one): Attack => ({
      ...asAttack(one),
      name: `${one[0]}, where no key is needed`,
      send: ({ keyless }) => send(keyless, { headers: one[1], body: one[2] }),
    }),
  ),
  {
    name: 'chunks without end',
    send: (world) =>
      endless(world, [json, 'transfer-encoding: chunked'], `10000\r\n${'a'.repeat(65_536)}\r\n`),
    answer: '413 BODY_TOO_LARGE',
  },
  {
    name: 'chunks of a byte without end',
    send: (world) => endless(world, [json, 'transfer-encoding: chunked'], '1\r\na\r\n'.repeat(10_000)),
    answer: '413 BODY_TOO_LARGE',
    mostCpuMs: 3_000,
  },
  {
    name: 'a chunk with an endless extension',
    send: (world) => endless(world, [json, 'transfer-encoding: chunked'], 'a'.repeat(65_536), '1;x='),
    answer: ['400', '413', 'closed'],
  },
  {
    name: 'a terabyte that is said to come',
    send: (world) => endless(world, [json, 'content-length: 1000000000000'], 'a'.repeat(65_536)),
    answer: '413 BODY_TOO_LARGE',
  },
  {
    name: 'a body without end by who shows no key',
    send: ({ keyed, ...world }) =>
      endless(
        { ...world, keyed },
        [json, 'transfer-encoding: chunked'],
        `10000\r\n${'a'.repeat(65_536)}\r\n`,
        '',
        null,
      ),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: 'an expectation nobody knows',
    send: ({ keyed, keys }) =>
      send(keyed, { headers: [json, 'expect: 200-maybe'], body: query, key: keys.rival }),
    answer: '417',
  },
  {
    name: 'a client that leaves in the middle of its body',
    async send({ keyed, keys }) {
      const line = await open(keyed.port)
      line.write(headOf({ headers: [json, 'content-length: 1000'], key: keys.rival }))
      line.write('{"query":')
      line.socket.end()
      await line.until(() => false)
      line.end()
      return answerOf(line)
    },
    answer: ['closed', '400'],
  },
]

/** Sends this again and again until the connection is closed, and answers what came. */
async function endless(
  { keyed, keys }: World,
  headers: readonly string[],
  piece: string,
  first = '',
  key: string | null = keys.rival,
): Promise<Answer> {
  const line = await open(keyed.port)
  line.write(headOf({ headers, key }) + first)
  const end = Date.now() + 15_000
  while (!line.isClosed() && Date.now() < end) {
    if (line.socket.writableLength < 1_000_000) line.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  line.end()
  return line.isClosed() ? answerOf(line) : { ...answerOf(line), outcome: 'left open' }
}

export const bodies = { name: 'bodies', attacks }
