import type { Answer, Attack } from '../attack.ts'
import { headOf, json, outcomeOf, send } from '../http.ts'
import { type Line, open } from '../line.ts'
import type { Gateway } from '../world.ts'

const health = (gateway: Gateway) => send(gateway, { method: 'GET', path: '/health' })

/** Connections that are there at once, while the gateway is asked whether it lives. */
export async function hold(gateway: Gateway, count: number, begin: (line: Line) => void): Promise<Answer> {
  const lines: Line[] = []
  for (let index = 0; index < count; index += 1) {
    const line = await open(gateway.port)
    begin(line)
    lines.push(line)
  }
  const answer = await health(gateway)
  for (const line of lines) line.end()
  return { outcome: answer.outcome, bytes: answer.bytes + lines.reduce((sum, line) => sum + line.bytes(), 0) }
}

/** So many requests on one connection, sent without waiting for an answer, and a last one that ends it. */
async function pipeline(gateway: Gateway, count: number, request: string): Promise<Answer> {
  const line = await open(gateway.port)
  line.write(request.repeat(count))
  line.write(headOf({ method: 'GET', path: '/health', headers: ['connection: close'] }))
  await line.until(() => false)
  line.end()
  const answers = line.text().split(/(?=HTTP\/1\.1 \d{3} )/)
  const outcomes = [...new Set(answers.slice(0, count).map(outcomeOf))].join(', ')
  return { outcome: answers.length <= count ? `cut after ${outcomes}` : outcomes, bytes: line.bytes() }
}

const body = JSON.stringify({ query: '{ viewer { tenant } }' })

const attacks: readonly Attack[] = [
  {
    name: '5,000 connections that say nothing',
    send: ({ keyed }) => hold(keyed, 5_000, () => {}),
    answer: '200',
    mostCpuMs: 10_000,
  },
  {
    name: '2,000 connections in the middle of a head',
    send: ({ keyed }) =>
      hold(keyed, 2_000, (line) => line.write('POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ')),
    answer: '200',
    mostCpuMs: 8_000,
  },
  {
    name: '500 connections in the middle of a body of 1 MB',
    send: ({ keyed, keys }) =>
      hold(keyed, 500, (line) => {
        line.write(headOf({ headers: [json, 'content-length: 1000000'], key: keys.rival }))
        line.write('{"query":"')
      }),
    answer: '200',
    mostCpuMs: 5_000,
  },
  {
    name: '1,000 connections that are reset at once',
    send: async ({ keyed }) => {
      for (let count = 0; count < 1_000; count += 1) (await open(keyed.port)).socket.resetAndDestroy()
      return health(keyed)
    },
    answer: '200',
    mostCpuMs: 5_000,
  },
  {
    name: '1,000 requests sent ahead',
    send: ({ keyed, keys }) =>
      pipeline(
        keyed,
        1_000,
        headOf({ headers: [json, `content-length: ${body.length}`], key: keys.rival }) + body,
      ),
    answer: ['200 data', 'cut after 200 data', 'cut after closed'],
    mostBytes: 1_000_000,
    mostCpuMs: 4_000,
  },
  {
    name: '1,000 requests sent ahead by who shows no key',
    send: ({ keyed }) =>
      pipeline(keyed, 1_000, headOf({ headers: [json, `content-length: ${body.length}`] }) + body),
    answer: ['401 UNAUTHENTICATED', 'cut after 401 UNAUTHENTICATED', 'cut after closed'],
    mostBytes: 1_000_000,
    mostCpuMs: 4_000,
  },
  {
    name: '10,000 upgrades to what the gateway does not speak, sent ahead',
    send: ({ keyed }) =>
      pipeline(
        keyed,
        10_000,
        'GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      ),
    answer: ['cut after 403 HOST_NOT_ALLOWED', 'cut after closed'],
    mostBytes: 8_000_000,
    mostCpuMs: 15_000,
  },
]

export const connections = { name: 'floods of connections', attacks }
