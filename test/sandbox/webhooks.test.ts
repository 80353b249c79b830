import { describe, expect, test } from 'vitest'
import { signWebhook } from '../../sandbox/webhooks.ts'
import { createValidator } from '../../src/generated/validators.ts'
import { eventually } from '../support/eventually.ts'
import { input, models, type Prediction, startReceiver, startTestSandbox } from './support.ts'

// A worked example, computed by two other programs; the vendor's own sample does not verify.
const secret = 'whsec_bWFkZS11cC1leGFtcGxlLXNlY3JldC1ub3QtcmVhbA=='
const example = {
  id: '9f1c2d3e4b5a69788796a5b4c3d2e1f0',
  timestamp: 1767225600,
  body: '{"id":"9f1c2d3e4b5a69788796a5b4c3d2e1f0","model":"wavespeed-ai/wan-2.1/v2v-480p-lora","outputs":["https://example.com/out.mp4"],"urls":{"get":"https://api.wavespeed.ai/api/v3/predictions/9f1c2d3e4b5a69788796a5b4c3d2e1f0/result"},"has_nsfw_contents":[false],"status":"completed","created_at":"2026-01-01T00:00:00Z","error":"","timings":{"inference":61000}}',
  signature: 'v3,f968920454a35ecbab1dd97efe662714f7f805aada16314418197362be07d365',
}

test('the signature of the worked example is the expected one', () => {
  expect(Buffer.byteLength(example.body)).toBe(355)
  expect(signWebhook(secret, example.id, example.timestamp, example.body)).toBe(example.signature)
})

async function startWithReceiver(...statuses: number[]) {
  const world = await startTestSandbox({ webhookSecret: secret })
  const receiver = await startReceiver(...statuses)
  const submit = async (prompt: string) => {
    const path = `${models.small}?webhook=${encodeURIComponent(receiver.url)}`
    return (await world.call<Prediction>('POST', path, { ...input, prompt })).data.id
  }
  return { ...world, ...receiver, submit }
}

