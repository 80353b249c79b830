import { createHash } from 'node:crypto'
import type { Attack } from '../attack.ts'
import { firstEvent, post, send } from '../http.ts'
import { listed } from '../listed.ts'
import { ask } from '../websocket.ts'

const sha256 = createHash('sha256').update(listed.names).digest('hex')
const unlisted = '{ viewer { tenant } }'

const sent: readonly (readonly [name: string, body: Record<string, unknown>, code: string])[] = [
  ['a text', { query: unlisted }, 'PERSISTED_QUERY_ID_REQUIRED'],
  ['a text that is in the list', { query: listed.names }, 'PERSISTED_QUERY_ID_REQUIRED'],
  ['introspection', { query: '{ __schema { types { name } } }' }, 'PERSISTED_QUERY_ID_REQUIRED'],
  ['an unknown id', { documentId: 'none' }, 'PERSISTED_QUERY_NOT_IN_LIST'],
  ['the name of a method as an id', { documentId: 'constructor' }, 'PERSISTED_QUERY_NOT_IN_LIST'],
  ['an id of almost 1 MB', { documentId: 'a'.repeat(900_000) }, 'PERSISTED_QUERY_NOT_IN_LIST'],
  ['a list as an id', { documentId: ['names'] }, 'PERSISTED_QUERY_NOT_IN_LIST'],
  ['an id and its text', { documentId: 'names', query: listed.names }, 'CANNOT_SEND_PQ_ID_AND_BODY'],
  ['an id and another text', { documentId: 'names', query: unlisted }, 'CANNOT_SEND_PQ_ID_AND_BODY'],
  [
    'a text under the hash of another, as clients register them',
    { query: unlisted, extensions: { persistedQuery: { version: 1, sha256Hash: sha256 } } },
    'CANNOT_SEND_PQ_ID_AND_BODY',
  ],
  [
    'a hash that is in no list',
    { extensions: { persistedQuery: { version: 1, sha256Hash: sha256.replace(/./, 'g') } } },
    'PERSISTED_QUERY_NOT_IN_LIST',
  ],
]

const coded = <T extends { outcome: string }>(answer: T): T => ({
  ...answer,
  outcome: answer.outcome.replace(/^\d{3} /, ''),
})

const attacks = sent.flatMap(([name, body, answer]): Attack[] => [
  { name, answer, send: async ({ behind, keys }) => coded(await post(behind, body, keys.behind)) },
  {
    name: `${name}, on an event stream`,
    answer,
    send: async ({ behind, keys }) =>
      coded(
        await firstEvent(behind, { path: '/graphql/stream', body: JSON.stringify(body), key: keys.behind }),
      ),
  },
  {
    name: `${name}, on a WebSocket`,
    answer,
    // The protocol wants a text.
    send: async ({ behind, keys }) => coded(await ask(behind, { query: '', ...body }, keys.behind)),
  },
])

const byGet: readonly Attack[] = [
  {
    name: 'the id of a mutation, by GET',
    send: ({ behind, keys }) =>
      send(behind, {
        method: 'GET',
        path: `/graphql?documentId=cancel&variables=${encodeURIComponent('{"id":"a"}')}`,
        key: keys.behind,
      }),
    answer: '405 METHOD_NOT_ALLOWED',
  },
  {
    name: 'a text, by GET',
    send: ({ behind, keys }) =>
      send(behind, {
        method: 'GET',
        path: `/graphql?query=${encodeURIComponent(unlisted)}`,
        key: keys.behind,
      }),
    answer: '400 PERSISTED_QUERY_ID_REQUIRED',
  },
]

export const persisted = { name: 'persisted ids', attacks: [...attacks, ...byGet] }
