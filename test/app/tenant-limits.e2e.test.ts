import { describe, expect, it } from 'vitest'
import { newTenant, type TenantLimits } from '../../src/access/tenants.ts'
import { eventually } from '../support/eventually.ts'
import { bearer, create, open } from '../support/keyed-app.ts'
import { tenant } from '../support/keys.ts'
import { askBy, protocols } from '../support/protocols.ts'
import { streamProtocols } from '../support/streams.ts'

const acme = tenant('acme')

/** A gateway with two tenants, of which the first has these limits. */
async function limited(limits: Partial<TenantLimits>, history?: 'PostgreSQL') {
  const world = await open(history && { history })
  await world.store.addTenant({ ...newTenant(acme, 0), ...limits })
  const own = (await world.make()).secret
  const rival = (await world.make({ tenant: tenant('rival') })).secret
  const post = async (secret: string, query: string, variables = {}) => {
    const response = await fetch(world.app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(secret) },
      body: JSON.stringify({ query, variables }),
    })
    const { status, headers } = response
    return { status, retryAfter: headers.get('retry-after'), body: (await response.json()) as Body }
  }
  return { ...world, own, rival, post }
}

interface Body {
  readonly data?: Record<string, { __typename: string; retryAfter?: number; job?: { id: string } } | null>
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[]
}

const fields =
  '{ __typename ... on CreateV2VLoraJobSuccess { job { id } } ... on RateLimitedError { retryAfter } }'

describe('a tenant that makes too many jobs', () => {
  it('has as many as it may, however many one request would make, and is told the rest as data', async () => {
    const { app, own, rival, post } = await limited({ creationsPerMinute: 10 })
    const input = `{ video: "${app.sandbox.clips.source}", prompt: "a fox" }`
    const sixty = Array.from(
      { length: 20 },
      (_, index) => `a${index}: createV2VLoraJob(input: ${input}) ${fields}`,
    )
    const query = `mutation { ${sixty.join(' ')} }`
    const { status, retryAfter, body } = await post(own, query)
    expect(status).toBe(200)
    const results = Object.values(body.data ?? {})
    expect(results.filter((one) => one?.__typename === 'CreateV2VLoraJobSuccess')).toHaveLength(10)
    const refused = results.filter((one) => one?.__typename === 'RateLimitedError')
    expect(refused).toHaveLength(10)
    for (const one of refused) expect(one?.retryAfter).toBe(60)
    expect(retryAfter).toBe('60')
    const { body: jobs } = await post(own, '{ jobs(first: 50) { edges { node { id } } } }')
    expect(jobs.data?.['jobs']).toMatchObject({ edges: { length: 10 } })
    const other = await post(rival, `mutation { a: createV2VLoraJob(input: ${input}) ${fields} }`)
    expect(other.body.data?.['a']?.__typename).toBe('CreateV2VLoraJobSuccess')
    expect(other.retryAfter).toBeNull()
  })

  it('is let in again when the minute is over, and retries count as well', async () => {
    const { app, own, post, clock } = await limited({ creationsPerMinute: 2 })
    const id = await create(app, own)
    await post(own, `mutation { cancelJob(id: "${id}") { __typename } }`)
    const retry = async () => {
      const { body } = await post(own, `mutation { retryJob(id: "${id}") { __typename } }`)
      return body.data?.['retryJob']?.__typename
    }
    expect(await retry()).toBe('RetryJobSuccess')
    expect(await retry()).toBe('RateLimitedError')
    await clock.advance(60_000)
    expect(await retry()).toBe('RetryJobSuccess')
  })

  it('may repeat a request with its key as often as it likes', async () => {
    const { app, own, post } = await limited({ creationsPerMinute: 1 })
    const input = `{ video: "${app.sandbox.clips.source}", prompt: "a fox", idempotencyKey: "k" }`
    const ids = new Set<string | undefined>()
    for (let time = 0; time < 3; time += 1) {
      const { body } = await post(own, `mutation { createV2VLoraJob(input: ${input}) ${fields} }`)
      ids.add(body.data?.['createV2VLoraJob']?.job?.id)
    }
    expect(ids.size).toBe(1)
    expect([...ids][0]).toMatch(/^job_/)
  })
})

