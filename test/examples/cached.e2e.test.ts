import { introspectionFromSchema, parse } from 'graphql'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createClient as createApolloClient } from '../../examples/apollo/client.ts'
import { createClient as createUrqlClient } from '../../examples/urql/client.ts'
import { schema } from '../../src/schema/index.ts'
import { createTestApp, type TestApp } from '../support/app.ts'

let world: TestApp
const ids: string[] = []

beforeAll(async () => {
  world = await createTestApp()
  for (let job = 0; job < 3; job += 1) ids.unshift(await world.create())
})
afterAll(() => world.close())
afterEach(() => vi.restoreAllMocks())

const page = parse(`
  query ($after: String) {
    jobs(first: 2, after: $after) {
      edges { cursor node { id model input { prompt ... on V2VLoraParameters { video } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
const one = parse(
  `query ($id: ID!) { job(id: $id) { id model input { prompt ... on V2VLoraParameters { video } } } }`,
)
const rest = parse(`{ models { vendorId name parameters { name } } gateway { vendor { state } } }`)
const cancel = parse(`
  mutation ($id: ID!) {
    cancelJob(id: $id) { ... on CancelJobSuccess { job { id state } } ... on Error { code message } }
  }
`)

interface Page {
  readonly jobs: {
    readonly edges: readonly {
      readonly node: { readonly id: string; readonly input: { readonly video?: string } }
    }[]
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
  }
}

/** What a library says of settings that are missing. */
function complaints(): string[] {
  const said: string[] = []
  for (const level of ['warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...words) => void said.push(words.join(' ')))
  }
  return said
}

it("Apollo Client's cache joins pages, and answers a job of a list without asking", async () => {
  const said = complaints()
  const client = createApolloClient(world.url)
  const list = client.watchQuery<Page>({ query: page })
  const first = await client.query<Page>({ query: page })
  await list.fetchMore({ variables: { after: first.data?.jobs.pageInfo.endCursor } })
  const joined = client.readQuery<Page>({ query: page })
  expect(joined?.jobs.edges.map(({ node }) => node.id)).toEqual(ids)
  expect(joined?.jobs.edges[0]?.node.input.video).toBe(world.sandbox.clips.source)
  const cached = await client.query<{ job: { id: string } }>({
    query: one,
    variables: { id: ids[0] },
    fetchPolicy: 'cache-only',
  })
  expect(cached.data?.job.id).toBe(ids[0])
  await client.query({ query: rest })
  const refused = await client.mutate<{ cancelJob: object }>({
    mutation: cancel,
    variables: { id: 'job_01h455vb4pex5vsknk084sn02q' },
  })
  expect(refused.data?.cancelJob).toMatchObject({ code: 'JOB_NOT_FOUND' })
  client.stop()
  expect(said).toEqual([])
})

it("urql's graphcache joins pages, and answers a job of a list without asking", async () => {
  const said = complaints()
  const client = createUrqlClient(world.url, introspectionFromSchema(schema))
  const first = await client.query<Page>(page, {})
  const joined = await client.query<Page>(page, { after: first.data?.jobs.pageInfo.endCursor })
  expect(joined.data?.jobs.edges.map(({ node }) => node.id)).toEqual(ids)
  expect(joined.data?.jobs.edges[0]?.node.input.video).toBe(world.sandbox.clips.source)
  const cached = await client.query(one, { id: ids[0] }, { requestPolicy: 'cache-only' })
  expect(cached.data?.job.id).toBe(ids[0])
  await client.query(rest, {})
  const refused = await client.mutation(cancel, { id: 'job_01h455vb4pex5vsknk084sn02q' })
  expect(refused.data?.cancelJob).toMatchObject({ code: 'JOB_NOT_FOUND' })
  expect(said).toEqual([])
})
