import type { Answer } from './attack.ts'
import { type Line, open } from './line.ts'
import type { Gateway } from './world.ts'

export interface Sent {
  readonly method?: string
  readonly path?: string
  /** As they are written, one after the other: also twice the same. */
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  /** Shown as a bearer. */
  readonly key?: string | null
}

export const json = 'content-type: application/json'
export const events = 'accept: text/event-stream'
export const bearer = (key: string) => `authorization: Bearer ${key}`

/** The head of a request; its lines are the caller's own responsibility. */
export function headOf({ method = 'POST', path = '/graphql', headers = [], key }: Sent): string {
  const own = headers.some((line) => /^host:/i.test(line)) ? [] : ['host: 127.0.0.1']
  const shown = key ? [bearer(key)] : []
  return [`${method} ${path} HTTP/1.1`, ...own, ...shown, ...headers, '', ''].join('\r\n')
}

/** A whole request that ends its connection. */
function requestOf(sent: Sent): Buffer {
  const { headers = [], body } = sent
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`]
  const head = headOf({ ...sent, headers: [...headers, ...length, 'connection: close'] })
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')])
}

/** Sends a request, and answers what came, with the text of it. */
export const sendForText = ({ port }: Pick<Gateway, 'port'>, sent: Sent) => raw(port, requestOf(sent))

export const send = (gateway: Pick<Gateway, 'port'>, sent: Sent): Promise<Answer> =>
  sendForText(gateway, sent)

/** An operation by POST. */
export const post = (gateway: Gateway, body: object, key: string | null, headers: readonly string[] = []) =>
  send(gateway, { headers: [json, ...headers], body: JSON.stringify(body), key })

/** The first event of a stream that is asked for by POST; the connection is closed then. */
export async function firstEvent({ port }: Gateway, sent: Sent): Promise<Answer> {
  const line = await open(port)
  line.write(requestOf({ ...sent, headers: [json, events, ...(sent.headers ?? [])] }))
  await line.until((text) => isEvent(text) || /^HTTP\/1\.1 [45]/.test(text))
  line.end()
  return answerOf(line)
}

/** Whether all of an event is there that has data. */
function isEvent(text: string): boolean {
  const start = text.indexOf('\ndata: {')
  return start >= 0 && text.indexOf('\n', start + 1) > 0
}

/** Whether an answer in chunks is over: a stream of events may leave its connection open for a while. */
const isWhole = (text: string) => text.endsWith('\r\n0\r\n\r\n')

/** Sends bytes as they are. */
export async function raw(port: number, bytes: string | Buffer): Promise<Answer & { text: string }> {
  const line = await open(port)
  line.write(bytes)
  await line.until(isWhole)
  const answer = { ...answerOf(line), text: line.text() }
  if (line.isClosed() || isWhole(line.text())) return answer
  line.end()
  return { ...answer, outcome: `${answer.outcome}, left open` }
}

export function answerOf(line: Line): Answer {
  return { outcome: outcomeOf(line.text()), bytes: line.bytes() }
}

/** Status and code of an answer. */
export function outcomeOf(text: string): string {
  if (text === '') return 'closed'
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 'no HTTP'
  const word = wordOf(text.slice(text.indexOf('\r\n\r\n')))
  return word === '' ? status : `${status} ${word}`
}

/** The first code of an answer; `data` if it tells something, and `nothing` if that is only null or empty. */
export function wordOf(text: string): string {
  const code = /"code":"([A-Z0-9_]+)"/.exec(text)?.[1]
  if (code) return code
  const data = /"data":(\{.*)/.exec(text)?.[1]
  if (data === undefined) return ''
  return /^\{"[^"]+":(null|\[(null,?)*\]|\{"edges":\[\]\})\}/.test(data) ? 'nothing' : 'data'
}
