/**
 * `npm run test:load`: a thousand jobs through the sandbox's program, tasks of 1 to 3 s, tier ultra. Prints a line for
 * each rule and the figures it rests on; exits with 1 if a rule does not hold.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { startApp } from '../../src/app/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { spawnProgram } from '../support/gateway-process.ts'

const jobs = 1_000
const warmUp = 200
const { gc } = globalThis
if (!gc) throw new Error('Run it with --expose-gc: npm run test:load')

const folder = mkdtempSync(join(tmpdir(), 'wavespeed-load-'))
const sandbox = spawnProgram('sandbox/main.ts', {
  SANDBOX_PORT: '0',
  SANDBOX_TASK_SECONDS: '1-3',
  SANDBOX_TIER: 'ultra',
})
const sandboxUrl = await new Promise<string>((resolve) => {
  sandbox.stdout?.on('data', (chunk: Buffer) => {
    const url = /http:\/\/[\d.]+:\d+/.exec(String(chunk))?.[0]
    if (url) resolve(url)
  })
})
const app = await startApp(
  loadConfig({
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'jobs.db')}`,
    WAVESPEED_BASE_URL: sandboxUrl,
    WAVESPEED_TIER: 'ultra',
    WAVESPEED_POLL_SECONDS: '1',
  }),
  { log: createLog('warn') },
)

async function graphql<T>(query: string, variables: object = {}): Promise<T> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  return ((await response.json()) as { data: T }).data
}

async function create(prompt: string): Promise<string> {
  const { result } = await graphql<{ result: { job: { id: string } } }>(
    `mutation ($input: CreateV2VLoraJobInput!) {
      result: createV2VLoraJob(input: $input) { ... on CreateV2VLoraJobSuccess { job { id } } }
    }`,
    { input: { video: `${sandboxUrl}/clips/source.mp4`, prompt } },
  )
  return result.job.id
}

/** Creates `count` jobs, follows each, and answers the last state each stream told. */
async function run(count: number, name: string): Promise<string[]> {
  const client = createClient({ url: `${app.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket })
  const follow = (id: string) =>
    new Promise<string>((resolve, reject) => {
      let last = ''
      client.subscribe<{ prediction: { state: string } }>(
        { query: 'subscription ($id: ID!) { prediction(jobId: $id) { state } }', variables: { id } },
        {
          next: ({ data }) => {
            last = data?.prediction.state ?? last
          },
          error: reject,
          complete: () => resolve(last),
        },
      )
    })
  const followed: Promise<string>[] = []
  for (let index = 0; index < count; index += 1) followed.push(follow(await create(`${name} ${index}`)))
  const states = await Promise.all(followed)
  await client.dispose()
  return states
}

const heap = () => {
  for (let round = 0; round < 3; round += 1) gc()
  return process.memoryUsage().heapUsed
}
/** What keeps a process alive, counted by kind. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
/** Kept connections close by themselves some seconds after their last use. */
async function settled(): Promise<Record<string, number>> {
  for (let second = 0; second < 20 && (resources()['TCPSocketWrap'] ?? 0) > 0; second += 1) await pause(1_000)
  return resources()
}

let failed = 0
function rule(name: string, holds: boolean, figures: unknown): void {
  if (!holds) failed += 1
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${name}: ${JSON.stringify(figures)}\n`)
}

// The first jobs fill what is filled once: compiled code, prepared statements, caches.
await run(warmUp, 'warm-up')
const resourcesBefore = await settled()
const heapBefore = heap()

const states = await run(jobs, 'job')
const resourcesAfter = await settled()
const heapAfter = heap()

const ledger = (await (await fetch(`${sandboxUrl}/sandbox/ledger?operation=submit`)).json()) as {
  counts: { accepted: number; rateRefusals: number; byOperation: { result: number } }
  requests: { input: { prompt: string } }[]
}
const history = await graphql<Record<string, { pageInfo: { hasNextPage: boolean }; edges: unknown[] }>>(
  '{ unfinished: jobs(first: 1, filter: { states: [QUEUED, SUBMITTING, CREATED, PROCESSING, FAILED, CANCELED] }) { edges { cursor } } }',
)
const prompts = new Set(ledger.requests.map(({ input }) => input.prompt))
rule(
  'every stream ends with COMPLETED',
  states.every((state) => state === 'COMPLETED'),
  { streams: states.length },
)
rule('the history has no other job', history['unfinished']?.edges.length === 0, { jobs: jobs + warmUp })
rule(
  'each job is submitted once',
  ledger.counts.accepted === jobs + warmUp && prompts.size === jobs + warmUp,
  {
    accepted: ledger.counts.accepted,
    different: prompts.size,
    refusedForRate: ledger.counts.rateRefusals,
    looksPerJob: Number((ledger.counts.byOperation.result / (jobs + warmUp)).toFixed(2)),
  },
)
rule(
  'no listener and no step is left',
  app.gauges().listeners === 0 && app.gauges().steps === 0,
  app.gauges(),
)
rule('no timer and no socket is left', JSON.stringify(resourcesAfter) === JSON.stringify(resourcesBefore), {
  before: resourcesBefore,
  after: resourcesAfter,
})
rule('the heap is back to within 20 %', heapAfter < heapBefore * 1.2, {
  ratio: Number((heapAfter / heapBefore).toFixed(3)),
})

await app.stop()
sandbox.kill('SIGTERM')
const [code] = await once(sandbox, 'close')
rule('the sandbox ends by itself', code === 0, { code })
rmSync(folder, { recursive: true })
process.exitCode = failed > 0 ? 1 : 0
