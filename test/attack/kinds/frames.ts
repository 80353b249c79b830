import type { Attack } from '../attack.ts'
import { raw } from '../http.ts'
import { begin, frame, onWebSocket, opcode, openWebSocket, upgrade } from '../websocket.ts'

const text = (message: unknown) =>
  frame(opcode.text, typeof message === 'string' ? message : JSON.stringify(message))
const init = { type: 'connection_init' }
const subscription = 'subscription { jobs { id } }'
const subscribe = (id: string, query = subscription) => ({ type: 'subscribe', id, payload: { query } })

/** Frames on a socket that has not begun. */
const before = (
  name: string,
  frames: readonly Buffer[],
  answer: Attack['answer'],
  more: Partial<Attack> = {},
): Attack => ({
  name,
  answer,
  send: ({ keyed }) => onWebSocket(keyed, frames),
  ...more,
})

/** Frames of somebody who is let in. */
const within = (
  name: string,
  frames: () => readonly Buffer[],
  answer: Attack['answer'],
  more: Partial<Attack> = {},
): Attack => ({
  name,
  answer,
  send: ({ keyed, keys }) => onWebSocket(keyed, frames(), { key: keys.rival }),
  ...more,
})

const malformed: readonly Attack[] = [
  before('a frame that is not masked', [frame(opcode.text, '{}', { masked: false })], 'closed 1002'),
  ...[3, 7, 11, 15].map((code) => before(`opcode ${code}`, [frame(code, '{}')], 'closed 1002')),
  ...[0x40, 0x20, 0x10].map((reserved) =>
    before(`reserved bit ${reserved}`, [frame(opcode.text, '{}', { reserved })], 'closed 1002'),
  ),
  before('a piece of nothing', [frame(opcode.more, '{}')], 'closed 1002'),
  before(
    'a text within another one',
    [frame(opcode.text, '{', { fin: false }), frame(opcode.text, '}')],
    'closed 1002',
  ),
  before('a ping in pieces', [frame(opcode.ping, '', { fin: false })], 'closed 1002'),
  before('a ping of 200 bytes', [frame(opcode.ping, 'a'.repeat(200))], 'closed 1002'),
  before('a frame of 1 MB and one byte', [frame(opcode.text, 'a'.repeat(1_000_001))], 'closed 1009'),
  before('a frame that says 2^62 bytes', [frame(opcode.text, 'a', { length: 2 ** 62 })], 'closed 1009'),
  before('a frame that says 2^53 bytes', [frame(opcode.binary, 'a', { length: 2 ** 53 })], 'closed 1009'),
  before(
    'pieces of more than 1 MB together',
    [
      frame(opcode.text, 'a', { fin: false }),
      ...Array(20).fill(frame(opcode.more, 'a'.repeat(60_000), { fin: false })),
    ],
    'closed 1009',
  ),
  before(
    'a million empty pieces',
    [
      frame(opcode.text, '', { fin: false }),
      Buffer.concat(Array(1_000_000).fill(frame(opcode.more, '', { fin: false }))),
    ],
    ['closed 1008', 'closed'],
    { mostCpuMs: 3_000 },
  ),
  before('a text that is no UTF-8', [frame(opcode.text, Buffer.from([0xff, 0xfe, 0xc0]))], 'closed 1007'),
  before('a close with one byte', [frame(opcode.close, 'a')], 'closed 1002'),
  before('a close with a code of nobody', [frame(opcode.close, Buffer.from([0, 1]))], 'closed 1002'),
  before(
    'a close that says no UTF-8',
    [frame(opcode.close, Buffer.from([3, 0xe8, 0xff, 0xff]))],
    'closed 1007',
  ),
  before(
    'HTTP instead of frames',
    [Buffer.from('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')],
    'closed 1002',
  ),
]

const messages: readonly Attack[] = [
  before('no JSON', [text('{')], 'closed 4400'),
  before('null', [text('null')], 'closed 4400'),
  before('a list', [text('[]')], 'closed 4400'),
  before('brackets of 900 KB', [text('['.repeat(900_000))], 'closed 4400'),
  before('lists of 400,000 levels', [text(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)], 'closed 4400'),
  before('a message of no type', [text('{"id":"1"}')], 'closed 4400'),
  before('a message of an unknown type', [text('{"type":"stop"}')], 'closed 4400'),
  before('a type that is an object', [text('{"type":{"toString":1}}')], 'closed 4400'),
  before('a subscription before the beginning', [text(subscribe('1'))], 'closed 4401'),
  before('no key', [text(init)], 'closed 4403'),
  before('a wrong key', [text({ ...init, payload: { authorization: 'Bearer a' } })], 'closed 4403'),
  before(
    'a key as an object',
    [text({ ...init, payload: { authorization: { Bearer: 'a' } } })],
    'closed 4403',
  ),
  before(
    'two keys',
    [text({ ...init, payload: { authorization: 'Bearer a', Authorization: 'Bearer b' } })],
    'closed 4403',
  ),
  before(
    'a guessed ticket',
    [text({ ...init, payload: { ticket: `wst_${'0'.repeat(64)}` } })],
    'closed 4403',
  ),
  before(
    'parameters of 900 KB',
    [text({ ...init, payload: { authorization: `Bearer ${'a'.repeat(900_000)}` } })],
    'closed 4403',
  ),
  before(
    'parameters of 90,000 members',
    [text({ ...init, payload: Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`k${n}`, 1])) })],
    'closed 4403',
  ),
  before('parameters that are a text', [text({ ...init, payload: 'key' })], 'closed 4400'),
  within('a second beginning', () => [text(init)], 'closed 4429'),
  within('one id twice', () => [text(subscribe('1')), text(subscribe('1'))], 'closed 4409'),
  within(
    'an id that is a number',
    () => [text('{"type":"subscribe","id":1,"payload":{"query":"{ a }"}}')],
    'closed 4400',
  ),
  within('an empty id', () => [text(subscribe(''))], 'closed 4400'),
  within('no payload', () => [text('{"type":"subscribe","id":"1"}')], 'closed 4400'),
  within(
    'a query that is an object',
    () => [text('{"type":"subscribe","id":"1","payload":{"query":{}}}')],
    'closed 4400',
  ),
]