describe('a webhook', () => {
  test('brings the bare prediction, signed, once the task has finished', async () => {
    const { clock, submit, received, call } = await startWithReceiver()
    const id = await submit('x')
    clock.advance(9_999)
    expect(received).toEqual([])
    clock.advance(1)
    await eventually(() => expect(received).toHaveLength(1))
    const { headers, body } = received[0] ?? { headers: {}, body: '' }
    const timestamp = Math.floor(clock.now() / 1_000)
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(secret, id, timestamp, body),
    })
    const prediction: unknown = JSON.parse(body)
    expect(createValidator('Prediction')(prediction)).toBe(true)
    expect(prediction).toMatchObject({ id, status: 'completed', input: { prompt: 'x' } })
    const answer = await call('GET', 'webhook/secret')
    expect(answer.data).toEqual({ secret })
  })

  test('is sent though the timer fires a moment before the task has finished', async () => {
    const { clock, submit, received } = await startWithReceiver()
    await submit('x')
    clock.advance(9_999, 1)
    clock.advance(1)
    await eventually(() => expect(received).toHaveLength(1))
  })

  test('is tried three more times with growing pauses, until one is answered with 2xx', async () => {
    const { clock, submit, received, sandbox } = await startWithReceiver(500, 302, 404, 204)
    const id = await submit('[sandbox:fail=1402]')
    clock.advance(10_000)
    const start = clock.now()
    for (const [index, pause] of [1_000, 2_000, 4_000].entries()) {
      await eventually(() => expect(sandbox.webhooks.deliveries()).toHaveLength(index + 1))
      await eventually(() => expect(clock.waiting).toBe(1))
      clock.advance(pause - 1)
      expect(received).toHaveLength(index + 1)
      clock.advance(1)
    }
    await eventually(() => expect(sandbox.webhooks.deliveries(id)).toHaveLength(4))
    const tries = sandbox.webhooks
      .deliveries(id)
      .map(({ at, attempt, answer }) => [at - start, attempt, answer])
    expect(tries).toEqual([
      [0, 1, 500],
      [1_000, 2, 302],
      [3_000, 3, 404],
      [7_000, 4, 204],
    ])
    await eventually(() => expect(clock.waiting).toBe(0))
  })

  test('is given up after the fourth try', async () => {
    const { clock, submit, sandbox } = await startWithReceiver(500, 500, 500, 500)
    await submit('x')
    clock.advance(10_000)
    for (const count of [1, 2, 3]) {
      await eventually(() => expect(sandbox.webhooks.deliveries()).toHaveLength(count))
      await eventually(() => expect(clock.waiting).toBe(1))
      clock.advance(4_000)
    }
    await eventually(() => expect(sandbox.webhooks.deliveries()).toHaveLength(4))
    await eventually(() => expect(clock.waiting).toBe(0))
  })

  test('is not sent for a task that was cancelled, deleted or never finishes', async () => {
    const { clock, submit, call, sandbox } = await startWithReceiver()
    await submit('[sandbox:vendor-status=cancelled]')
    await submit('[sandbox:never-finishes]')
    await submit('[sandbox:unknown-status]')
    const ids = [await submit('deleted')]
    await call('POST', 'predictions/delete', { ids })
    const last = await submit('[sandbox:seconds=60]')
    clock.advance(60_000)
    // Every try waits for its answer by the clock: none is under way then.
    await eventually(() => expect(clock.waiting).toBe(0))
    expect(sandbox.webhooks.deliveries()).toMatchObject([{ predictionId: last, answer: 200 }])
  })

  test('can be sent again on demand: as a duplicate, with an old timestamp, or forged', async () => {
    const { clock, submit, received, sandbox } = await startWithReceiver()
    const id = await submit('[sandbox:vendor-status=cancelled]')
    clock.advance(10_000)
    expect(await sandbox.webhooks.deliver(id)).toBe(200)
    await sandbox.webhooks.deliver(id, { timestamp: 5 })
    await sandbox.webhooks.deliver(id, { forged: true })
    const [good, old, forged] = received
    const timestamp = Math.floor(clock.now() / 1_000)
    expect(good?.headers['webhook-signature']).toBe(signWebhook(secret, id, timestamp, good?.body ?? ''))
    expect(old?.headers['webhook-signature']).toBe(signWebhook(secret, id, 5, old?.body ?? ''))
    expect(forged?.headers['webhook-signature']).not.toBe(good?.headers['webhook-signature'])
    expect(forged?.headers['webhook-signature']).toMatch(/^v3,[0-9a-f]{64}$/)
    await expect(sandbox.webhooks.deliver('unknown')).rejects.toThrow('no task unknown')
  })

  test('comes never, twice or late where its task says so', async () => {
    const { clock, submit, received } = await startWithReceiver()
    await submit('[sandbox:webhook-never]')
    const twice = await submit('[sandbox:webhook-twice]')
    const late = await submit('[sandbox:webhook-late=30]')
    const start = clock.now() / 1_000
    clock.advance(10_000)
    await eventually(() => expect(clock.waiting).toBe(1)) // the late one
    clock.advance(29_999)
    clock.advance(1)
    await eventually(() => expect(clock.waiting).toBe(0))
    const sent = received.map(({ headers }) => [
      headers['webhook-id'],
      Number(headers['webhook-timestamp']) - start,
    ])
    expect(sent).toEqual([
      [twice, 10],
      [twice, 10],
      [late, 40],
    ])
  })

  test('can be sent again over HTTP, where every try is listed', async () => {
    const { clock, submit, sandbox } = await startWithReceiver(200, 503)
    const id = await submit('x')
    clock.advance(10_000)
    await eventually(() => expect(sandbox.webhooks.deliveries()).toHaveLength(1))
    const control = async (body?: object) => {
      const init = body && { method: 'POST', body: JSON.stringify(body) }
      return (await fetch(`${sandbox.url}/sandbox/webhooks`, init)).json()
    }
    expect(await control({ predictionId: id, timestamp: 5 })).toEqual({ answer: 503 })
    expect(await control()).toMatchObject({ deliveries: [{ answer: 200 }, { attempt: 2, answer: 503 }] })
    expect(await control({ predictionId: 'unknown' })).toMatchObject({
      code: 400,
      message: expect.stringContaining('no task unknown'),
    })
    expect(await control({ forged: 1 })).toMatchObject({
      message: expect.stringMatching(/predictionId.*forged/),
    })
  })

  test('to an address that is no http(s) URL is refused at the submit', async () => {
    const { call } = await startTestSandbox()
    for (const webhook of ['ftp://example.com', 'example.com', '']) {
      expect(
        (await call('POST', `${models.small}?webhook=${encodeURIComponent(webhook)}`, input)).status,
      ).toBe(400)
    }
  })
})
