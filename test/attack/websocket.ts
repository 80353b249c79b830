import type { Answer } from './attack.ts'
import { wordOf } from './http.ts'
import { type Line, open } from './line.ts'
import type { Gateway } from './world.ts'

/** A WebSocket whose frames are made by hand, so that they can be wrong. */
export interface Frames {
  readonly line: Line
  say(message: object): void
  /** Waits for a message of the gateway with this in it, or for the end. */
  until(pattern: RegExp, ms?: number): Promise<void>
  /** How it ended: by which code, or with which answer of an operation. */
  answer(): Answer
}

export const opcode = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** A frame as a client sends it. Masked by zeros, so that it stands there as it is. */
export function frame(
  code: number,
  payload: string | Buffer = '',
  {
    fin = true,
    masked = true,
    reserved = 0,
    length,
  }: { fin?: boolean; masked?: boolean; reserved?: number; length?: number } = {},
): Buffer {
  const body = Buffer.from(payload)
  const said = length ?? body.length
  const first = (fin ? 0x80 : 0) | reserved | code
  const mask = masked ? 0x80 : 0
  const head = Buffer.alloc(said < 126 ? 2 : said < 65_536 ? 4 : 10)
  head[0] = first
  if (said < 126) head[1] = mask | said
  else if (said < 65_536) {
    head[1] = mask | 126
    head.writeUInt16BE(said, 2)
  } else {
    head[1] = mask | 127
    head.writeBigUInt64BE(BigInt(said), 2)
  }
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), body])
}

export const upgrade = (headers: readonly string[] = [], protocol: string | null = 'graphql-transport-ws') =>
  [
    'GET /graphql HTTP/1.1',
    ...(headers.some((line) => /^host:/i.test(line)) ? [] : ['host: 127.0.0.1']),
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === null ? [] : [`sec-websocket-protocol: ${protocol}`]),
    ...headers,
    '',
    '',
  ].join('\r\n')

/** Opens one; whether it was let in, `answer` tells. */
export async function openWebSocket(
  { port }: Pick<Gateway, 'port'>,
  headers: readonly string[] = [],
  protocol: string | null = 'graphql-transport-ws',
): Promise<Frames> {
  const line = await open(port)
  line.write(upgrade(headers, protocol))
  await line.until((text) => text.includes('\r\n\r\n'))
  return {
    line,
    say: (message) => line.write(frame(opcode.text, JSON.stringify(message))),
    until: (pattern, ms) => line.until((text) => pattern.test(text) || closeOf(text) !== null, ms),
    answer: () => ({ outcome: outcomeOf(line), bytes: line.bytes() }),
  }
}

/** One that has begun with this key. */
export async function begin(gateway: Pick<Gateway, 'port'>, key: string | null): Promise<Frames> {
  const socket = await openWebSocket(gateway)
  socket.say({ type: 'connection_init', ...(key && { payload: { authorization: `Bearer ${key}` } }) })
  await socket.until(/"connection_ack"/)
  return socket
}

/** The first answer to an operation. */
export async function ask(
  gateway: Pick<Gateway, 'port'>,
  payload: object,
  key: string | null,
): Promise<Answer> {
  const socket = await begin(gateway, key)
  socket.say({ type: 'subscribe', id: '1', payload })
  await socket.until(/"type":"(next|error|complete)"/)
  const answer = socket.answer()
  socket.line.end()
  return answer
}

/** Sends bytes on one that was opened, and answers how it ended. */
export async function onWebSocket(
  gateway: Pick<Gateway, 'port'>,
  bytes: readonly Buffer[],
  { key = null, ms }: { key?: string | null; ms?: number } = {},
): Promise<Answer> {
  const socket = key === null ? await openWebSocket(gateway) : await begin(gateway, key)
  for (const piece of bytes) socket.line.write(piece)
  await socket.until(/never/, ms)
  const answer = socket.answer()
  socket.line.end()
  return answer
}

function outcomeOf(line: Line): string {
  const text = line.text()
  if (!text.startsWith('HTTP/1.1 101'))
    return `${/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 'closed'} ${wordOf(text)}`.trim()
  const code = closeOf(text)
  if (code !== null) return `closed ${code}`
  if (line.isClosed()) return 'closed'
  return wordOf(text) || 'open'
}

/** By which code the gateway closed it; null if it did not. */
function closeOf(text: string): number | null {
  const start = text.indexOf('\r\n\r\n')
  let at = start + 4
  while (start >= 0 && at + 2 <= text.length) {
    const code = text.charCodeAt(at) & 0x0f
    const short = text.charCodeAt(at + 1)
    const [size, head] = sizeOf(text, at, short)
    if (code === opcode.close) return size >= 2 ? number(text, at + head, 2) : 1005
    at += head + size
  }
  return null
}

function sizeOf(text: string, at: number, short: number): readonly [size: number, head: number] {
  if (short < 126) return [short, 2]
  return short === 126 ? [number(text, at + 2, 2), 4] : [number(text, at + 2, 8), 10]
}

function number(text: string, at: number, bytes: number): number {
  let value = 0
  for (let index = 0; index < bytes; index += 1) value = value * 256 + text.charCodeAt(at + index)
  return value
}
