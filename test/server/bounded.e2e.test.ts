import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDocumentCache } from '../../src/server/document-cache.ts'
import { createTestApp } from '../support/app.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { openSqliteStore } from '../support/stores.ts'
import { createClient, protocols } from './clients.ts'

async function start() {
  const app = await createTestApp()
  onTestFinished(() => app.close())
  async function ask(body: object, headers: Record<string, string> = {}) {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, bytes: text.length, text, ...(JSON.parse(text) as Answer) }
  }
  return { app, ask }
}

interface Answer {
  readonly data?: Record<string, unknown>
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
}

const create = `mutation ($input: CreateV2VLoraJobInput!) {
  createV2VLoraJob(input: $input) { __typename ... on InvalidInputError { issues { path } } }
}`
const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')

describe('an operation that may cost too much', () => {
  const expensive = `{ __schema { ${aliases(50, 'types { fields { name description } }')} } }`

  it('does not run, on any protocol, and its refusal is short', async () => {
    const { app, ask } = await start()
    const answer = await ask({ query: expensive })
    expect(answer.errors?.[0]?.extensions.code).toBe('QUERY_TOO_EXPENSIVE')
    expect(answer.data).toBeUndefined()
    expect(answer.bytes).toBeLessThan(1_000)

    const got = await fetch(`${app.url}?query=${encodeURIComponent(expensive)}`, {
      headers: { accept: 'application/json' },
    })
    expect(await got.text()).toContain('QUERY_TOO_EXPENSIVE')

    for (const protocol of protocols) {
      const client = createClient(protocol, Number(new URL(app.url).port))
      expect((await client.iterate(expensive).next()).value, protocol).toEqual({
        errors: [
          expect.objectContaining({ extensions: expect.objectContaining({ code: 'QUERY_TOO_EXPENSIVE' }) }),
        ],
      })
      client.dispose()
    }
  })

  it('is counted with its variables', async () => {
    const { ask } = await start()
    const query = `query ($ids: [ID!]!) { ${aliases(15, 'nodes(ids: $ids) { ... on Job { input { ... on V2VLoraParameters { prompt negativePrompt video } } } }')} }`
    expect((await ask({ query, variables: { ids: ['job_a'] } })).errors).toBeUndefined()
    const many = await ask({ query, variables: { ids: Array(100).fill('job_a') } })
    expect(many.errors?.[0]?.extensions.code).toBe('QUERY_TOO_EXPENSIVE')
  })
})

describe('the errors of a request', () => {
  it.each([
    [
      'an object with 90,000 unknown keys',
      Object.fromEntries(Array.from({ length: 90_000 }, (_, i) => [`k${i}`, 1])),
    ],
    [
      'unknown keys beside a long text',
      {
        prompt: 'x'.repeat(900_000),
        ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, 1])),
      },
    ],
    ['a text where a number belongs', { seed: 'x'.repeat(900_000) }],
    ['a list where a text belongs', { prompt: Array(100_000).fill('a') }],
  ])('are short: %s', async (_name, input) => {
    const { ask } = await start()
    const answer = await ask({ query: create, variables: { input } })
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    expect(answer.bytes).toBeLessThan(10_000)
  })

  it.each([
    ['empty entries', Array(40_000).fill({})],
    ['entries', Array(20_000).fill({ path: 'a', scale: 9 })],
  ])('of a list with tens of thousands of %s are few, as data', async (_name, loras) => {
    const { ask } = await start()
    const answer = await ask({ query: create, variables: { input: { prompt: 'a fox', loras } } })
    expect(answer.data).toMatchObject({ createV2VLoraJob: { __typename: 'InvalidInputError' } })
    expect(answer.text).toContain('"path":"loras"')
    expect(answer.bytes).toBeLessThan(2_000)
  })
})

describe('a persisted query without its text', () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }

  it('is answered so that clients send the text, and then it runs', async () => {
    const { app, ask } = await start()
    const refused = await ask({ extensions })
    expect(refused).toMatchObject({
      status: 200,
      errors: [
        { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
      ],
    })
    const got = await fetch(`${app.url}?extensions=${encodeURIComponent(JSON.stringify(extensions))}`, {
      headers: { accept: 'application/graphql-response+json, application/json' },
    })
    expect(got.status).toBe(200)
    expect(await got.json()).toMatchObject({ errors: [{ message: 'PersistedQueryNotSupported' }] })
    expect(await ask({ extensions, query: '{ __typename }' })).toMatchObject({
      data: { __typename: 'Query' },
    })
  })

  it('and without anything else it is still a query that is missing', async () => {
    const { ask } = await start()
    expect(await ask({})).toMatchObject({
      errors: [{ message: 'Must provide query string.', extensions: { code: 'BAD_REQUEST' } }],
    })
  })
})

it('the fields of an answer stand in the order of the selection', async () => {
  const { app, ask } = await start()
  const id = await app.create()
  const fields =
    'queuePosition createdAt timeline { message at } id retries { id } state retryOf { id } version'
  const { text } = await ask({
    query: `{ job(id: "${id}") { ${fields} } models { title name } a: __typename }`,
  })
  const keys = [...text.matchAll(/"(\w+)":/g)].map(([, key]) => key)
  expect(keys.indexOf('queuePosition')).toBeLessThan(keys.indexOf('createdAt'))
  expect(keys.indexOf('createdAt')).toBeLessThan(keys.indexOf('timeline'))
  expect(keys.indexOf('timeline')).toBeLessThan(keys.indexOf('retries'))
  expect(keys.indexOf('retries')).toBeLessThan(keys.indexOf('version'))
  expect(keys.lastIndexOf('a')).toBe(keys.length - 1)
})

