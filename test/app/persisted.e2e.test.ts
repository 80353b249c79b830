import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config.ts'
import { createTestApp } from '../support/app.ts'
import { faultsOf, key } from '../support/config.ts'
import { ask, bearer, create, open } from '../support/keyed-app.ts'

const folder = mkdtempSync(join(tmpdir(), 'wavespeed-persisted-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: object) => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}

const jobs = 'query Jobs($first: Int) { jobs(first: $first) { edges { node { id } } } }'
const id = createHash('sha256').update(jobs).digest('hex')
const manifest = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [{ id, name: 'Jobs', type: 'query', body: jobs }],
}

/** What a start with these variables is refused with; its history is removed again. */
async function refusalOf(env: object): Promise<readonly string[]> {
  try {
    const app = await createTestApp({ env: { ...env } })
    await app.close()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

it('runs the documents of its list by their ids, and with PERSISTED_ONLY nothing else', async () => {
  const app = await createTestApp({
    env: { PERSISTED_DOCUMENTS: file('good.json', manifest), PERSISTED_ONLY: '1' },
  })
  onTestFinished(() => app.close())
  const send = async (body: object) =>
    (
      await fetch(app.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json()
  expect(await send({ documentId: `sha256:${id}`, variables: { first: 1 } })).toEqual({
    data: { jobs: { edges: [] } },
  })
  expect(await send({ query: jobs })).toMatchObject({
    errors: [{ extensions: { code: 'PERSISTED_QUERY_ID_REQUIRED' } }],
  })
  // GraphiQL would ask by texts.
  const page = await fetch(app.url, { headers: { accept: 'text/html' } })
  expect([page.status, page.headers.get('content-type')]).toEqual([404, expect.stringContaining('json')])
})

it('GET takes, where a key is needed, queries with it and subscriptions with a ticket, by text or by id', async () => {
  const documents = {
    jobs,
    follow: 'subscription ($id: ID!) { prediction(jobId: $id) { id } }',
    cancel: 'mutation ($id: ID!) { cancelJob(id: $id) { __typename } }',
  }
  const { app, make } = await open({ env: { PERSISTED_DOCUMENTS: file('three.json', documents) } })
  const { secret } = await make()
  const variables = JSON.stringify({ id: await create(app, secret) })
  const ticketOf = async () => {
    const answer = await ask(
      app,
      secret,
      'mutation { createStreamTicket { ... on StreamTicket { ticket } } }',
    )
    return /wst_[0-9a-f]{64}/.exec(JSON.stringify(answer))?.[0] ?? ''
  }
  /** The status of the answer, and its code or the first field of its data. */
  const get = async (asked: Record<string, string>, shown: object = {}) => {
    const leave = new AbortController()
    const url = `${app.url}?${new URLSearchParams({ ...asked, variables })}`
    const headers = { accept: 'text/event-stream', ...shown }
    const response = await fetch(url, { headers, signal: leave.signal })
    const reader = response.body?.getReader()
    let text = ''
    while (!/"(data|errors)":.*\}/.test(text)) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
      if (done) throw new Error(`no answer: ${text}`)
      text += Buffer.from(value).toString()
    }
    leave.abort()
    const [, said] = /"code":"(\w+)"/.exec(text) ?? /"data":\{"(\w+)"/.exec(text) ?? []
    return `${response.status} ${said}`
  }
  const expected = {
    jobs: ['401 UNAUTHENTICATED', '200 FORBIDDEN', '200 jobs'],
    follow: ['401 UNAUTHENTICATED', '200 prediction', '200 prediction'],
    cancel: ['401 UNAUTHENTICATED', '405 METHOD_NOT_ALLOWED', '405 METHOD_NOT_ALLOWED'],
  }
  for (const name of ['jobs', 'follow', 'cancel'] as const) {
    for (const asked of [{ query: documents[name] }, { documentId: name }]) {
      const withTicket = await get({ ...asked, ticket: await ticketOf() })
      expect([await get(asked), withTicket, await get(asked, bearer(secret))]).toEqual(expected[name])
    }
  }
})

it('bounds what an id may cost by its variables, like a text', async () => {
  const costly = `query ($n: Int) { ${'abcdefghij'.replace(/./g, '$&: jobs(first: $n) { edges { node { timeline { state message } } } } ')} }`
  const app = await createTestApp({ env: { PERSISTED_DOCUMENTS: file('costly.json', { costly }) } })
  onTestFinished(() => app.close())
  const codes = async (n: number) => {
    const variables = encodeURIComponent(JSON.stringify({ n }))
    const answer = await (await fetch(`${app.url}?documentId=costly&variables=${variables}`)).json()
    return answer.errors?.[0]?.extensions.code ?? null
  }
  expect([await codes(1), await codes(100)]).toEqual([null, 'QUERY_TOO_EXPENSIVE'])
})

it('does not start with a list that it could not serve, and says which document is at fault', async () => {
  const other = { ...manifest, operations: [{ ...manifest.operations[0], body: '{ goodbye }', id: 'mine' }] }
  const path = file('bad.json', other)
  expect(await refusalOf({ PERSISTED_DOCUMENTS: path })).toEqual([
    `PERSISTED_DOCUMENTS, ${path}: the document "mine" cannot be run: Cannot query field "goodbye" on type "Query".`,
  ])
})

it('does not start with a list that cannot be read, or is too large', async () => {
  const missing = join(folder, 'missing.json')
  expect(await refusalOf({ PERSISTED_DOCUMENTS: missing })).toEqual([
    `PERSISTED_DOCUMENTS names ${missing}, which cannot be read (ENOENT).`,
  ])
  const large = file('large.json', {})
  truncateSync(large, 20_000_001)
  expect(await refusalOf({ PERSISTED_DOCUMENTS: large })).toEqual([
    `PERSISTED_DOCUMENTS names ${large}, which has 20000001 bytes; at most 20000000 are allowed.`,
  ])
})

it('PERSISTED_ONLY needs a list, and no GraphiQL beside it', () => {
  expect(faultsOf({ PERSISTED_ONLY: '1' })).toEqual([
    'PERSISTED_ONLY=1 needs PERSISTED_DOCUMENTS, a manifest of the documents that are run.',
  ])
  const both = { PERSISTED_ONLY: '1', PERSISTED_DOCUMENTS: 'a.json' }
  expect(faultsOf({ ...both, GRAPHIQL: '1' })).toEqual([
    expect.stringMatching(/^GRAPHIQL=1 and PERSISTED_ONLY=1/),
  ])
  const graphiqlOf = (env: object) => loadConfig({ ...key, ...env }).access.graphiql
  expect(graphiqlOf(both)).toBe(false)
  expect(graphiqlOf({ PERSISTED_DOCUMENTS: 'a.json' })).toBe(true)
})
