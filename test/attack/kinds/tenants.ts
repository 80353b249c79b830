import { type Answer, type Attack, together } from '../attack.ts'
import { bearer, events, firstEvent, json, outcomeOf, post, type Sent, send, sendForText } from '../http.ts'
import { ask } from '../websocket.ts'
import type { World } from '../world.ts'

/** An id of the right form that never was one. */
const unknown = 'job_01h455vb4pex5vsknk084sn02q'

/** Asks for the victim's job and for one that never was: both have to be answered alike. */
const alike = (name: string, sentFor: (id: string) => Sent): Attack => ({
  name,
  async send(world) {
    const { keyed, keys, prey } = world
    const answer = async (id: string) => {
      const got = await sendForText(keyed, { key: keys.rival, ...sentFor(id) })
      return { ...got, text: plain(got.text, id) }
    }
    const foreign = await answer(prey.done)
    const strange = await answer(unknown)
    return {
      ...foreign,
      outcome: foreign.text === strange.text ? 'as unknown' : `told apart: ${foreign.outcome}`,
    }
  },
  answer: 'as unknown',
})

/** Without what is of this request alone. */
const plain = (text: string, id: string) =>
  text
    .replaceAll(id, 'ID')
    .replace(/x-request-id: .*/i, '')
    .replace(/\r\ndate: .*/i, '')
    .replace(/"requestId":"[^"]+"/g, '')

const operation = (name: string, query: (id: string) => string) =>
  alike(name, (id) => ({ headers: [json], body: JSON.stringify({ query: query(id) }) }))

const ids: readonly Attack[] = [
  operation('job', (id) => `{ job(id: "${id}") { id input { prompt } } }`),
  operation('node', (id) => `{ node(id: "${id}") { id ... on Job { state } } }`),
  operation('nodes', (id) => `{ nodes(ids: ["${id}", "a"]) { id } }`),
  operation(
    'cancelJob',
    (id) => `mutation { cancelJob(id: "${id}") { __typename ... on Error { code message } } }`,
  ),
  operation(
    'retryJob',
    (id) => `mutation { retryJob(id: "${id}") { __typename ... on Error { code message } } }`,
  ),
  operation(
    'deleteJob',
    (id) => `mutation { deleteJob(id: "${id}") { __typename ... on Error { code message } } }`,
  ),
  operation(
    'deleteJob, at the vendor as well',
    (id) => `mutation { deleteJob(id: "${id}", fromVendor: true) { __typename ... on Error { code } } }`,
  ),
  operation('a ticket', (id) => `mutation { createStreamTicket(jobIds: ["${id}"]) { __typename } }`),
  ...['prediction(jobId: "ID")', 'jobs(ids: ["ID"])'].flatMap((field) =>
    ['/graphql', '/graphql/stream'].map((path) =>
      alike(`${field} on ${path}`, (id) => ({
        path,
        headers: [json, events],
        body: JSON.stringify({ query: `subscription { ${field.replace('ID', id)} { id } }` }),
      })),
    ),
  ),
  ...['GET', 'HEAD'].flatMap((method) =>
    [
      [],
      ['range: bytes=0-9'],
      ['if-none-match: *'],
      ['if-modified-since: Thu, 01 Jan 2099 00:00:00 GMT'],
    ].map((headers) =>
      alike(`a kept output by ${method} ${headers[0] ?? ''}`, (id) => ({
        method,
        path: `/outputs/${id}/0.mp4`,
        headers,
      })),
    ),
  ),
]

const query = (name: string, queryOf: (world: World) => string, answer: Attack['answer']): Attack => ({
  name,
  send: (world) => post(world.keyed, { query: queryOf(world) }, world.keys.rival),
  answer,
})

const lists: readonly Attack[] = [
  query("another's cursor", ({ prey }) => `{ jobs(after: "${prey.cursor}") { edges { node { id } } } }`, [
    '200 nothing',
    '200 data',
  ]),
  query(
    "another's prompt",
    () => '{ jobs(filter: { prompt: "a fox" }) { edges { node { id } } } }',
    '200 nothing',
  ),
  query('the audit log of others', () => '{ auditLog { actor target } }', '200 data'),
  {
    name: "another's key of idempotency",
    async send({ keyed, keys, prey }) {
      const input = `{ prompt: "reached", idempotencyKey: "${prey.idempotencyKey}" }`
      const body = {
        query: `mutation { createT2VLoraJob(input: ${input}) { __typename ... on Error { code } } }`,
      }
      return post(keyed, body, keys.rival)
    },
    answer: '200 data',
  },
  {
    name: 'a page of everything, in which nothing of another is',
    async send({ keyed, keys, prey }) {
      const body = JSON.stringify({
        query: '{ jobs(first: 100) { edges { node { id input { prompt } } } } accessKeys { hint } }',
      })
      const { text, outcome, bytes } = await sendForText(keyed, { headers: [json], body, key: keys.rival })
      return { outcome: text.includes(prey.done) || text.includes(prey.running) ? 'told' : outcome, bytes }
    },
    answer: '200 data',
    mostBytes: 20_000,
  },
  {
    name: "another's ticket, as a key",
    send: ({ keyed, prey }) => post(keyed, { query: '{ jobs { edges { cursor } } }' }, prey.ticket),
    answer: ['200 FORBIDDEN', '401 UNAUTHENTICATED'],
  },
  {
    name: 'a ticket that was used',
    send: ({ keyed, prey }) =>
      send(keyed, {
        method: 'GET',
        path: `/graphql/stream?ticket=${prey.ticket}&query=${encodeURIComponent('subscription { jobs { id } }')}`,
        headers: [events],
      }),
    answer: '401 UNAUTHENTICATED',
  },
]

