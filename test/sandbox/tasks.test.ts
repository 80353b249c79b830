import { describe, expect, test } from 'vitest'
import { createValidator } from '../../src/generated/validators.ts'
import { input, models, startTestSandbox } from './support.ts'

const day = 24 * 60 * 60 * 1_000

describe('a task', () => {
  test('goes from created over processing to completed as time passes', async () => {
    const { clock, submit, result } = await startTestSandbox()
    const { id } = (await submit()).data
    const seen: string[] = []
    for (let second = 0; second <= 10; second++) {
      seen.push((await result(id)).data.status)
      clock.advance(1_000)
    }
    expect(seen).toEqual(['created', 'created', ...Array<string>(8).fill('processing'), 'completed'])
  })

  test('answers the same on both documented paths', async () => {
    const { clock, submit, result, call, sandbox } = await startTestSandbox()
    const { id } = (await submit()).data
    clock.advance(10_000)
    const { data } = await result(id)
    expect(await call('GET', `predictions/${id}`)).toMatchObject({ status: 200, data })
    expect(data).toMatchObject({
      outputs: [`${sandbox.url}/outputs/${id}.mp4`],
      has_nsfw_contents: [false],
      executionTime: 10_000,
      timings: { inference: 10_000 },
    })
    expect(sandbox.ledger.polls(id)).toHaveLength(2)
  })

  test('takes a time drawn from the configured range', async () => {
    const numbers = [0, 0.5, 0.999]
    const { sandbox, submit } = await startTestSandbox({
      taskSeconds: [1, 3],
      random: () => numbers.shift() ?? 0,
    })
    for (let i = 0; i < 3; i++) await submit()
    const lengths = sandbox.tasks.all().map((it) => it.endsAt - it.startsAt)
    expect(lengths).toEqual([2_998, 2_000, 1_000])
  })

  test('is unknown when it never was, when it is deleted, and after 7 days', async () => {
    const { clock, submit, result, call } = await startTestSandbox()
    expect(await result('0'.repeat(32))).toMatchObject({ status: 404, code: 404 })

    const first = (await submit()).data.id
    const second = (await submit()).data.id
    const deletion = await call('POST', 'predictions/delete', { ids: [first, first, 'unknown'] })
    expect(deletion.data).toEqual({ deleted_count: 1 })
    expect((await result(first)).status).toBe(404)

    clock.advance(7 * day - 1)
    expect((await result(second)).status).toBe(200)
    clock.advance(1)
    expect((await result(second)).status).toBe(404)
  })
})

describe('the list', () => {
  test('is newest first, in pages, and carries inputs only on request', async () => {
    const { clock, submit, list } = await startTestSandbox()
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      ids.unshift((await submit()).data.id)
      clock.advance(1_000)
    }
    const pages = [
      await list({ page: 1, page_size: 2 }),
      await list({ page: 3, page_size: 2, include_inputs: true }),
    ]
    expect(pages.flatMap((it) => it.data.items.map((item) => item.id))).toEqual([ids[0], ids[1], ids[4]])
    expect(pages[0]?.data).toMatchObject({ page: 1, total: 5 })
    expect(pages[0]?.data.items[0]).not.toHaveProperty('inputs')
    expect(pages[1]?.data.items[0]?.inputs).toEqual(input)
    const isEnvelope = createValidator('PredictionListEnvelope')
    for (const page of pages) expect(isEnvelope(page)).toBe(true)
  })

  test('filters by model, status and window, and ends after 7 days', async () => {
    const { clock, submit, list } = await startTestSandbox()
    const old = (await submit(input, models.large)).data.id
    clock.advance(60_000)
    const between = new Date(clock.now() - 30_000).toISOString()
    const young = (await submit()).data.id
    const ids = async (filter: object) => (await list(filter)).data.items.map((it) => it.id)
    expect(await ids({ model: models.large })).toEqual([old])
    expect(await ids({ status: 'completed' })).toEqual([old])
    expect(await ids({ status: 'created' })).toEqual([young])
    expect(await ids({ created_after: between })).toEqual([young])
    expect(await ids({ created_before: between })).toEqual([old])
    clock.advance(7 * day - 30_000)
    expect(await ids({})).toEqual([young])
  })

  test('refuses a page of 101 and a time that is none', async () => {
    const { list } = await startTestSandbox()
    const { status, message } = await list({ page_size: 101, created_after: 'yesterday' })
    expect(status).toBe(400)
    expect(message).toContain('page_size must be <= 100')
    expect(message).toContain('created_after must match format "date-time"')
  })
})

describe('money', () => {
  test('is charged on acceptance, kept on completion and refunded on failure', async () => {
    const { clock, submit, prompt, balance } = await startTestSandbox()
    expect(await balance()).toBe(10_000)
    await submit()
    await submit({ ...input, duration: 10 }, models.large)
    await prompt('[sandbox:fail=5000]')
    await submit({})
    expect(await balance()).toBe(9_999.15)
    clock.advance(10_000)
    expect(await balance()).toBe(9_999.35)
    expect(await balance()).toBe(9_999.35)
  })

  test.each([
    ['v2v-480p-lora', {}, 0.2],
    ['v2v-480p-lora', { duration: 10 }, 0.3],
    ['v2v-480p-lora-ultra-fast', { duration: 5 }, 0.125],
    ['v2v-720p-lora', {}, 0.3],
  ])('is quoted: %s with %j costs %d', async (model, inputs, price) => {
    const { call } = await startTestSandbox()
    const model_id = `wavespeed-ai/wan-2.1/${model}`
    const quote = await call('POST', 'model/price', { model_id, inputs })
    expect(quote.data).toEqual({ model_id, price, discounted_price: price, currency: 'USD' })
    expect(createValidator('PriceEnvelope')(quote)).toBe(true)
  })
})
