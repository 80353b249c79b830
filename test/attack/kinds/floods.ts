import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type Attack, together } from '../attack.ts'
import { answerOf, bearer, headOf, json, post, send } from '../http.ts'
import { open } from '../line.ts'
import { openWebSocket } from '../websocket.ts'
import { hold } from './connections.ts'

/** Some at a time, and what all of them were answered. */
async function many(count: number, one: (index: number) => Promise<Answer>, atOnce = 20): Promise<Answer> {
  const answers: Answer[] = []
  let next = 0
  const worker = async () => {
    while (next < count) answers.push(await one(next++))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return together(answers)
}

const query = '{ viewer { tenant } }'
const body = JSON.stringify({ query })
const from = (address: string) => `x-forwarded-for: ${address}`

const tries: readonly Attack[] = [
  {
    name: '300 wrong keys from this machine, which is never kept out',
    send: ({ keyed }) =>
      many(300, () => post(keyed, { query }, `wsg_test_${randomBytes(24).toString('hex')}a`)),
    answer: '401 UNAUTHENTICATED',
    mostBytes: 300_000,
    mostCpuMs: 4_000,
  },
  {
    name: '300 wrong keys from one address',
    send: ({ behind }) => many(300, (n) => post(behind, { query }, `wrong-${n}`, [from('203.0.113.7')]), 1),
    answer: '401 UNAUTHENTICATED, 429 RATE_LIMITED',
    mostBytes: 300_000,
    mostCpuMs: 4_000,
  },
  {
    name: '300 wrong keys from one network of IPv6',
    send: ({ behind }) =>
      many(300, (n) => post(behind, { query }, `wrong-${n}`, [from(`2001:db8:1:2::${n.toString(16)}`)]), 1),
    answer: '401 UNAUTHENTICATED, 429 RATE_LIMITED',
    mostBytes: 300_000,
    mostCpuMs: 4_000,
  },
  {
    name: '300 wrong keys by who makes up proxies before it',
    send: ({ behind }) =>
      many(
        300,
        (n) => post(behind, { query }, `wrong-${n}`, [from(`198.51.100.${n % 250}, 203.0.113.9`)]),
        1,
      ),
    answer: '401 UNAUTHENTICATED, 429 RATE_LIMITED',
    mostBytes: 300_000,
    mostCpuMs: 4_000,
  },
  {
    name: 'a right key of another address, meanwhile',
    send: ({ behind, keys }) => post(behind, { documentId: 'names' }, keys.behind, [from('203.0.113.8')]),
    answer: '200 data',
  },
  {
    name: '500 guessed tickets',
    send: ({ keyed }) =>
      many(500, () =>
        send(keyed, {
          method: 'GET',
          path: `/graphql/stream?ticket=wst_${randomBytes(32).toString('hex')}&query=${encodeURIComponent('subscription { jobs { id } }')}`,
          headers: ['accept: text/event-stream'],
        }),
      ),
    answer: '401 UNAUTHENTICATED',
    mostBytes: 500_000,
    mostCpuMs: 6_000,
  },
  {
    name: '1,100 WebSockets asked for by one address',
    send: async ({ behind }) => {
      const answer = await many(1_100, async () => {
        const socket = await openWebSocket(behind, [from('203.0.113.20'), 'host: gateway.example.com'])
        socket.line.end()
        return socket.answer()
      })
      return { ...answer, outcome: answer.outcome.split(', ').toSorted().join(', ') }
    },
    answer: '429 RATE_LIMITED, open',
    mostBytes: 500_000,
    mostCpuMs: 8_000,
  },
  {
    name: 'more requests in a second than a tenant may send',
    send: async ({ behind, keys }) => {
      const answer = await many(400, () => post(behind, { documentId: 'names' }, keys.behind), 100)
      return { ...answer, outcome: answer.outcome.split(', ').toSorted().join(', ') }
    },
    answer: '200 data, 429 RATE_LIMITED',
    mostBytes: 500_000,
    mostCpuMs: 4_000,
  },
]

const mega = 'x'.repeat(990_000)

const work: readonly Attack[] = [
  {
    name: '10,000 reserved streams',
    async send({ keyed, keys }) {
      const request = headOf({
        method: 'PUT',
        path: '/graphql/stream',
        key: keys.rival,
        headers: ['content-length: 0'],
      })
      const line = await open(keyed.port)
      let bytes = 0
      for (let batch = 0; batch < 200; batch += 1) {
        const before = line.bytes()
        line.write(request.repeat(50))
        // Each answer has the same length.
        await line.until(
          () =>
            line.bytes() - before >= 50 * 36 &&
            (line.text().match(/HTTP/g)?.length ?? 0) >= Math.min((batch + 1) * 50, 1_500),
        )
        bytes = line.bytes()
      }
      line.end()
      return { ...answerOf(line), bytes }
    },
    answer: '201',
    mostBytes: 8_000_000,
    mostCpuMs: 20_000,
  },
  {
    name: "the victim's reserved stream, after that",
    async send({ keyed, keys, prey }) {
      const line = await open(keyed.port)
      const headers = ['accept: text/event-stream', `x-graphql-event-stream-token: ${prey.token}`]
      line.write(headOf({ method: 'GET', path: '/graphql/stream', headers, key: keys.victim }))
      await line.until((text) => text.includes('\r\n\r\n'), 3_000)
      line.end()
      return answerOf(line)
    },
    // Reserved more than a minute ago it is over by itself.
    answer: ['200', '404 NOT_FOUND'],
  },
  {
    name: '100 different documents of almost 1 MB',
    send: ({ keyed, keys }) => many(100, (n) => post(keyed, { query: `{ a${n} #${mega} }` }, keys.rival), 4),
    answer: ['400 QUERY_TOO_LARGE', '200 QUERY_TOO_LARGE'],
    mostBytes: 300_000,
    mostCpuMs: 15_000,
  },
  {
    name: '200 different documents of 90 KB that fail',
    send: ({ keyed, keys }) =>
      many(
        500,
        (n) => post(keyed, { query: `{ a${n}: none(a: "${mega.slice(0, 90_000)}") }` }, keys.rival),
        4,
      ),
    answer: ['400 GRAPHQL_VALIDATION_FAILED', '200 GRAPHQL_VALIDATION_FAILED'],
    mostBytes: 1_000_000,
    mostCpuMs: 15_000,
  },
  {
    name: '200 different documents of 90 KB that are right',
    send: ({ keyed, keys }) =>
      many(
        500,
        (n) => post(keyed, { query: `{ a${n}: __typename #${mega.slice(0, 90_000)}\n}` }, keys.rival),
        4,
      ),
    answer: '200 data',
    mostBytes: 1_000_000,
    mostCpuMs: 15_000,
  },
  {
    name: '60 pages that cost the most that is allowed',
    send: ({ keyed, keys }) => {
      const most =
        '{ jobs(first: 100) { edges { node { id state timeline { version state message } input { prompt } } } } }'
      return many(60, () => post(keyed, { query: most }, keys.rival), 10)
    },
    answer: '200 data',
    mostBytes: 6_000_000,
    mostCpuMs: 15_000,
  },
  {
    name: 'a thousand foreign origins, each another one',
    send: ({ keyless }) =>
      many(1_000, (n) => send(keyless, { headers: [json, `origin: https://evil-${n}.example.com`], body })),
    answer: '403 ORIGIN_NOT_ALLOWED',
    mostBytes: 1_000_000,
    mostCpuMs: 8_000,
  },
  {
    name: '500 event streams that are left at once',
    async send({ keyed, keys }) {
      const asked = JSON.stringify({ query: 'subscription { jobs { id } }' })
      const head = headOf({
        headers: [json, 'accept: text/event-stream', `content-length: ${asked.length}`, bearer(keys.reader)],
      })
      const answer = await hold(keyed, 500, (line) => line.write(head + asked))
      await pause(500)
      return answer
    },
    answer: '200',
    mostBytes: 1_000_000,
    mostCpuMs: 8_000,
  },
]

export const floods = { name: 'floods of requests', attacks: [...tries, ...work] }
