import { createSchema } from 'graphql-yoga'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openPage } from '../support/browser.ts'
import { describeWith } from '../support/needs.ts'
import { startTestServer, type TestServer } from './support.ts'

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Job { id: ID! }
    type Query { job(id: ID!): Job }
    type Mutation { createI2VLoraJob: Job! retryJob(id: ID!): Job! }
    type Subscription { prediction(jobId: ID!): Job! }
  `,
  resolvers: {
    Query: { job: (_root, { id }: { id: string }) => ({ id }) },
    Mutation: { createI2VLoraJob: () => ({ id: 'job_01first' }), retryJob: () => ({ id: 'job_02second' }) },
    Subscription: {
      prediction: {
        async *subscribe(_root, { jobId }: { jobId: string }) {
          yield { prediction: { id: jobId } }
        },
      },
    },
  },
})

/** Lines of the query editor that reach beyond what is seen of it, as the page itself measures them. */
function tooWide(): (string | null)[] {
  const editor = document.querySelector('.graphiql-query-editor .lines-content')?.parentElement
  const edge = editor?.getBoundingClientRect().right ?? 0
  const lines = [...document.querySelectorAll('.graphiql-query-editor .view-line > span')]
  return lines.filter((line) => line.getBoundingClientRect().right > edge).map((line) => line.textContent)
}

describeWith('Chromium', 'GraphiQL in a browser', () => {
  let gateway: TestServer
  let sandbox: string | null = 'http://127.0.0.1:4010'
  let browser: Browser
  let page: Page
  const outside: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    gateway = await startTestServer({ schema, sandbox: () => sandbox })
    browser = await launchBrowser()
    page = await openPage(browser, { viewport: { width: 1400, height: 900 } })
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

  test('says what to do where a tab needs a job and there is none', async () => {
    for (const tab of [2, 4]) {
      await page.locator('.graphiql-tab-button').nth(tab).click()
      // GraphiQL takes a moment to know the tab's operation, and refuses to run one of the tab before.
      await expect
        .poll(async () => {
          await page.locator('.graphiql-execute-button').click()
          return page.locator('.result-window').textContent()
        })
        .toMatch(/Create\s+first/)
    }
    expect(gateway.lines.filter((line) => ['Follow', 'Detail'].includes(String(line['operation'])))).toEqual(
      [],
    )
  })

  test('shows every line of every tab whole, on a screen of 768 pixels', async () => {
    await page.setViewportSize({ width: 768, height: 900 })
    for (let tab = 0; tab < 8; tab += 1) {
      await page.locator('.graphiql-tab-button').nth(tab).click()
      await page.locator('.graphiql-query-editor .view-line', { hasText: `# ${tab + 1}.` }).waitFor()
      await expect.poll(() => page.evaluate(tooWide), { timeout: 60_000 }).toEqual([])
    }
    await page.setViewportSize({ width: 1400, height: 900 })
  })

  test('follows a change of the theme while it is open', async () => {
    const colors = () =>
      page.evaluate(() => {
        const text = document.querySelector('.graphiql-query-editor .view-line span span')
        const page = document.querySelector('.graphiql-container')
        return [page, text]
          .map((element) => element && getComputedStyle(element))
          .map((style, index) => (index === 0 ? style?.backgroundColor : style?.color))
      })
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await colors()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect
      .poll(async () => (await colors()).map((color, index) => color === light[index]), { timeout: 60_000 })
      .toEqual([false, false])
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(colors, { timeout: 60_000 }).toEqual(light)
  })

  test('puts the newest job in the place of LAST_JOB, and nothing before there is one', async () => {
    const variables = { id: 'LAST_JOB' }
    const job = 'query ($id: ID!) { job(id: $id) { id } }'
    expect(await run(job, variables)).toContain('there is none yet')
    await run('mutation { createI2VLoraJob { id } }', {})
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
