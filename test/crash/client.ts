import { setTimeout as pause } from 'node:timers/promises'
import type { Wish } from './plan.ts'

/** A job as the history tells it. */
export interface HistoryJob {
  readonly id: string
  readonly state: string
  readonly version: number
  readonly predictionId: string | null
  readonly input: { readonly prompt: string; readonly seed: number }
  readonly outputs: readonly unknown[]
  readonly error: { readonly code: string } | null
  readonly timeline: readonly {
    readonly version: number
    readonly at: string
    readonly state: string
    readonly message: string
  }[]
}

export interface Client {
  /** Asks until it is answered, however often the gateway dies over it. Answers the id of the one job it made. */
  create(wish: Wish): Promise<string>
  cancel(id: string): Promise<void>
  unfinished(): Promise<number>
  history(): Promise<HistoryJob[]>
  /** How many requests were cut so far, after they had reached the gateway. */
  readonly cuts: number
}

const timeoutMs = 10_000
const pauseMs = 100

/** A user of the gateway who knows that it may be gone at any moment. */
export function createClient(url: string, video: string): Client {
  let cuts = 0

  /** Null if no answer came: whether it was done is not known. */
  async function tryOnce<T>(query: string, variables: object): Promise<T | null> {
    let text: string
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(timeoutMs),
      })
      text = await response.text()
    } catch (error) {
      if (!isRefused(error)) cuts += 1
      await pause(pauseMs)
      return null
    }
    const { data, errors } = JSON.parse(text) as { data: T; errors?: unknown }
    if (errors) throw new Error(`${query}\n${text}`)
    return data
  }

  async function ask<T>(query: string, variables: object = {}): Promise<T> {
    for (;;) {
      const data = await tryOnce<T>(query, variables)
      if (data !== null) return data
    }
  }

  return {
    get cuts() {
      return cuts
    },

    async create({ prompt, key }) {
      const { result } = await ask<{ result: { job?: { id: string }; message?: string } }>(
        `mutation ($input: CreateV2VLoraJobInput!) { result: createV2VLoraJob(input: $input) {
          ... on CreateV2VLoraJobSuccess { job { id } } ... on Error { message } } }`,
        { input: { video, prompt, idempotencyKey: key } },
      )
      if (!result.job) throw new Error(`${prompt} was refused: ${result.message}`)
      return result.job.id
    },

    async cancel(id) {
      await ask('mutation ($id: ID!) { cancelJob(id: $id) { __typename } }', { id })
    },

    async unfinished() {
      const { jobs } = await ask<{ jobs: { edges: unknown[] } }>(
        '{ jobs(first: 100, filter: { states: [QUEUED, SUBMITTING, CREATED, PROCESSING] }) { edges { cursor } } }',
      )
      return jobs.edges.length
    },

    async history() {
      const all: HistoryJob[] = []
      let after: string | null = null
      do {
        const { jobs }: HistoryPage = await ask(historyQuery, { after })
        all.push(...jobs.edges.map(({ node }) => node))
        after = jobs.pageInfo.hasNextPage ? jobs.pageInfo.endCursor : null
      } while (after !== null)
      return all
    },
  }
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}

interface HistoryPage {
  readonly jobs: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
    readonly edges: readonly { readonly node: HistoryJob }[]
  }
}

const historyQuery = `query ($after: String) { jobs(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor }
  edges { node {
    id state version predictionId outputs { url } error { code }
    input { prompt seed } timeline { version at state message }
  } }
} }`
