/** What the scanner graphql-cop (1.15) asks of an endpoint, and calls a flaw if it is answered. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSqliteAccess } from '../../src/db/sqlite/access.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { makeKey } from '../support/keys.ts'

interface Answer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly message?: string; readonly extensions?: Record<string, unknown> }[]
}

let gateway: TestApp
let key = ''
beforeAll(async () => {
  gateway = await createTestApp()
  const { database } = gateway.config
  const opened = openSqliteAccess(database.kind === 'sqlite' ? database.file : '')
  key = (await makeKey(opened.access)).secret
  opened.close()
})
afterAll(() => gateway.close())

type Send = (init: { body?: unknown; form?: string; query?: string; accept?: string }) => Promise<{
  readonly text: string
  readonly answer: Answer & readonly Answer[]
}>

const sendAs =
  (headers: Readonly<Record<string, string>>): Send =>
  async ({ body, form, query, accept = 'application/json' }) => {
    const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded'
    const asked = body === undefined && form === undefined
    const response = await fetch(query === undefined ? gateway.url : `${gateway.url}?${query}`, {
      method: asked ? 'GET' : 'POST',
      headers: { accept, ...headers, ...(!asked && { 'content-type': type }) },
      ...(!asked && { body: form ?? JSON.stringify(body) }),
    })
    const text = await response.text()
    try {
      return { text, answer: JSON.parse(text) as Answer & readonly Answer[] }
    } catch {
      return { text, answer: {} as Answer & readonly Answer[] }
    }
  }

const operation = (query: string) => ({ body: { query, operationName: 'cop' } })
const numbered = (count: number, of: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => of(index)).join(' ')
const introspection = 'query cop { __schema { types { name fields { name } } } }'
const circular =
  'query cop { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }'

/** Each answers whether its flaw is there. */
const checks: Record<string, (send: Send) => Promise<boolean>> = {
  async 'alias overloading'(send) {
    const aliases = numbered(101, (index) => `alias${index}: __typename`)
    return Boolean((await send(operation(`query cop { ${aliases} }`))).answer.data?.['alias100'])
  },
  async 'array batching'(send) {
    const { answer } = await send({ body: Array(10).fill(operation('query cop { __typename }').body) })
    return Array.isArray(answer) && answer.length >= 10
  },
  async 'directive overloading'(send) {
    const { answer } = await send(operation(`query cop { __typename ${'@aa'.repeat(10)} }`))
    return answer.errors?.length === 10
  },
  async 'field duplication'(send) {
    const { answer } = await send(operation(`query cop { ${'__typename '.repeat(500)} }`))
    return Boolean(answer.data?.['__typename'])
  },
  async 'circular introspection'(send) {
    const schema = (await send(operation(circular))).answer.data?.['__schema'] as
      | { types?: unknown[] }
      | undefined
    return (schema?.types?.length ?? 0) > 25
  },
  async introspection(send) {
    const schema = (await send(operation(introspection))).answer.data?.['__schema'] as
      | { types?: unknown[] }
      | undefined
    return Boolean(schema?.types)
  },
  async 'field suggestions'(send) {
    const { answer } = await send(operation('query cop { __schema { directive } }'))
    return answer.errors?.[0]?.message?.includes('Did you mean') ?? false
  },
  async 'query by GET'(send) {
    const { answer } = await send({ query: `query=${encodeURIComponent('query cop { __typename }')}` })
    return Boolean(answer.data)
  },
  async 'mutation by GET'(send) {
    const { answer } = await send({ query: `query=${encodeURIComponent('mutation cop { __typename }')}` })
    return Boolean(answer.data)
  },
  async 'POST of a form'(send) {
    const form = `query=${encodeURIComponent('query cop { __typename }')}`
    return Boolean((await send({ form })).answer.data)
  },
  async 'a page for queries'(send) {
    return /graphiql|playground/i.test((await send({ accept: 'text/html' })).text)
  },
  async 'trace mode'(send) {
    return JSON.stringify((await send(operation('query cop { __typename }'))).answer).includes('tracing')
  },
  async 'an error that is not handled'(send) {
    const { answer } = await send(operation('qwerty cop { abc }'))
    return JSON.stringify(answer.errors ?? []).includes('exception')
  },
}

async function flawsFor(send: Send): Promise<string[]> {
  const found: string[] = []
  for (const [name, isThere] of Object.entries(checks)) if (await isThere(send)) found.push(name)
  return found
}

it('has none of the known flaws for who is not signed in', async () => {
  await gateway.restart({ env: { PUBLIC_URL: 'https://video.example.com', ALLOWED_HOSTS: '' } })
  expect(await flawsFor(sendAs({}))).toEqual([])
})

it('shows its schema, and answers queries by GET, to who is signed in alone', async () => {
  const flaws = await flawsFor(sendAs({ authorization: `Bearer ${key}` }))
  expect(flaws).toEqual(['introspection', 'field suggestions', 'query by GET'])
})