const many: readonly Attack[] = [
  {
    name: '100,000 pings',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.rival)
      socket.line.write(Buffer.concat(Array(100_000).fill(frame(opcode.ping, 'a'))))
      socket.say({ type: 'ping' })
      await socket.until(/"type":"pong"/)
      const isAnswered = socket.line.text().includes('"pong"')
      const { outcome, bytes } = socket.answer()
      socket.line.end()
      return { outcome: isAnswered ? 'all are answered' : outcome, bytes }
    },
    answer: ['all are answered', 'closed'],
    mostBytes: 500_000,
    mostCpuMs: 6_000,
  },
  {
    name: '100,000 pings of a client that does not read',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.rival)
      socket.line.socket.pause()
      socket.line.write(Buffer.concat(Array(100_000).fill(frame(opcode.ping, 'a'.repeat(125)))))
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      socket.line.end()
      return { outcome: 'left', bytes: socket.line.bytes() }
    },
    answer: 'left',
    mostBytes: 100_000,
    mostCpuMs: 6_000,
  },
  {
    name: '50,000 pings of the protocol',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.rival)
      socket.line.write(Buffer.concat(Array(50_000).fill(text({ type: 'ping' }))))
      socket.say(subscribe('1', '{ viewer { tenant } }'))
      await socket.until(/"type":"next"/)
      const isAnswered = socket.line.bytes() > 50_000
      const { outcome, bytes } = socket.answer()
      socket.line.end()
      return { outcome: isAnswered ? 'all are answered' : outcome, bytes }
    },
    answer: ['all are answered', 'closed'],
    mostBytes: 2_000_000,
    mostCpuMs: 8_000,
  },
  {
    name: '2,100 subscriptions on one socket',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.reader)
      for (let id = 0; id < 2_100; id += 1) socket.say(subscribe(String(id)))
      await socket.until(/TOO_MANY_OPERATIONS|RATE_LIMITED/)
      const answer = socket.answer()
      socket.line.end()
      return answer
    },
    answer: ['TOO_MANY_OPERATIONS', 'RATE_LIMITED'],
    mostBytes: 50_000,
    mostCpuMs: 10_000,
  },
  {
    name: '300 queries at once on one socket',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.rival)
      for (let id = 0; id < 300; id += 1)
        socket.say(subscribe(String(id), '{ jobs(first: 1) { edges { cursor } } }'))
      await socket.until(/"id":"299"[^}]*"type":"(complete|error)"|TOO_MANY_OPERATIONS/)
      const { outcome, bytes } = socket.answer()
      socket.line.end()
      return { outcome: outcome.startsWith('closed') ? outcome : 'answered', bytes }
    },
    answer: 'answered',
    mostBytes: 100_000,
    mostCpuMs: 5_000,
  },
  {
    name: '200 sockets that are closed in the middle of a frame',
    async send({ keyed, keys }) {
      const cut = frame(opcode.text, 'a'.repeat(1_000)).subarray(0, 500)
      for (let count = 0; count < 200; count += 1) {
        const socket = await begin(keyed, keys.rival)
        socket.line.write(cut)
        socket.line.end()
      }
      return { outcome: 'left', bytes: 0 }
    },
    answer: 'left',
    mostCpuMs: 4_000,
  },
]

const handshakes: readonly Attack[] = [
  {
    name: 'no subprotocol',
    async send({ keyed }) {
      const socket = await openWebSocket(keyed, [], null)
      await socket.until(/never/)
      return socket.answer()
    },
    answer: 'closed 4406',
  },
  ...(
    [
      ['a foreign origin', ['origin: https://evil.example.com'], '403 ORIGIN_NOT_ALLOWED'],
      ['the origin null', ['origin: null'], '403 ORIGIN_NOT_ALLOWED'],
      ['a rebound name', ['host: evil.example.com'], '403 HOST_NOT_ALLOWED'],
      ['a rebound name that begins well', ['host: 127.0.0.1.evil.example.com'], '403 HOST_NOT_ALLOWED'],
      ['an extension that compresses', ['sec-websocket-extensions: permessage-deflate'], 'open'],
    ] as const
  ).map(
    ([name, headers, answer]): Attack => ({
      name: `a handshake with ${name}`,
      async send({ keyed }) {
        const socket = await openWebSocket(keyed, headers)
        const { outcome, bytes } = socket.answer()
        const isCompressed = /sec-websocket-extensions/i.test(socket.line.text())
        socket.line.end()
        return { outcome: isCompressed ? 'compressed' : outcome, bytes }
      },
      answer,
    }),
  ),
  ...['/graphql/stream', '/health', '/outputs/', '/webhooks/wavespeed/a/b'].map(
    (path): Attack => ({
      name: `a handshake at ${path}`,
      send: ({ keyed }) => raw(keyed.port, upgrade().replace('/graphql', path)),
      answer: '404 NOT_FOUND',
    }),
  ),
]

export const frames = { name: 'WebSockets', attacks: [...malformed, ...messages, ...handshakes, ...many] }
