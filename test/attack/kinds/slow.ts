import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, Attack } from '../attack.ts'
import { answerOf, bearer, headOf, json } from '../http.ts'
import { open } from '../line.ts'
import { begin, frame, opcode, openWebSocket } from '../websocket.ts'
import type { World } from '../world.ts'

/** What comes back of who sends this, and one piece more every half second; and how long that took. */
async function dribble(
  { keyed }: World,
  first: string,
  piece: string,
  withinSeconds: number,
): Promise<Answer> {
  const line = await open(keyed.port)
  const begun = performance.now()
  if (first !== '') line.write(first)
  const timer = setInterval(() => piece !== '' && line.write(piece), 500)
  await line.until(() => false, (withinSeconds + 10) * 1_000)
  clearInterval(timer)
  const seconds = (performance.now() - begun) / 1_000
  const isClosed = line.isClosed()
  line.end()
  const answer = answerOf(line)
  if (!isClosed) return { ...answer, outcome: 'left open' }
  return seconds <= withinSeconds ? answer : { ...answer, outcome: `closed after ${Math.round(seconds)} s` }
}

/** Bounds with room for a check each second, and for a machine that is busy. */
const headSeconds = 15
const bodySeconds = 36
const idleSeconds = 10

const head = (more: readonly string[]) => (world: World) =>
  headOf({ headers: [json, ...more], key: world.keys.rival })

const sender = (
  name: string,
  first: (world: World) => string,
  piece: string,
  seconds: number,
  answer: Attack['answer'],
): Attack => ({
  name,
  send: (world) => dribble(world, first(world), piece, seconds),
  answer,
})

const senders: readonly Attack[] = [
  sender('nothing', () => '', '', headSeconds, ['closed', '408']),
  sender(
    'a head, letter by letter',
    () => 'GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ',
    'a',
    headSeconds,
    '408',
  ),
  sender('the first line, letter by letter', () => 'G', 'E', headSeconds, ['408', '400']),
  sender('a head, line by line', () => 'GET /health HTTP/1.1\r\n', 'x-slow: a\r\n', headSeconds, '408'),
  sender('line feeds before a request', () => '\r\n', '\r\n', headSeconds, ['408', 'closed']),
  sender('a body, letter by letter', head(['content-length: 1000']), ' ', bodySeconds, '408 REQUEST_TIMEOUT'),
  sender(
    'chunks, one by one',
    head(['transfer-encoding: chunked']),
    '1\r\n \r\n',
    bodySeconds,
    '408 REQUEST_TIMEOUT',
  ),
  sender('the size of a chunk, digit by digit', head(['transfer-encoding: chunked']), '0', bodySeconds, [
    '408 REQUEST_TIMEOUT',
    '400',
  ]),
  sender(
    'a body on an event stream',
    head(['accept: text/event-stream', 'content-length: 1000']),
    ' ',
    bodySeconds,
    '408 REQUEST_TIMEOUT',
  ),
  sender(
    'an upload of which nothing comes',
    ({ keys }) =>
      headOf({
        path: '/uploads',
        headers: ['content-type: video/mp4', 'content-length: 1000'],
        key: keys.rival,
      }),
    '',
    bodySeconds + idleSeconds, // The answer leaves the connection open for a moment.
    '408 UPLOAD_TOO_SLOW',
  ),
  sender(
    'no second request',
    () => 'GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
    '',
    idleSeconds,
    '200',
  ),
]

/** So much text that no buffer of a system holds all answers. */
const page =
  '{ jobs(first: 40) { edges { node { input { prompt ... on T2VLoraParameters { negativePrompt } } } } } }'

/** Reads nothing while something is sent, and for a while after it; then how it ended. */
const readsNothing = (name: string, ask: (world: World) => string, seconds: number): Attack => ({
  name,
  async send(world) {
    const line = await open(world.keyed.port)
    line.socket.pause()
    line.write(ask(world))
    await pause(seconds * 1_000)
    line.socket.resume()
    await line.until(() => false, 3_000)
    const outcome = line.isClosed() ? 'closed' : 'left open'
    line.end()
    return { outcome, bytes: line.bytes() }
  },
  answer: 'closed',
  // What the buffers of both systems took.
  mostBytes: 20_000_000,
})

const request = (query: string, key: string, accept = 'application/json') => {
  const body = JSON.stringify({ query })
  return (
    headOf({ headers: [json, `accept: ${accept}`, `content-length: ${body.length}`, bearer(key)] }) + body
  )
}

const readers: readonly Attack[] = [
  readsNothing('forty answers of a megabyte', ({ keys }) => request(page, keys.victim).repeat(40), 45),
  {
    name: 'forty answers of a megabyte, on a WebSocket',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.victim)
      socket.line.socket.pause()
      for (let id = 0; id < 40; id += 1)
        socket.say({ type: 'subscribe', id: String(id), payload: { query: page } })
      await pause(45_000)
      socket.line.socket.resume()
      await socket.line.until(() => false, 3_000)
      const outcome = socket.line.isClosed() ? 'closed' : 'left open'
      socket.line.end()
      return { outcome, bytes: socket.line.bytes() }
    },
    answer: 'closed',
    mostBytes: 20_000_000,
  },
]

const sockets: readonly Attack[] = [
  {
    name: 'a WebSocket that does not begin',
    async send({ keyed }) {
      const socket = await openWebSocket(keyed)
      await socket.until(/never/, 10_000)
      const answer = socket.answer()
      socket.line.end()
      return answer
    },
    answer: 'closed 4408',
  },
  {
    name: 'a hundred WebSockets that do not begin',
    async send({ keyed }) {
      const all = await Promise.all(
        Array.from({ length: 100 }, async () => {
          const socket = await openWebSocket(keyed)
          await socket.until(/never/, 12_000)
          const { outcome } = socket.answer()
          socket.line.end()
          return outcome
        }),
      )
      return { outcome: [...new Set(all)].join(', '), bytes: 0 }
    },
    answer: 'closed 4408',
  },
  {
    name: 'a WebSocket that answers no ping',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.rival)
      await socket.until(/never/, 40_000)
      const { bytes } = socket.answer()
      const outcome = socket.line.isClosed() ? 'closed' : 'left open'
      socket.line.end()
      return { outcome, bytes }
    },
    answer: 'closed',
  },
  {
    name: 'a frame, letter by letter, by who answers no ping',
    async send({ keyed, keys }) {
      const socket = await begin(keyed, keys.rival)
      socket.line.write(frame(opcode.text, '', { length: 1_000 }))
      const timer = setInterval(() => socket.line.write(' '), 500)
      await socket.line.until(() => false, 40_000)
      clearInterval(timer)
      const outcome = socket.line.isClosed() ? 'closed' : 'left open'
      socket.line.end()
      return { outcome, bytes: socket.line.bytes() }
    },
    answer: 'closed',
  },
]

export const slow = {
  name: 'slow senders and readers',
  attacks: [...senders, ...readers, ...sockets],
  together: true,
}
