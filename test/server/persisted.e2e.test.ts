import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Answer, events, everyProtocol, json, send } from './every-protocol.ts'
import { startTestServer } from './support.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const hello = 'query Hello($name: String) { hello(name: $name) }'
const pay = 'mutation { pay }'
const texts = new Map([
  [sha256(hello), hello],
  ['hello-by-name', hello],
  [sha256(pay), pay],
])

async function start(only: boolean | null) {
  const server = await startTestServer({ persisted: only === null ? null : { texts, only } })
  onTestFinished(() => server.server.close())
  return server
}

const codeOf = (answer: Answer) => answer.errors?.[0]?.extensions.code
const byHash = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } })
const greeting = { data: { hello: 'Hello Ann' } }

describe.each(Object.entries(everyProtocol))('by %s', (_, ask) => {
  it('a document runs by its id, in whatever member that comes', async () => {
    const variables = { name: 'Ann' }
    for (const only of [true, false]) {
      const server = await start(only)
      const ids = [
        { documentId: sha256(hello) },
        { documentId: `sha256:${sha256(hello)}` },
        { documentId: 'hello-by-name' },
        { doc_id: 'hello-by-name' },
        byHash(sha256(hello)),
      ]
      for (const id of ids) expect([id, await ask(server, { ...id, variables })]).toEqual([id, greeting])
    }
  })

  it('an id that is in no list is refused, and its value is not repeated', async () => {
    const server = await start(false)
    const unknown = sha256('{ requestId }')
    for (const sent of [
      { documentId: unknown },
      { doc_id: unknown },
      byHash(unknown),
      { documentId: 'size' },
    ]) {
      const answer = await ask(server, sent)
      expect([sent, codeOf(answer)]).toEqual([sent, 'PERSISTED_QUERY_NOT_IN_LIST'])
      expect(JSON.stringify(answer)).not.toContain(unknown)
    }
  })

  it('an id and a text together are refused, also where the text is the one of the id', async () => {
    for (const only of [true, false]) {
      const server = await start(only)
      for (const query of [hello, '{ requestId }']) {
        for (const id of [{ documentId: sha256(hello) }, { doc_id: 'hello-by-name' }, byHash(sha256(hello))])
          expect(codeOf(await ask(server, { ...id, query }))).toBe('CANNOT_SEND_PQ_ID_AND_BODY')
      }
    }
  })

  it('a text is refused where only documents of the list are run, also one that is in it', async () => {
    const server = await start(true)
    for (const query of [hello, '{ requestId }', '{ __schema { types { name } } }'])
      expect(codeOf(await ask(server, { query }))).toBe('PERSISTED_QUERY_ID_REQUIRED')
  })

  it('a text runs beside a list that is not the only one', async () => {
    const server = await start(false)
    expect(await ask(server, { query: '{ hello }' })).toEqual({ data: { hello: 'Hello world' } })
  })

  it('without a list an id is answered so that clients send the text', async () => {
    const server = await start(null)
    for (const id of [byHash(sha256(hello)), { documentId: 'a' }, { doc_id: 'a' }])
      expect(codeOf(await ask(server, id))).toBe('PERSISTED_QUERY_NOT_SUPPORTED')
    const both = { ...byHash(sha256('{ hello }')), query: '{ hello }' }
    expect(await ask(server, both)).toEqual({ data: { hello: 'Hello world' } })
  })
})

it('a mutation of the list runs by POST, and by GET it does not', async () => {
  const server = await start(true)
  const documentId = sha256(pay)
  for (const accept of [json, events]) {
    const got = await send(`${server.url}/graphql`, 'GET', { documentId }, { accept })
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
  }
  expect(server.paid()).toBe(0)
  const posted = await send(`${server.url}/graphql`, 'POST', { documentId }, { accept: json })
  expect(await posted.json()).toEqual({ data: { pay: 1 } })
})

it('a refusal is a 400, in whatever form it is asked for', async () => {
  const server = await start(true)
  for (const accept of [json, 'application/graphql-response+json']) {
    for (const sent of [{ query: '{ hello }' }, { documentId: 'a' }, { documentId: 'a', query: '{ hello }' }])
      expect((await send(`${server.url}/graphql`, 'POST', sent, { accept })).status).toBe(400)
  }
})

it('an id that is no text is in no list, and harms nobody', async () => {
  const server = await start(true)
  for (const documentId of [1, true, {}, [], { toString: 'a' }, '__proto__', 'constructor', '']) {
    const answer = await everyProtocol['POST']?.(server, { documentId })
    expect([documentId, answer && codeOf(answer)]).toEqual([documentId, 'PERSISTED_QUERY_NOT_IN_LIST'])
  }
  for (const persistedQuery of [1, 'a', {}, [], { version: 2 }]) {
    const answer = await everyProtocol['a reserved stream']?.(server, { extensions: { persistedQuery } })
    expect([persistedQuery, answer && codeOf(answer)]).toEqual([
      persistedQuery,
      'PERSISTED_QUERY_NOT_IN_LIST',
    ])
  }
})
