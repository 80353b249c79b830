import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config.ts'
import { createTestApp } from '../support/app.ts'
import { faultsOf, key } from '../support/config.ts'

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
  const ask = async (body: object) =>
    (
      await fetch(app.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json()
  expect(await ask({ documentId: `sha256:${id}`, variables: { first: 1 } })).toEqual({
    data: { jobs: { edges: [] } },
  })
  expect(await ask({ query: jobs })).toMatchObject({
    errors: [{ extensions: { code: 'PERSISTED_QUERY_ID_REQUIRED' } }],
  })
  // GraphiQL would ask by texts.
  const page = await fetch(app.url, { headers: { accept: 'text/html' } })
  expect([page.status, page.headers.get('content-type')]).toEqual([404, expect.stringContaining('json')])
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
