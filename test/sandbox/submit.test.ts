import { describe, expect, test } from 'vitest'
import { models as documented } from '../../src/generated/parameters.ts'
import { createValidator } from '../../src/generated/validators.ts'
import { input, models, startTestSandbox } from './support.ts'

describe('a submit', () => {
  test('answers a created prediction of the documented shape for each model', async () => {
    const { submit } = await startTestSandbox()
    const isEnvelope = createValidator('PredictionEnvelope')
    for (const { id } of documented) {
      const answer = await submit({ ...input, image: 'https://example.com/a.png' }, id)
      expect(isEnvelope(answer), JSON.stringify(isEnvelope.errors)).toBe(true)
      expect(answer.data).toMatchObject({ model: id, status: 'created', outputs: [], error: '', code: 0 })
      expect(answer.data.id).toMatch(/^[0-9a-f]{32}$/)
      expect(answer.data.urls?.get).toContain(`/api/v3/predictions/${answer.data.id}/result`)
    }
  })

  test('is refused without the right key, and creates nothing', async () => {
    const { call, sandbox } = await startTestSandbox()
    for (const key of ['', 'wrong', 'sandbox2']) {
      const answer = await call('POST', models.small, input, key)
      expect(answer).toMatchObject({ status: 401, code: 401, message: 'invalid authentication' })
    }
    expect(sandbox.tasks.all()).toEqual([])
  })

  test('with invalid parameters names every fault at once', async () => {
    const { submit, sandbox } = await startTestSandbox()
    const lora = { path: 'owner/model', scale: 1 }
    const { status, message } = await submit({
      video: 'ftp://example.com/a.mp4',
      loras: [{ ...lora, scale: 4.1 }, { scale: 1 }, lora, lora],
      strength: 0.05,
      duration: 11,
      seed: 1.5,
      num_inference_steps: 1.5,
    })
    expect(status).toBe(400)
    for (const fault of [
      'video must match format',
      'prompt is required',
      'loras must NOT have more than 3 items',
      'loras.0.scale must be <= 4',
      'loras.1.path is required',
      'strength must be >= 0.1',
      'duration must be <= 10',
      'seed must be integer',
      'num_inference_steps must be integer',
    ]) {
      expect(message).toContain(fault)
    }
    expect(sandbox.tasks.all()).toEqual([])
  })

  test.each([-2, 9_999_999_998])('takes the seed %i, as the live schema has no bounds', async (seed) => {
    const { submit } = await startTestSandbox()
    expect((await submit({ ...input, seed })).status).toBe(200)
  })

  test('takes a LoRA without a scale', async () => {
    const { submit } = await startTestSandbox()
    expect((await submit({ ...input, loras: [{ path: 'owner/model' }] })).status).toBe(200)
  })

  test.each([['{'], ['[]'], ['null'], ['"text"'], ['']])('with the body %j is refused', async (body) => {
    const { submit } = await startTestSandbox()
    expect(await submit(body)).toMatchObject({ status: 400, message: expect.stringContaining('JSON object') })
  })

  test('drops unknown keys in silence and notes them in the ledger', async () => {
    const { submit, sandbox } = await startTestSandbox()
    const loras = [{ path: 'owner/model', scale: 1, weight: 2 }]
    const answer = await submit({ ...input, negativePrompt: 'x', enable_base64_output: true, loras })
    expect(answer.status).toBe(200)
    expect(sandbox.ledger.submits()).toMatchObject([
      {
        predictionId: answer.data.id,
        input: { ...input, loras: [{ path: 'owner/model', scale: 1 }] },
        dropped: ['negativePrompt', 'enable_base64_output', 'loras.0.weight'],
      },
    ])
  })

  test('to an unknown model is not found, and by GET not allowed', async () => {
    const { call, submit } = await startTestSandbox()
    expect(await submit(input, 'wavespeed-ai/wan-9.9/v2v')).toMatchObject({ status: 404, code: 404 })
    const wrong = await call('GET', models.small)
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('POST')
  })
})

test('every answer says that it comes from the sandbox', async () => {
  const { call, submit, sandbox } = await startTestSandbox()
  const answers = [
    await submit(),
    await call('GET', 'nothing'),
    await call('GET', 'balance', undefined, 'wrong'),
  ]
  for (const path of ['/', '/clips/source.mp4', '/sandbox/ledger', '/nowhere']) {
    answers.push((await fetch(sandbox.url + path)) as never)
  }
  for (const { headers } of answers) expect(headers.get('x-wavespeed-sandbox')).toBe('1')
})
