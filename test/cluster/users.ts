import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

/** What one subscriber of one job was told, in its order. */
export interface Follower {
  readonly jobId: string
  /** Which gateway it had asked first. */
  readonly gateway: number
  readonly events: {
    readonly version: number
    readonly state: string
    readonly at: number
    /** Counts the connections of the user: after a new one the state as it stands comes again. */
    readonly connection: number
  }[]
  /** How often its stream ended before the job did, and was begun again. */
  streams: number
}

export interface Users {
  /** Creates a job through one gateway after another until one answers; follows it from all. */
  create(prompt: string): Promise<string>
  readonly followers: readonly Follower[]
  /** Resolves when every follower has seen the end of its job. */
  readonly following: Promise<unknown>[]
  close(): Promise<void>
}

const pauseMs = 200
const timeoutMs = 10_000
export const isTerminal = (state: string) => ['COMPLETED', 'FAILED', 'CANCELED'].includes(state)

/** People with a front-end app: one connection to each gateway, and to another one when that is gone. */
export function createUsers(urls: readonly string[], video: string): Users {
  let closed = false
  let recorded = 0
  const followers: Follower[] = []
  const following: Promise<unknown>[] = []
  const connections = urls.map(() => 0)
  const clients = urls.map((_, index) => connect(index))

  function connect(first: number): Client {
    let tries = first
    return createClient({
      // As a load balancer does: the next try goes to the next gateway.
      url: () => (urls[tries++ % urls.length] ?? '').replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 1_000,
      retryWait: () => pause(pauseMs),
      shouldRetry: () => !closed,
      keepAlive: 2_000,
      on: {
        connected() {
          connections[first] = (connections[first] ?? 0) + 1
        },
      },
    })
  }

  /** Asks one gateway after another until one answers; the key makes that safe. */
  async function record(prompt: string): Promise<string> {
    for (let attempt = recorded++; ; attempt += 1) {
      const answer = await ask(urls[attempt % urls.length] ?? '', prompt).catch(() => null)
      if (answer?.job) return answer.job.id
      if (answer) throw new Error(`${prompt} was refused: ${answer.message}`)
      await pause(pauseMs)
    }
  }

  async function ask(url: string, prompt: string): Promise<{ job?: { id: string }; message?: string }> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: createJob,
        variables: { input: { video, prompt, idempotencyKey: encodeURIComponent(prompt) } },
      }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const { data, errors } = (await response.json()) as Answer
    if (errors) throw new Error(JSON.stringify(errors)) // The history did not answer just then.
    return data.result
  }

  async function follow(jobId: string, client: Client, follower: Follower): Promise<void> {
    while (!closed && !isTerminal(follower.events.at(-1)?.state ?? '')) {
      follower.streams += 1
      await new Promise<void>((resolve) => {
        client.subscribe<{ prediction: { version: number; state: string } }>(
          {
            query: 'subscription ($id: ID!) { prediction(jobId: $id) { version state } }',
            variables: { id: jobId },
          },
          {
            next({ data }) {
              if (data)
                follower.events.push({
                  ...data.prediction,
                  at: Date.now(),
                  connection: connections[follower.gateway] ?? 0,
                })
            },
            error: () => resolve(),
            complete: resolve,
          },
        )
      })
      // The history did not answer just then, or the gateway is stopping: apps come back.
      if (!isTerminal(follower.events.at(-1)?.state ?? '')) await pause(pauseMs)
    }
  }

  return {
    followers,
    following,
    async create(prompt) {
      const id = await record(prompt)
      for (const [gateway, client] of clients.entries()) {
        const follower: Follower = { jobId: id, gateway, events: [], streams: 0 }
        followers.push(follower)
        following.push(follow(id, client, follower))
      }
      return id
    },
    async close() {
      closed = true
      await Promise.all(clients.map((client) => client.dispose()))
    },
  }
}

interface Answer {
  readonly data: { readonly result: { readonly job?: { id: string }; readonly message?: string } }
  readonly errors?: unknown
}

const createJob = `mutation ($input: CreateV2VLoraJobInput!) { result: createV2VLoraJob(input: $input) {
  ... on CreateV2VLoraJobSuccess { job { id } } ... on Error { message } } }`