describe('texts that were recorded before they had a bound', () => {
  /** A hundred canceled jobs, each with a prompt of so many characters. */
  async function startWith(characters: number) {
    const statements: string[] = []
    const folder = mkdtempSync(join(tmpdir(), 'wavespeed-texts-'))
    const file = join(folder, 'jobs.db')
    const store = openSqliteStore({ file })
    const input = { ...sampleInput, prompt: 'x'.repeat(characters) }
    for (let index = 0; index < 100; index += 1) {
      const id = `job_${String(index).padStart(26, '0')}`
      await store.insert(sampleJob({ id, input, state: 'CANCELED' }), {
        version: 1,
        at: 1,
        state: 'CANCELED',
        message: '',
      })
    }
    store.close()
    const app = await createTestApp({
      env: { DATABASE_URL: `file:${file}` },
      overrides: { onStatement: (sql) => void statements.push(sql) },
    })
    onTestFinished(async () => {
      await app.close()
      rmSync(folder, { recursive: true })
    })
    async function ask(query: string) {
      statements.length = 0
      const response = await fetch(app.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      const text = await response.text()
      return {
        text,
        ...(JSON.parse(text) as Answer),
        lists: statements.filter((sql) => sql.includes('"outputs"') && !sql.includes("'QUEUED'")),
      }
    }
    return { app, ask }
  }

  it('are not read for a list that does not ask for them', async () => {
    const { ask } = await startWith(900_000)
    for (const list of [
      'jobs(first: 100) { edges { node { id state } } }',
      `nodes(ids: ["job_${'0'.repeat(26)}"]) { id }`,
    ]) {
      const { errors, lists } = await ask(`{ ${list} }`)
      expect(errors).toBeUndefined()
      expect(lists).toHaveLength(1)
      expect(lists[0]).not.toContain('"input"')
    }
  })

  it('stay readable one by one and retryable, and a page of them is refused in words', async () => {
    const { app, ask } = await startWith(900_000)
    const page = await ask('{ jobs(first: 100) { edges { node { input { prompt } } } } }')
    expect(page.errors).toMatchObject([{ extensions: { code: 'ANSWER_TOO_LARGE' } }])
    expect(page.text.length).toBeLessThan(1_000)
    const id = `job_${'0'.repeat(26)}`
    expect((await ask(`{ job(id: "${id}") { input { prompt } } }`)).text.length).toBeGreaterThan(900_000)
    const retried = await app.graphql<{ retryJob: { job: { id: string } } }>(
      `mutation { retryJob(id: "${id}") { ... on RetryJobSuccess { job { id } } } }`,
    )
    expect(retried.retryJob.job.id).toMatch(/^job_/)
  })

  it('at their bounds are a page that is answered', async () => {
    const { ask } = await startWith(10_000)
    const { errors, text } = await ask('{ jobs(first: 100) { edges { node { input { prompt } } } } }')
    expect(errors).toBeUndefined()
    expect(text.length).toBeGreaterThan(1_000_000)
  })
})

it('an answer whose lists prove too long is an error in its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-retries-'))
  const file = join(folder, 'jobs.db')
  const store = openSqliteStore({ file })
  const first = `job_${'0'.repeat(26)}`
  for (let index = 0; index < 300; index += 1) {
    const id = `job_${String(index).padStart(26, '0')}`
    const retryOf = index === 0 ? null : first
    const entry = { version: 1, at: 1, state: 'CANCELED', message: '' } as const
    await store.insert(sampleJob({ id, retryOf, state: 'CANCELED' }), entry)
  }
  store.close()
  const app = await createTestApp({ env: { DATABASE_URL: `file:${file}` } })
  onTestFinished(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })
  async function ask(ids: readonly string[]) {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Job { retries { id } } } }'
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { ids } }),
    })
    return (await response.json()) as Answer
  }
  const one = await ask([first])
  expect(one.data?.['nodes']).toMatchObject([{ retries: { length: 299 } }])
  const many = await ask(Array(100).fill(first))
  expect(many.errors?.[0]?.extensions.code).toBe('ANSWER_TOO_LARGE')
  expect(many.data).toBeUndefined()
})

describe('parsed documents', () => {
  it('that are kept are bounded by their size', () => {
    const cache = createDocumentCache()
    const document = { kind: 'Document', definitions: [] } as never
    const text = (index: number) => `# ${index} ${'x'.repeat(20_000)}`
    for (let index = 0; index < 500; index += 1) cache.set(text(index), document)
    const kept = Array.from({ length: 500 }, (_, index) => cache.get(text(index))).filter(Boolean).length
    expect(kept).toBeGreaterThan(10)
    expect(kept * 20_000 * 40).toBeLessThan(33 * 1024 * 1024)
    cache.set('x'.repeat(200_000), document)
    expect(cache.get('x'.repeat(200_000))).toBeUndefined()
  })
})
