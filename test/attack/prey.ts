import { setTimeout as pause } from 'node:timers/promises'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/** What belongs to the victim, and what attackers know of it at the worst. */
export interface Prey {
  /** A job that is completed, with an output that is kept. */
  readonly done: string
  /** A job that the vendor works on, and never ends. */
  readonly running: string
  readonly predictionId: string
  /** The address of its callback, with its token. */
  readonly callback: string
  /** The signed address of the output. */
  readonly output: URL
  readonly cursor: string
  readonly idempotencyKey: string
  /** A stream that is reserved, and a ticket. */
  readonly token: string
  readonly ticket: string
}

const whole = 'id state predictionId outputs { url kept }'

interface Job {
  readonly state: string
  readonly predictionId: string | null
  readonly outputs: readonly { readonly url: string; readonly kept: boolean }[]
}

/** Asks as somebody who means well; throws on an error. */
export async function ask<T>(
  url: string,
  key: string | null,
  query: string,
  variables: object = {},
): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  const { data, errors } = JSON.parse(text) as { data?: T; errors?: unknown }
  if (errors || !data) throw new Error(`${query}\n${text}`)
  return data
}

export async function create(url: string, key: string | null, input: object): Promise<string> {
  const { made } = await ask<{ made: { job?: { id: string }; message?: string } }>(
    url,
    key,
    `mutation ($input: CreateT2VLoraJobInput!) {
      made: createT2VLoraJob(input: $input) { ... on CreateT2VLoraJobSuccess { job { id } } ... on Error { message } }
    }`,
    { input },
  )
  if (!made.job) throw new Error(made.message)
  return made.job.id
}

const waitMs = 30_000

export async function makePrey(url: string, key: string, sandbox: Sandbox): Promise<Prey> {
  const idempotencyKey = 'victim-1'
  const done = await create(url, key, { prompt: 'a fox', idempotencyKey })
  const running = await create(url, key, { prompt: 'a hare [sandbox:never-finishes]' })
  const job = async (id: string) =>
    (await ask<{ job: Job }>(url, key, `{ job(id: "${id}") { ${whole} } }`)).job
  const kept = await waitFor('an output that is kept', async () =>
    (await job(done)).outputs.find((one) => one.kept),
  )
  const callback = await waitFor('the address of a callback', async () => {
    const { predictionId } = await job(running)
    return sandbox.tasks.get(predictionId ?? '')?.webhook
  })
  const { jobs } = await ask<{ jobs: { pageInfo: { endCursor: string } } }>(
    url,
    key,
    '{ jobs(first: 1) { pageInfo { endCursor } } }',
  )
  const { createStreamTicket } = await ask<{ createStreamTicket: { ticket: string } }>(
    url,
    key,
    'mutation { createStreamTicket { ... on StreamTicket { ticket } } }',
  )
  const reserved = await fetch(`${url}/stream`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}` },
  })
  return {
    done,
    running,
    predictionId: (await job(running)).predictionId ?? '',
    callback,
    output: new URL(kept.url),
    cursor: jobs.pageInfo.endCursor,
    idempotencyKey,
    token: await reserved.text(),
    ticket: createStreamTicket.ticket,
  }
}

async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + waitMs; Date.now() < end; await pause(100)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`there is not ${what} within ${waitMs / 1_000} s`)
}
