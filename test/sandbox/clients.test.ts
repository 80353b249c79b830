import { describe, expect, test } from 'vitest'
import { inputs, models as offered } from '../../src/generated/parameters.ts'
import { createValidator } from '../../src/generated/validators.ts'
import { eventually } from '../support/eventually.ts'
import { input, models, startTestSandbox } from './support.ts'

describe('what the clients of the vendor call', () => {
  test('the list of models has each with its price and its schema, as the document has them', async () => {
    const { call } = await startTestSandbox()
    const answer = await call<Record<string, unknown>[]>('GET', 'models')
    expect(createValidator('ModelListEnvelope')(answer)).toBe(true)
    expect(
      answer.data.map(({ model_id, base_price }) => [model_id, base_price]).slice(0, offered.length),
    ).toEqual(offered.map(({ id, price }) => [id, price]))
    expect(answer.data[0]).toMatchObject({
      type: 'lora-support',
      api_schema: {
        api_schemas: [
          {
            type: 'model_run',
            method: 'POST',
            api_path: offered[0].path,
            request_schema: {
              required: ['video', 'prompt'],
              additionalProperties: false,
              properties: {
                strength: { minimum: 0.1, maximum: 1, default: 0.9 },
                // Bounded by the gateway only.
                seed: expect.not.objectContaining({ minimum: expect.anything() }),
              },
            },
          },
        ],
      },
    })
    expect(JSON.stringify(answer.data)).not.toContain(String(inputs.V2VLoraInput.seed.maximum))
  })

  test('the older price operation quotes without inputs', async () => {
    const { call } = await startTestSandbox()
    expect((await call('POST', 'model/pricing', { model_id: models.small })).data).toEqual({
      model_id: models.small,
      unit_price: 0.2,
      currency: 'USD',
    })
    expect((await call('POST', 'model/pricing', { model_id: 'nobody/nothing' })).status).toBe(404)
  })

  test('one prediction is deleted by DELETE', async () => {
    const { call, submit, result } = await startTestSandbox()
    const { id } = (await submit()).data
    expect((await call('DELETE', `predictions/${id}`)).data).toMatchObject({ id, status: 'deleted' })
    expect((await result(id)).status).toBe(404)
    expect((await call('DELETE', `predictions/${id}`)).status).toBe(404)
  })

  test('results and uploads are there at version 2 as well', async () => {
    const { submit, sandbox } = await startTestSandbox()
    const { id } = (await submit()).data
    const headers = { authorization: 'Bearer sandbox' }
    const result = await fetch(`${sandbox.url}/api/v2/predictions/${id}/result`, { headers })
    expect(await result.json()).toMatchObject({ code: 200, data: { id } })
    const body = new FormData()
    body.append('file', new Blob(['PK']), 'loras.zip')
    const upload = await fetch(`${sandbox.url}/api/v2/media/upload/binary`, { method: 'POST', headers, body })
    expect(await upload.json()).toMatchObject({ code: 200, data: { filename: 'loras.zip', size: 2 } })
  })

  test('a page of any origin may ask, after a preflight', async () => {
    const { call, sandbox } = await startTestSandbox()
    for (const path of [`/api/v3/${models.small}`, '/api/v3/predictions/x/result', '/api/v3/balance']) {
      const asked = await fetch(sandbox.url + path, {
        method: 'OPTIONS',
        headers: {
          origin: 'file://',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, x-client-name',
        },
      })
      expect(asked.status).toBe(204)
      expect(asked.headers.get('access-control-allow-origin')).toBe('*')
      expect(asked.headers.get('access-control-allow-headers')).toBe('authorization, x-client-name')
    }
    expect((await call('GET', 'balance')).headers.get('access-control-allow-origin')).toBe('*')
  })

  test.each([
    ['loras.zip', undefined],
    ['subtitles.srt', undefined],
    ['upload', 'application/octet-stream'],
  ])('a file of another kind is uploaded: %s', async (filename, content_type) => {
    const { call } = await startTestSandbox()
    const ticket = await call<{ upload: { url: string; headers: { [name: string]: string } } }>(
      'POST',
      'media/uploads',
      { filename, content_type, size: 3 },
    )
    const { url, headers } = ticket.data.upload
    expect((await fetch(url, { method: 'PUT', headers, body: 'abc' })).status).toBe(200)
  })

  test('sync mode answers the finished prediction, or after 90 seconds that it goes on', async () => {
    for (const [prompt, ms, expected] of [
      ['quick', 10_000, { status: 'completed', code: 0 }],
      ['[sandbox:seconds=600]', 90_000, { status: 'processing', code: 5004 }],
    ] as const) {
      const { submit, clock } = await startTestSandbox()
      const answer = submit({ ...input, prompt, enable_sync_mode: true })
      await eventually(() => expect(clock.waiting).toBe(1))
      clock.advance(ms - 1)
      expect(clock.waiting).toBe(1)
      clock.advance(1)
      expect(clock.waiting).toBe(0)
      expect((await answer).data).toMatchObject(expected)
    }
  })

  test('the bill has what was charged and given back, and the usage its sum', async () => {
    const { prompt, call, clock } = await startTestSandbox()
    const made = (await prompt('a fox')).data.id
    const failed = (await prompt('[sandbox:fail=1405]')).data.id
    clock.advance(60_000)
    const bill = await call<{
      items: { billing_type: string; price: number; prediction: { uuid: string } }[]
    }>('POST', 'billings/search', { page: 1, page_size: 10 })
    expect(createValidator('BillingEnvelope')(bill)).toBe(true)
    const entries = bill.data.items.map(({ billing_type, prediction }) => [billing_type, prediction.uuid])
    expect(entries).toHaveLength(3)
    expect(entries).toEqual(
      expect.arrayContaining([
        ['deduct', made],
        ['deduct', failed],
        ['refund', failed],
      ]),
    )
    const usage = await call('POST', 'user/usage_stats', {})
    expect(usage.data).toMatchObject({ summary: { total_cost: 0.2, total_requests: 2 } })
  })
})
