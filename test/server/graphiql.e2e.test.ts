import { createSchema } from 'graphql-yoga'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, launchBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from './support.ts'

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Job { id: ID! }
    type Query { job(id: ID!): Job }
    type Mutation { createV2VLoraJob: Job! retryJob(id: ID!): Job! }
    type Subscription { prediction(jobId: ID!): Job! }
  `,
  resolvers: {
    Query: { job: (_root, { id }: { id: string }) => ({ id }) },
    Mutation: { createV2VLoraJob: () => ({ id: 'job_01first' }), retryJob: () => ({ id: 'job_02second' }) },
    Subscription: {
      prediction: {
        async *subscribe(_root, { jobId }: { jobId: string }) {
          yield { prediction: { id: jobId } }
        },
      },
    },
  },
})

describe.skipIf(!hasBrowser)('GraphiQL in a browser', () => {
  let gateway: TestServer
  let sandbox: string | null = 'http://127.0.0.1:4010'
  let browser: Browser
  let page: Page
  const outside: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    gateway = await startTestServer({ schema, sandbox: () => sandbox })
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    page.on('request', (request) => {
      if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== gateway.url)
        outside.push(request.url())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(gateway.url)
    await page.locator('.graphiql-execute-button').waitFor()
  })
  afterAll(async () => {
    await browser.close()
    await gateway.server.close()
  })

  /** What the page's own fetch gets for an operation, as GraphiQL sends it: by POST, or by GET for an event stream. */
  const run = (query: string, variables: object, stream = false) =>
    page.evaluate(
      async ({ query, variables, stream }) => {
        const search = new URLSearchParams({ query, variables: JSON.stringify(variables) })
        const response = stream
          ? await fetch(`/graphql?${search}`, { headers: { accept: 'text/event-stream' } })
          : await fetch('/graphql', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ query, variables }),
            })
        return response.text()
      },
      { query, variables, stream },
    )

  test('shows the editor with a tab for each step, which a click opens', async () => {
    const titles = await page.locator('.graphiql-tab-button').allTextContents()
    expect(titles).toEqual(['Models', 'Create', 'Follow', 'History', 'Detail', 'Cancel', 'Retry', 'Delete'])
    for (const [index, text] of ['models', 'createV2VLoraJob', 'prediction', 'jobs'].entries()) {
      await page.locator('.graphiql-tab-button').nth(index).click()
      await page.locator('.graphiql-query-editor', { hasText: text }).waitFor()
    }
    await page.locator('.graphiql-tab-button').nth(1).click()
    await page
      .locator('.graphiql-editor-tool', { hasText: 'http://127.0.0.1:4010/clips/source.mp4' })
      .waitFor()
  })

  test('says that the vendor is a sandbox', async () => {
    expect(await page.title()).toBe('WaveSpeed GraphQL (sandbox)')
    expect(await page.getByRole('status').filter({ hasText: 'nothing is billed' }).isVisible()).toBe(true)
  })

  test('puts the newest job in the place of LAST_JOB, and nothing before there is one', async () => {
    const variables = { id: 'LAST_JOB' }
    const job = 'query ($id: ID!) { job(id: $id) { id } }'
    expect(await run(job, variables)).toContain('LAST_JOB')
    await run('mutation { createV2VLoraJob { id } }', {})
    expect(await run(job, variables)).toContain('job_01first')
    expect(await run('subscription ($id: ID!) { prediction(jobId: $id) { id } }', variables, true)).toContain(
      'job_01first',
    )
    await run('mutation ($id: ID!) { retryJob(id: $id) { id } }', variables)
    expect(await run(job, variables)).toContain('job_02second')
    expect(await run(job, { id: 'job_other' })).toContain('job_other')
  })

  test('needs nothing from outside, and nothing breaks', () => {
    expect(outside).toEqual([])
    expect(complaints).toEqual([])
  })

  test('forgets the tabs of the sandbox when the vendor itself answers at the same address', async () => {
    const create = page.locator('.graphiql-tab-button').nth(1)
    const variables = (text: string) => page.locator('.graphiql-editor-tool', { hasText: text }).waitFor()
    await create.click()
    await variables('http://127.0.0.1:4010/clips/source.mp4')
    sandbox = null
    await page.reload()
    await create.click()
    await variables('https://example.com/')
  })
})