describe('a tenant that asks too often', () => {
  it.each(protocols)('is refused with the time after which it may again, by %s', async (protocol) => {
    const { app, own, rival } = await limited({ requestsPerSecond: 0 })
    const ask = askBy(protocol, () => app.url)
    const refusal = await ask('{ viewer { name } }', own).catch((error: unknown) => error)
    expect(JSON.stringify(await textOf(refusal))).toMatch(/RATE_LIMITED|429/)
    expect(await ask('{ viewer { name } }', rival)).toMatchObject({ data: { viewer: {} } })
  })

  it('is answered 429 over HTTP, and nothing was done', async () => {
    const { own, post } = await limited({ requestsPerSecond: 0 })
    const { status, retryAfter, body } = await post(own, '{ viewer { name } }')
    expect([status, retryAfter]).toEqual([429, '1'])
    expect(body.errors).toEqual([
      {
        message: 'Your tenant may have 0 requests a second: try again in 1 second.',
        extensions: { code: 'RATE_LIMITED', retryAfter: 1, requestId: expect.any(String) },
      },
    ])
  })
})

describe('a tenant whose operations cost too much', () => {
  const query = '{ jobs(first: 10) { edges { node { id } } } }'

  it('is told what it has left where it asks, and refused when nothing is', async () => {
    const { app, own, rival } = await limited({ costPerMinute: 100 })
    const ask = async (secret: string) => {
      const headers = { 'content-type': 'application/json', 'x-graphql-cost': '1', ...bearer(secret) }
      const response = await fetch(app.url, { method: 'POST', headers, body: JSON.stringify({ query }) })
      const body = (await response.json()) as Body & { extensions: { cost: Record<string, number> } }
      return { status: response.status, retryAfter: response.headers.get('retry-after'), ...body }
    }
    const first = await ask(own)
    const { requested = 0, remaining } = first.extensions.cost
    expect(first.status).toBe(200)
    expect(remaining).toBe(100 - requested)
    for (let left = 100 - requested; left >= requested; left -= requested)
      expect((await ask(own)).extensions.cost['remaining']).toBe(left - requested)
    const refused = await ask(own)
    expect(refused.status).toBe(429)
    expect(Number(refused.retryAfter)).toBeGreaterThan(0)
    expect(refused.data ?? null).toBeNull()
    expect(refused.errors?.[0]?.extensions['code']).toBe('RATE_LIMITED')
    expect((await ask(rival)).data?.['jobs']).toBeDefined()
  })

  it.each(protocols)('is refused by %s', async (protocol) => {
    const { app, own } = await limited({ costPerMinute: 1 })
    const answer = await askBy(protocol, () => app.url)(query, own)
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED' })
  })
})

/** What a client of graphql-sse throws has the answer in it. */
async function textOf(refusal: unknown): Promise<unknown> {
  const { response } = refusal as { response?: Response }
  return response ? { status: response.status } : refusal
}

describe('a tenant that has too many streams', () => {
  it.each(streamProtocols)('is refused further ones until one ends, by %s', async (protocol) => {
    const { app, own, rival, stream } = await limited({ streams: 1 })
    const id = await create(app, own)
    const follow = `subscription { prediction(jobId: "${id}") { id } }`
    const first = stream(protocol, follow, bearer(own))
    await eventually(() => expect(first.results).toHaveLength(1))
    const second = stream(protocol, follow, bearer(own))
    await second.ended
    expect(JSON.stringify(second.results)).toContain('"code":"RATE_LIMITED","retryAfter":5')
    const ofRival = stream(
      protocol,
      `subscription { prediction(jobId: "${await create(app, rival)}") { id } }`,
      bearer(rival),
    )
    await eventually(() => expect(ofRival.results).toHaveLength(1))
    first.leave()
    await eventually(async () => {
      const third = stream(protocol, follow, bearer(own))
      await eventually(() => expect(third.results).toHaveLength(1))
      expect(third.results[0]).toEqual({ data: { prediction: { id } } })
    })
  })
})
