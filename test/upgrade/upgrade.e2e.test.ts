import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { createClient } from 'graphql-sse'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { startApp } from '../../src/app/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createDatabase } from '../support/databases.ts'
import { createLogLines } from '../support/log-lines.ts'
import { startProxy } from '../support/proxy.ts'
import { withPostgres } from '../support/servers/postgres.ts'
import { gatewayAddress, vendorAddress } from './recorded.ts'

const recorded = join(import.meta.dirname, 'recorded/a63bd93')

/** What is to become of the jobs that were recorded, by the beginnings of their prompts. */
const expected = {
  done: 'COMPLETED',
  failed: 'FAILED',
  'canceled while it runs': 'CANCELED',
  'called back': 'COMPLETED',
  'in flight, processing': 'COMPLETED',
  'in flight, created': 'COMPLETED',
  'in flight, unanswered': 'COMPLETED',
  waiting: 'COMPLETED',
  'waiting, too': 'COMPLETED',
  'canceled while it waits': 'CANCELED',
} as const

/** The older version's databases, loaded into an empty one; each answers its address. */
const databases = {
  async SQLite(statements: string): Promise<string> {
    const file = join(temporaryFolder(), 'jobs.db')
    const client = new Database(file)
    client.exec(statements)
    client.close()
    return `file:${file}`
  },
  async PostgreSQL(statements: string): Promise<string> {
    const database = await createDatabase()
    onTestFinished(() => database.drop())
    await withPostgres(database.url, (client) => client.query(statements))
    return database.url
  },
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-upgrade-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** What was recorded, as if its gateway had been killed just now. */
function readRecorded(name: string) {
  const read = (file: string) => readFileSync(join(recorded, file), 'utf8')
  const books = read(`${name.toLowerCase()}.vendor.jsonl`)
  const killedAt = Math.max(...[...books.matchAll(/"createdAt":(\d+)/g)].map(([, at]) => Number(at)))
  const later = Date.now() - killedAt
  // Times of its jobs, from its first moment to a week ahead; those of its migrations are older.
  const moved = (text: string) =>
    text.replaceAll(/\b\d{13}\b/g, (digits) => {
      const age = killedAt - Number(digits)
      return age < 3_600_000 && age > -8 * 86_400_000 ? String(Number(digits) + later) : digits
    })
  return { books: moved(books), statements: moved(read(`${name.toLowerCase()}.sql`)) }
}

interface ListedJob {
  readonly id: string
  readonly state: string
  readonly predictionId: string | null
  readonly input: { readonly prompt: string }
  readonly outputs: readonly { readonly url: string; readonly kept: boolean }[]
  readonly error: { readonly code: string } | null
  readonly retryOf: { readonly id: string } | null
  readonly timeline: readonly { readonly state: string }[]
}

/** Today's gateway on a history that was recorded, with the vendor as it was. */
async function upgrade(name: keyof typeof databases) {
  const { books, statements } = readRecorded(name)
  // First: what is called back has to find the new gateway at the old address.
  const proxy = await startProxy()
  onTestFinished(() => proxy.close())
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'sandbox.jsonl'), books.replaceAll(gatewayAddress, new URL(proxy.url).host))
  const sandbox = await startSandbox({ folder, taskSeconds: 1 })
  onTestFinished(() => sandbox.close())
  const url = await databases[name](statements.replaceAll(vendorAddress, new URL(sandbox.url).host))
  const { log, lines } = createLogLines()
  const outputs = temporaryFolder()
  const config = loadConfig({
    PORT: '0',
    PUBLIC_URL: proxy.url,
    DATABASE_URL: url,
    ARCHIVE_URL: `file:${outputs}`,
    REDIS_URL: 'redis://127.0.0.1:1',
    WAVESPEED_BASE_URL: sandbox.url,
    WAVESPEED_CONCURRENCY: '3',
    WAVESPEED_VIDEOS_PER_MINUTE: '1000',
    WAVESPEED_POLL_SECONDS: '0.2',
  })
  const app = await startApp(config, { log })
  onTestFinished(() => app.stop())
  proxy.target = app.url

  async function graphql<T>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown }
    expect(errors).toBeUndefined()
    return data
  }
  async function list(): Promise<ListedJob[]> {
    const { jobs } = await graphql<{ jobs: { edges: { node: ListedJob }[] } }>(
      `{ jobs(first: 100, orderBy: CREATED_AT_ASC) { edges { node {
        id state predictionId input { prompt } outputs { url kept } error { code } retryOf { id } timeline { state }
      } } } }`,
    )
    return jobs.edges.map(({ node }) => node)
  }
  /** Follows a job to its end; answers the last state that was told. */
  async function follow(id: string): Promise<unknown> {
    const client = createClient({ url: `${app.url}/graphql`, retryAttempts: 0 })
    const query = 'subscription ($id: ID!) { prediction(jobId: $id) { state } }'
    let last: unknown
    for await (const { data } of client.iterate({ query, variables: { id } })) last = data?.['prediction']
    client.dispose()
    return last
  }
  return { url, sandbox, lines, outputs, books, graphql, list, follow }
}

