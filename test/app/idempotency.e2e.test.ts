import { afterEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

interface Created {
  readonly __typename: string
  readonly code?: string
  readonly jobId?: string
  readonly job?: { readonly id: string; readonly input: { readonly seed: number } }
  readonly issues?: readonly { readonly path: string }[]
}

describe('an idempotencyKey', () => {
  let app: TestApp
  afterEach(() => app.close())

  async function create(input: object): Promise<Created> {
    const { result } = await app.graphql<{ result: Created }>(
      `mutation ($input: CreateV2VLoraJobInput!) {
        result: createV2VLoraJob(input: $input) {
          __typename
          ... on CreateV2VLoraJobSuccess { job { id input { seed } } }
          ... on IdempotencyConflictError { code jobId }
          ... on InvalidInputError { issues { path } }
        }
      }`,
      { input: { video: app.sandbox.clips.source, prompt: 'a fox', ...input } },
    )
    return result
  }
  const jobs = async () => {
    const { jobs: page } = await app.graphql<{ jobs: { edges: unknown[] } }>('{ jobs { edges { cursor } } }')
    return page.edges.length
  }

  it('answers the same job for the same input, the drawn seed included, also after a restart', async () => {
    app = await createTestApp()
    const first = await create({ idempotencyKey: 'k1' })
    expect(await create({ idempotencyKey: 'k1' })).toEqual(first)
    await app.restart()
    // What takes its default is the same as what says so.
    expect(await create({ idempotencyKey: 'k1', duration: 5, seed: -1 })).toEqual(first)
    expect(await jobs()).toBe(1)
  })

  it.each([
    ['prompt', { prompt: 'a cat' }],
    ['seed', { seed: 7 }],
    ['model', { model: 'WAN_2_1_V2V_720P_LORA' }],
    ['LoRA', { loras: [{ path: 'a/b', scale: 1 }] }],
  ])('with another %s answers a conflict that names the job, and records nothing', async (_name, change) => {
    app = await createTestApp()
    const { job } = await create({ idempotencyKey: 'k1' })
    expect(await create({ idempotencyKey: 'k1', ...change })).toEqual({
      __typename: 'IdempotencyConflictError',
      code: 'IDEMPOTENCY_CONFLICT',
      jobId: job?.id,
    })
    expect(await jobs()).toBe(1)
  })

  it('tells a seed that was asked for from one that was drawn', async () => {
    app = await createTestApp()
    const { job } = await create({ idempotencyKey: 'k1' })
    const result = await create({ idempotencyKey: 'k1', seed: job?.input.seed })
    expect(result.__typename).toBe('IdempotencyConflictError')
  })

  it('does not mind how a number is written', async () => {
    app = await createTestApp()
    const input = { idempotencyKey: 'k1', loras: [{ path: 'a/b', scale: -0 }] }
    expect(await create(input)).toEqual(await create(input))
  })

  it('makes a retry safe to repeat, and is not shared between jobs and retries', async () => {
    app = await createTestApp()
    const failing = { prompt: '[sandbox:fail=5000]' }
    const old = (await create({ ...failing, idempotencyKey: 'made' })).job?.id ?? ''
    await expect.poll(() => app.state(old), { timeout: 100_000 }).toBe('FAILED')
    const retry = async (id: string, idempotencyKey: string) => {
      const { result } = await app.graphql<{ result: Created }>(
        `mutation ($id: ID!, $idempotencyKey: String) {
          result: retryJob(id: $id, idempotencyKey: $idempotencyKey) {
            __typename
            ... on RetryJobSuccess { job { id input { seed } } }
            ... on IdempotencyConflictError { code jobId }
            ... on InvalidInputError { issues { path } }
          }
        }`,
        { id, idempotencyKey },
      )
      return result
    }
    const [first, second] = await Promise.all([retry(old, 'again'), retry(old, 'again')])
    expect(second).toEqual(first)
    expect(await retry(old, 'made')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', jobId: old })
    expect(await create({ ...failing, idempotencyKey: 'again' })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      jobId: first.job?.id,
    })
    expect((await retry(old, 'two words')).issues).toEqual([{ path: 'idempotencyKey' }])
    expect(await jobs()).toBe(2)
  })

  it('makes one job of requests at the same moment, which is submitted once', async () => {
    app = await createTestApp()
    const made = await Promise.all(Array.from({ length: 20 }, () => create({ idempotencyKey: 'k1' })))
    expect(new Set(made.map(({ job }) => job?.id)).size).toBe(1)
    await expect.poll(() => app.state(made[0]?.job?.id ?? ''), { timeout: 100_000 }).toBe('COMPLETED')
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it('is free again once its job is deleted; requests without one are never the same', async () => {
    app = await createTestApp()
    const first = await create({ idempotencyKey: 'k1' })
    const id = first.job?.id ?? ''
    await expect.poll(() => app.state(id), { timeout: 100_000 }).toBe('COMPLETED')
    await app.graphql('mutation ($id: ID!) { deleteJob(id: $id) { __typename } }', { id })
    expect((await create({ idempotencyKey: 'k1' })).job?.id).not.toBe(id)
    expect((await create({})).job?.id).not.toBe((await create({})).job?.id)
  })

  it.each(['', ' ', 'two words', 'käse', 'a\n', 'x'.repeat(256)])(
    'that reads %j is refused with the other faults, and nothing is recorded',
    async (idempotencyKey) => {
      app = await createTestApp()
      const { issues } = await create({ idempotencyKey, strength: 7 })
      expect(issues?.map(({ path }) => path)).toEqual(['idempotencyKey', 'strength'])
      expect(await jobs()).toBe(0)
    },
  )
})
