/** Another tenant's ids, cursors, keys of idempotency, tickets and stream tokens: nothing is told, not even by the work. */
import { describe, expect, it } from 'vitest'
import { histories } from '../support/histories.ts'
import { ask, bearer, create, open } from '../support/keyed-app.ts'
import { tenant } from '../support/keys.ts'
import { operations } from '../support/operations.ts'

const unknownId = 'job_00000000000000000000000000'
const aboutJobs = Object.entries(operations).filter(([, { operation }]) => operation.includes('"ID"'))

it('costs the database the same statements as an id that never was', async () => {
  let asked: string[] = []
  const { app, make, clock } = await open({ onStatement: (sql) => asked.push(sql) })
  const [own, rival] = [await make(), await make({ tenant: tenant('rival') })]
  const foreignId = await create(app, own.secret)
  /** What is asked for an operation; of what runs besides nothing is, since time stands still. */
  async function workOf(operation: string, id: string): Promise<string[]> {
    asked = []
    const leave = new AbortController()
    const isStream = operation.startsWith('subscription')
    const response = await fetch(app.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: isStream ? 'text/event-stream' : 'application/json',
        ...bearer(rival.secret),
      },
      body: JSON.stringify({ query: operation.replace('ID', id) }),
      signal: leave.signal,
    })
    if (isStream) await response.body?.getReader().read()
    else await response.text()
    leave.abort()
    return asked.map((sql) => sql.replaceAll(id, 'ID'))
  }
  await workOf('{ viewer { name } }', unknownId) // The key is believed from now on, and its tenant known.
  await clock.advance(1)
  expect(aboutJobs.length).toBeGreaterThan(7)
  for (const [name, { operation }] of aboutJobs) {
    const foreign = await workOf(operation, foreignId)
    expect([name, foreign]).toEqual([name, await workOf(operation, unknownId)])
  }
})

describe.each(histories)('on %s, of another tenant', (history) => {
  async function both() {
    const world = await open({ history })
    const [own, rival] = [await world.make(), await world.make({ tenant: tenant('rival') })]
    return { ...world, own: own.secret, rival: rival.secret }
  }
  interface Page {
    readonly jobs: {
      readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[]
    }
  }

  it('a cursor leads to one’s own jobs alone', async () => {
    const { app, clock, own, rival } = await both()
    const theirs: string[] = []
    for (const secret of [own, rival, own, rival]) {
      await clock.advance(1_000)
      const id = await create(app, secret)
      if (secret === rival) theirs.push(id)
    }
    const page = (secret: string, args = '') =>
      ask<Page>(app, secret, `{ jobs(first: 10${args}) { edges { cursor node { id } } } }`)
    const { edges } = (await page(own)).jobs
    expect(edges).toHaveLength(2)
    // The newest of theirs is newer than both cursors, the other one lies between them.
    const after = await page(rival, `, after: "${edges[0]?.cursor}"`)
    expect(after.jobs.edges.map(({ node }) => node.id)).toEqual([theirs[0]])
    const before = await page(rival, `, before: "${edges[1]?.cursor}"`)
    expect(before.jobs.edges.map(({ node }) => node.id)).toEqual(theirs.toReversed())
  })

  it('a key of idempotency is not known, nor is a job that was tried again', async () => {
    const { app, own, rival } = await both()
    const make = (secret: string) =>
      ask<{ made: { job: { id: string } } }>(
        app,
        secret,
        `mutation { made: createV2VLoraJob(input: { video: "${app.sandbox.clips.source}", prompt: "${secret}", idempotencyKey: "k" }) {
          ... on CreateV2VLoraJobSuccess { job { id } } ... on Error { message } } }`,
      )
    const ids = [(await make(own)).made.job.id, (await make(rival)).made.job.id]
    expect(new Set(ids).size).toBe(2)
    await ask(app, own, `mutation { cancelJob(id: "${ids[0]}") { __typename } }`)
    await ask(app, own, `mutation { retryJob(id: "${ids[0]}") { __typename } }`)
    const seen = await ask(app, rival, '{ jobs { edges { node { id retryOf { id } retries { id } } } } }')
    expect(seen).toEqual({ jobs: { edges: [{ node: { id: ids[1], retryOf: null, retries: [] } }] } })
    expect(await ask(app, rival, `mutation { retryJob(id: "${ids[0]}") { ... on Error { code } } }`)).toEqual(
      {
        retryJob: { code: 'JOB_NOT_FOUND' },
      },
    )
  })

  it('a ticket opens nothing of anybody else, whatever it was made for', async () => {
    const { app, own, rival, stream } = await both()
    const foreign = await create(app, own)
    const ticketFor = async (jobIds: string) => {
      const { made } = await ask<{ made: { ticket: string } }>(
        app,
        rival,
        `mutation { made: createStreamTicket${jobIds} { ... on StreamTicket { ticket } } }`,
      )
      return made.ticket
    }
    for (const jobIds of ['', `(jobIds: ["${foreign}"])`]) {
      const results: unknown[] = []
      for (const id of [foreign, unknownId]) {
        const of = `subscription { prediction(jobId: "${id}") { id } }`
        const opened = stream('ws', of, { ticket: await ticketFor(jobIds) })
        await opened.ended
        expect(opened.results.every(({ data }) => !data)).toBe(true)
        results.push(
          JSON.parse(
            JSON.stringify(opened.results)
              .replaceAll(id, 'ID')
              .replace(/"requestId":"[^"]+"/, '"requestId":""'),
          ),
        )
      }
      // A ticket for other jobs says so by its own list, which names no job of anybody.
      if (jobIds === '') expect(results[0]).toEqual(results[1])
      expect(JSON.stringify(results)).toMatch(/JOB_NOT_FOUND|FORBIDDEN/)
    }
  })

  it('the token of a stream is as one that never was, and its own goes on', async () => {
    const { app, own, rival } = await both()
    const url = `${app.url}/stream`
    const token = await (await fetch(url, { method: 'PUT', headers: bearer(own) })).text()
    const header = (of: string) => ({ 'x-graphql-event-stream-token': of })
    const answer = async (method: string, of: string, secret: string) => {
      const response = await fetch(method === 'DELETE' ? `${url}?operationId=1` : url, {
        method,
        headers: {
          ...header(of),
          ...bearer(secret),
          ...(method === 'GET' && { accept: 'text/event-stream' }),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        },
        ...(method === 'POST' && {
          body: '{"query":"{ viewer { name } }","extensions":{"operationId":"1"}}',
        }),
      })
      return [response.status, (await response.text()).replace(/"requestId":"[^"]+"/, '')]
    }
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(await answer(method, token, rival)).toEqual(await answer(method, 'never-was', rival))
    expect((await answer('POST', token, own))[0]).toBe(202)
    const leave = new AbortController()
    const opened = await fetch(url, {
      headers: { ...header(token), ...bearer(own), accept: 'text/event-stream' },
      signal: leave.signal,
    })
    expect(opened.status).toBe(200)
    leave.abort()
  })
})