const streams: readonly Attack[] = [
  ...(['GET', 'POST', 'DELETE'] as const).map(
    (method): Attack => ({
      name: `another's single-connection stream, by ${method}`,
      send: ({ keyed, keys, prey }) =>
        send(keyed, {
          method,
          path: `/graphql/stream${method === 'DELETE' ? '?operationId=1' : ''}`,
          headers: [
            `x-graphql-event-stream-token: ${prey.token}`,
            ...(method === 'GET' ? [events] : []),
            ...(method === 'POST' ? [json] : []),
          ],
          ...(method === 'POST' && {
            body: '{"query":"{ viewer { tenant } }","extensions":{"operationId":"1"}}',
          }),
          key: keys.rival,
        }),
      answer: '404 NOT_FOUND',
    }),
  ),
  {
    name: "another's single-connection stream, named in the address",
    send: ({ keyed, keys, prey }) =>
      send(keyed, {
        method: 'GET',
        path: `/graphql/stream?token=${prey.token}`,
        headers: [events],
        key: keys.rival,
      }),
    answer: '404 NOT_FOUND',
  },
  {
    name: 'a token of a stream that a client made up',
    send: ({ keyed, keys }) =>
      send(keyed, {
        method: 'GET',
        path: '/graphql/stream',
        headers: [events, 'x-graphql-event-stream-token: mine'],
        key: keys.rival,
      }),
    answer: '404 NOT_FOUND',
  },
  {
    name: 'a stream with a token in its address, without a key',
    send: ({ keyed, prey }) =>
      send(keyed, { method: 'GET', path: `/graphql/stream?token=${prey.token}`, headers: [events] }),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: "another's jobs, on a WebSocket",
    send: ({ keyed, keys, prey }) =>
      ask(keyed, { query: `subscription { prediction(jobId: "${prey.done}") { id } }` }, keys.rival),
    answer: 'JOB_NOT_FOUND',
  },
  {
    name: "another's jobs, on a stream",
    send: ({ keyed, keys, prey }) =>
      firstEvent(keyed, {
        key: keys.rival,
        body: JSON.stringify({ query: `subscription { jobs(ids: ["${prey.done}"]) { id } }` }),
      }),
    answer: '200 JOB_NOT_FOUND',
  },
]

const signed = (
  name: string,
  change: (url: URL, world: World) => void,
  answer: Attack['answer'] = '403 FORBIDDEN',
): Attack => ({
  name: `a signed address ${name}`,
  send(world) {
    const url = new URL(world.prey.output)
    change(url, world)
    return send(world.keyed, { method: 'GET', path: url.pathname + url.search })
  },
  answer,
})

const addresses: readonly Attack[] = [
  signed('of another output', (url) => {
    url.pathname = url.pathname.replace('/0.', '/1.')
  }),
  signed('of another job', (url, { prey }) => {
    url.pathname = url.pathname.replace(prey.done, prey.running)
  }),
  signed('that lasts longer', (url) => url.searchParams.set('expires', '9999999999')),
  signed('that lasts for ever', (url) => url.searchParams.set('expires', 'Infinity')),
  signed('without an end', (url) => url.searchParams.delete('expires')),
  signed('with an empty signature', (url) => url.searchParams.set('signature', '')),
  signed('with a signature of 8 KB', (url) => url.searchParams.set('signature', 'A'.repeat(8_000))),
  signed('with two signatures, a wrong one first', (url) => {
    const right = url.searchParams.get('signature') ?? ''
    url.searchParams.set('signature', 'A'.repeat(43))
    url.searchParams.append('signature', right)
  }),
  signed('with no signature', (url) => url.searchParams.delete('signature'), '401 UNAUTHENTICATED'),
  {
    name: 'a signed address by another method',
    send: ({ keyed, prey }) =>
      send(keyed, { method: 'DELETE', path: prey.output.pathname + prey.output.search }),
    answer: '405 METHOD_NOT_ALLOWED',
  },
]

const paths = [
  '../jobs.db',
  '..%2fkeyed.db',
  '%2e%2e/keyed.db',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%5c..%5cetc%5cpasswd',
  '....//....//etc/passwd',
  '%252e%252e%252fkeyed.db',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  'ID/../../keyed.db',
  'ID/%2e%2e/%2e%2e/keyed.db',
  'ID/0.mp4%00.txt',
  'ID/0.mp4/',
  'ID/',
  'ID',
  '.unfinished/',
  'ID/..;/keyed.db',
  `${'a'.repeat(8_000)}/0.mp4`,
  'ID/%ff%fe.mp4',
  'ID/0.mp4?../../keyed.db',
  'ID/0.poster.jpg',
  'ID/0.poster.jpg/../../keyed.db',
  'ID/0.poster.svg',
]

const traversals = paths.map(
  (path): Attack => ({
    name: `/outputs/${path.slice(0, 40)}`,
    async send({ keyed, keys, prey }) {
      const answers: Answer[] = []
      for (const id of [prey.done, unknown]) {
        const head = { method: 'GET', path: `/outputs/${path.replace('ID', id)}` }
        const { text, bytes } = await sendForText(keyed, { ...head, headers: [bearer(keys.rival)] })
        answers.push({ outcome: outcomeOf(text), bytes })
      }
      return together(answers)
    },
    answer: ['404 NOT_FOUND', '400'],
  }),
)

export const tenants = { name: 'other tenants', attacks: [...ids, ...lists, ...streams, ...addresses] }
export const outputs = { name: 'paths of outputs', attacks: traversals }
