import { expect, test } from 'vitest'
import { createLimits } from '../../sandbox/limits.ts'
import { startTestSandbox } from './support.ts'

test('submits above the rate get 429 until the first of them is a minute old', async () => {
  const { clock, submit, sandbox } = await startTestSandbox({ tier: 'bronze', concurrency: 100 })
  expect((await submit()).status).toBe(200)
  clock.advance(30_000)
  expect((await submit()).status).toBe(200)
  const refused = await submit()
  expect(refused).toMatchObject({ status: 429, code: 429 })
  expect(refused.headers.get('retry-after')).toBeNull()
  clock.advance(29_999)
  expect((await submit()).status).toBe(429)
  clock.advance(1)
  expect((await submit()).status).toBe(200)
  expect((await submit()).status).toBe(429)
  expect(sandbox.ledger.counts()).toMatchObject({ accepted: 3, rateRefusals: 3, concurrencyRefusals: 0 })
})

test('an invalid submit does not count against the rate', async () => {
  const { submit } = await startTestSandbox({ videosPerMinute: 1 })
  expect((await submit({})).status).toBe(400)
  expect((await submit()).status).toBe(200)
})

test('a task above the concurrency waits as created until one ends', async () => {
  const { clock, submit, result, sandbox } = await startTestSandbox({ concurrency: 1 })
  const first = (await submit()).data.id
  clock.advance(4_000)
  const second = (await submit()).data.id
  const statuses = async () => [(await result(first)).data.status, (await result(second)).data.status]
  clock.advance(5_999)
  expect(await statuses()).toEqual(['processing', 'created'])
  clock.advance(2_001)
  expect(await statuses()).toEqual(['completed', 'processing'])
  clock.advance(8_000)
  expect((await result(second)).data).toMatchObject({ status: 'completed', executionTime: 10_000 })
  expect(sandbox.ledger.counts()).toMatchObject({ waited: 1, peakTasks: 2 })
})

test('with overflow set to reject, a task above the concurrency gets 429', async () => {
  const { clock, submit, sandbox } = await startTestSandbox({ concurrency: 1, overflow: 'reject' })
  expect((await submit()).status).toBe(200)
  expect(await submit()).toMatchObject({ status: 429, message: expect.stringContaining('concurrency') })
  clock.advance(10_000)
  expect((await submit()).status).toBe(200)
  expect(sandbox.ledger.counts()).toMatchObject({
    accepted: 2,
    concurrencyRefusals: 1,
    rateRefusals: 0,
    peakTasks: 1,
  })
})

test('no more tasks than slots ever run at once, whatever their lengths', () => {
  const limits = createLimits(10_000, 3)
  const spans = Array.from({ length: 200 }, (_, i) => limits.take(i * 7, 10 + ((i * 37) % 90)))
  for (const { start } of spans) {
    const running = spans.filter((it) => it.start <= start && start < it.end)
    expect(running.length).toBeLessThanOrEqual(3)
  }
})
