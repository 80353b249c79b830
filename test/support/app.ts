import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxOptions } from '../../sandbox/options.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { type App, type Overrides, startApp } from '../../src/app/app.ts'
import { type Environment, loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import type { PostgresHistory } from './histories.ts'
import { createPeek } from './peek.ts'

export interface TestAppOptions {
  readonly env?: Environment
  readonly overrides?: Overrides
  readonly sandbox?: SandboxOptions
  /** Instead of a file. */
  readonly history?: PostgresHistory | null
}

/** A gateway on a free port and a temporary file, with a sandbox of its own as the vendor. */
export async function createTestApp({
  env = {},
  overrides = {},
  sandbox: sandboxOptions = {},
  history = null,
}: TestAppOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-app-'))
  const clock = overrides.clock && { clock: overrides.clock }
  const sandbox = await startSandbox({ taskSeconds: 1, ...clock, ...sandboxOptions })
  const environment = {
    PORT: '0',
    DATABASE_URL: history?.url ?? `file:${join(folder, 'jobs.db')}`,
    WAVESPEED_BASE_URL: sandbox.url,
    WAVESPEED_TIER: 'ultra',
    WAVESPEED_POLL_SECONDS: '0.2',
    // Tests ask faster than people, and all by the same key.
    TENANT_REQUESTS_PER_SECOND: '1000000',
    ...env,
  }
  const config = loadConfig(environment)
  const start = (change: Environment = {}) =>
    startApp(loadConfig({ ...environment, ...change }), {
      log: createLog('silent'),
      ...overrides,
      ...(history && { backends: history.backends() }),
    })
  const leave = async () => {
    await sandbox.close()
    rmSync(folder, { recursive: true })
  }
  let app: App = await start().catch(async (error: unknown) => {
    await leave()
    throw error
  })
  const peek = config.database.kind === 'sqlite' ? createPeek(config.database.file) : history?.peek

  async function graphql<T = Record<string, unknown>>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    const { data, errors } = JSON.parse(text) as { data: T; errors?: unknown }
    if (errors) throw new Error(`${query}\n${text}\nrequest ${response.headers.get('x-request-id')}`)
    return data
  }

  async function state(id: string): Promise<string> {
    const { job } = await graphql<{ job: { state: string } | null }>(
      'query ($id: ID!) { job(id: $id) { state } }',
      { id },
    )
    return job?.state ?? 'none'
  }

  const glance = async (id: string) => peek?.state(id) ?? state(id)

  return {
    sandbox,
    folder,
    config,
    graphql,
    get app() {
      return app
    },
    get url() {
      return `${app.url}/graphql`
    },
    /** Creates a job and answers its id. */
    async create(prompt = 'a fox in watercolour', input: object = {}): Promise<string> {
      const { createV2VLoraJob: result } = await graphql<{
        createV2VLoraJob: { __typename: string; job?: { id: string }; message?: string }
      }>(
        `mutation ($input: CreateV2VLoraJobInput!) {
          createV2VLoraJob(input: $input) {
            __typename
            ... on CreateV2VLoraJobSuccess { job { id } }
            ... on Error { message }
          }
        }`,
        { input: { video: sandbox.clips.source, prompt, ...input } },
      )
      if (!result.job) throw new Error(result.message)
      return result.job.id
    },
    /** The job with what tests ask of it most. */
    async job(id: string) {
      const { job } = await graphql<{ job: TestJob | null }>(
        `query ($id: ID!) {
          job(id: $id) {
            id state version predictionId vendorStatus queuePosition inferenceMs
            input { seed prompt }
            outputs { url kept nsfw expiresAt width height durationSeconds framesPerSecond posterUrl }
            error { code message retryable billed }
            timeline { version state message }
          }
        }`,
        { id },
      )
      if (!job) throw new Error(`no job ${id}`)
      return job
    },
    /** The state that clients are told. */
    state,
    /** For waiting, which asks often. */
    isIn: async (id: string, wanted: string) => (await glance(id)) === wanted,
    hasEnded: async (id: string) => terminal(await glance(id)),
    /** Stops the gateway and starts another one on the same history, with `env` added; the sandbox goes on. */
    async restart({
      env: change = {},
      between = () => {},
    }: {
      env?: Environment
      between?: () => void
    } = {}) {
      await app.stop()
      await peek?.close() // or it would not be the gateway that closes the file last
      between()
      app = await start(change)
    },
    async close() {
      await app.stop()
      await peek?.close()
      await history?.close()
      await leave()
    },
  }
}

export type TestApp = Awaited<ReturnType<typeof createTestApp>>

export interface TestJob {
  readonly id: string
  readonly state: string
  readonly version: number
  readonly predictionId: string | null
  readonly vendorStatus: string | null
  readonly queuePosition: number | null
  readonly inferenceMs: number | null
  readonly input: { readonly seed: number; readonly prompt: string }
  readonly outputs: readonly {
    readonly url: string
    readonly kept: boolean
    readonly nsfw: boolean | null
    readonly expiresAt: string | null
    readonly width: number | null
    readonly height: number | null
    readonly durationSeconds: number | null
    readonly framesPerSecond: number | null
    readonly posterUrl: string | null
  }[]
  readonly error: {
    readonly code: string
    readonly message: string
    readonly retryable: boolean
    readonly billed: string
  } | null
  readonly timeline: readonly { readonly version: number; readonly state: string; readonly message: string }[]
}

export const terminal = (state: string): boolean => ['COMPLETED', 'FAILED', 'CANCELED'].includes(state)