const named = (prompt: string) => prompt.replace(/ \[.*/, '')

describe.each(Object.keys(databases) as (keyof typeof databases)[])(
  'a history of version a63bd93 on %s, whose gateway was killed',
  (name) => {
    it('goes on to the end of every job, and nothing is sent twice', async () => {
      const world = await upgrade(name)
      const before = await world.list()
      const prompts = before.map(({ input }) => named(input.prompt))
      expect([...new Set(prompts)].toSorted()).toEqual(Object.keys(expected).toSorted())

      // Everybody who follows a job is told of its end, whether it is over or not.
      const told = await Promise.all(before.map(async ({ id }) => world.follow(id)))
      const ends = before.map(({ input }) => ({
        state: expected[named(input.prompt) as keyof typeof expected],
      }))
      expect(told).toEqual(ends)
      const jobs = await world.list()
      expect(jobs.map(({ state }) => ({ state }))).toEqual(ends)
      const find = (prompt: string) => jobs.filter(({ input }) => named(input.prompt) === prompt)

      // What was in flight is what the vendor had made before; only what waited is sent, once each.
      const sent = world.sandbox.ledger.submits().map(({ input }) => input?.['prompt'])
      expect(sent.toSorted()).toEqual(['waiting', 'waiting, too'])
      for (const prompt of ['processing', 'created', 'unanswered']) {
        const predictionId = find(`in flight, ${prompt}`)[0]?.predictionId
        expect(world.books).toContain(`"id":"${predictionId}"`)
        // The vendor calls back by the token that the older version gave it.
        const answers = () =>
          world.sandbox.webhooks.deliveries(predictionId ?? '').map(({ answer }) => answer)
        await expect.poll(answers, { timeout: 60_000 }).toEqual([200])
      }

      // What stood in the history stands there still.
      const [failed, again] = find('failed')
      expect([failed?.error?.code, again?.error?.code]).toEqual(['MEDIA_UNREACHABLE', 'MEDIA_UNREACHABLE'])
      expect([failed?.retryOf, again?.retryOf]).toEqual([null, { id: failed?.id }])
      expect(find('done')[0]?.timeline.map(({ state }) => state)).toEqual(
        expect.arrayContaining(['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED']),
      )
      const create = `mutation ($input: CreateV2VLoraJobInput!) {
        createV2VLoraJob(input: $input) { ... on CreateV2VLoraJobSuccess { job { id } } }
      }`
      const waiting = find('waiting')[0]
      const repeated = {
        video: 'https://example.com/clip.mp4',
        prompt: 'waiting',
        idempotencyKey: 'key-waiting',
      }
      expect(await world.graphql(create, { input: repeated })).toEqual({
        createV2VLoraJob: { job: { id: waiting?.id } },
      })

      // An output that was copied is served from its copy; the others are copied now.
      const [output] = find('done')[0]?.outputs ?? []
      expect(output?.kept).toBe(true)
      const path = join(world.outputs, new URL(output?.url ?? '').pathname.replace('/outputs/', ''))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, 'an old copy')
      expect(await (await fetch(output?.url ?? '')).text()).toBe('an old copy')
      await expect
        .poll(async () => (await world.list()).every(({ outputs }) => outputs.every(({ kept }) => kept)), {
          timeout: 60_000,
        })
        .toBe(true)

      const warnings = world.lines.filter(({ level }) => Number(level) >= 40).map(({ msg }) => String(msg))
      expect(warnings.filter((line) => line.includes('REDIS_URL'))).toHaveLength(1)
      expect(world.lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
      expect(world.lines.map(({ msg }) => msg)).toContain('the tables of the history were made or upgraded')
      if (name === 'PostgreSQL') expect(await queueSchemas(world.url)).toEqual([])
    })
  },
)

/** What is left of the older version's queue. */
async function queueSchemas(url: string): Promise<unknown[]> {
  const text = "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'wavespeed_queue'"
  return withPostgres(url, async (client) => (await client.query(text)).rows)
}
