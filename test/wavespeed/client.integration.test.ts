import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createVendorClient, type VendorClient } from '../../src/wavespeed/client.ts'
import { VendorError } from '../../src/wavespeed/error.ts'
import { createFetch } from '../../src/wavespeed/fetch.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const path = '/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora'
const input = { video: 'https://example.com/clip.mp4', prompt: 'a fox', loras: [] }

describe('the vendor client', () => {
  let sandbox: Sandbox
  let wire: ReturnType<typeof createFetch>
  let client: VendorClient

  beforeEach(async () => {
    sandbox = await startSandbox()
    wire = createFetch({ timeoutMs: 100_000 }) // a bound for hangs, no verdict
    client = clientWith('sandbox')
  })
  afterEach(async () => {
    await wire.close()
    await sandbox.close()
  })

  const clientWith = (apiKey: string): VendorClient =>
    createVendorClient({ baseUrl: sandbox.url, apiKey, fetch: wire.fetch, clock: createFakeClock() })

  async function errorOf(call: Promise<unknown>): Promise<VendorError> {
    const error: unknown = await call.then(
      () => null,
      (reason: unknown) => reason,
    )
    if (!(error instanceof VendorError)) throw new Error(`not a VendorError: ${error}`)
    return error
  }

  it('answers validated data of every operation it has', async () => {
    const made = await client.submit(path, input)
    expect(made.id).toMatch(/^[0-9a-f]{32}$/)
    expect(await client.result(made.id)).toMatchObject({ id: made.id, status: 'created' })
    expect(await client.list({ page: 1, page_size: 10 })).toMatchObject({
      predictions: [{ id: made.id }],
      size: 1,
    })
    expect(await client.balance()).toBeGreaterThan(0)
    expect(await client.remove([made.id, 'unknown'])).toBe(1)
  })

  it.each([
    ['unauthorized', { kind: 'unauthorized' }, { fault: 'status', status: 401 }],
    ['server-error', { kind: 'server-error', status: 500 }, { fault: 'status', status: 500 }],
    [
      'rate-limited',
      { kind: 'rate-limited', retryAfter: 7 },
      { fault: 'status', status: 429, retryAfterMs: 7_000 },
    ],
    ['envelope-error', { kind: 'envelope-error' }, { fault: 'envelope', status: 200, code: 500 }],
    ['not-json with HTTP 200', { kind: 'not-json', status: 200 }, { fault: 'not-json', status: 200 }],
    ['not-json with HTTP 502', { kind: 'not-json', status: 502 }, { fault: 'status', status: 502 }],
    ['wrong-shape', { kind: 'wrong-shape' }, { fault: 'shape' }],
    ['cut-before', { kind: 'cut-before' }, { fault: 'interrupted', status: null }],
    ['cut-after', { kind: 'cut-after' }, { fault: 'interrupted', status: null }],
  ] as const)(
    'sends a POST once when it meets %s, and throws a typed error',
    async (_name, fault, expected) => {
      sandbox.faults.add({ ...fault, on: 'submit' })
      expect(await errorOf(client.submit(path, input))).toMatchObject(expected)
      expect(sandbox.ledger.submits()).toHaveLength(1)
    },
  )

  it('sends a POST once that nobody answers, and breaks it off', async () => {
    await wire.close()
    wire = createFetch({ timeoutMs: 3_000 })
    client = clientWith('sandbox')
    sandbox.faults.add({ kind: 'hang' })
    expect(await errorOf(client.submit(path, input))).toMatchObject({ fault: 'interrupted', status: null })
    expect(sandbox.ledger.submits()).toHaveLength(1)
  })

  it('says of a connection that was never made that nothing was sent', async () => {
    await sandbox.close()
    expect(await errorOf(client.submit(path, input))).toMatchObject({ fault: 'not-sent', status: null })
  })

  it('hands a Retry-After on to whoever asks next', async () => {
    const { id } = await client.submit(path, input)
    sandbox.faults.add({ kind: 'rate-limited', retryAfter: 60, on: 'result' })
    expect(await errorOf(client.result(id))).toMatchObject({ status: 429, retryAfterMs: 60_000 })
    expect(sandbox.ledger.polls(id)).toHaveLength(1)
  })

  it.each(['server-error', 'cut-before'] as const)(
    'sends a GET once that meets %s: the next poll is the other try',
    async (kind) => {
      const { id } = await client.submit(path, input)
      sandbox.faults.add({ kind, on: 'result' })
      await errorOf(client.result(id))
      expect(sandbox.ledger.polls(id)).toHaveLength(1)
    },
  )

  it('does not send a GET again that the vendor answered with 404', async () => {
    expect(await errorOf(client.result('0'.repeat(32)))).toMatchObject({ status: 404 })
    expect(sandbox.ledger.polls()).toHaveLength(1)
  })

  it('says what a body that is no JSON or of another shape was', async () => {
    sandbox.faults.add({ kind: 'wrong-shape', on: 'balance', times: 1 })
    expect((await errorOf(client.balance())).message).toMatch(/not as documented: .+/)
    sandbox.faults.add({ kind: 'not-json', status: 200, on: 'balance', times: 1 })
    expect((await errorOf(client.balance())).message).toBe(
      'The vendor answered HTTP 200 with a body that is no JSON.',
    )
  })

  it('never shows its key in an error, even if the vendor quotes it', async () => {
    const key = 'wsk_very-secret-key'
    const quoting = createVendorClient({
      baseUrl: sandbox.url,
      apiKey: key,
      clock: createFakeClock(),
      fetch: async () => Response.json({ code: 401, message: `invalid key ${key}` }, { status: 401 }),
    })
    const errors = [await errorOf(quoting.balance()), await errorOf(clientWith(key).balance())]
    for (const error of errors) {
      expect(error.status).toBe(401)
      expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain(key)
    }
  })

  it.each(['', 'whsec_', 'whsec_  '])(
    'takes %j for no webhook secret: anybody could sign with it',
    async (secret) => {
      const client = createVendorClient({
        baseUrl: sandbox.url,
        apiKey: 'k',
        clock: createFakeClock(),
        fetch: async () => Response.json({ code: 200, message: 'success', data: { secret } }),
      })
      expect(await errorOf(client.webhookSecret())).toMatchObject({ fault: 'shape' })
    },
  )

  it('reads a page of the list around entries that cannot be read, and counts them all', async () => {
    const items = [
      null,
      7,
      { id: 'p1' },
      { id: 'p2', status: 'completed', has_nsfw_contents: {}, error: [], inputs: { seed: 1 } },
      { id: {}, status: 'created' },
      { id: 'p3', status: 'created', outputs: 9 },
    ]
    const forms: string[] = []
    const tolerant = createVendorClient({
      baseUrl: sandbox.url,
      apiKey: 'k',
      clock: createFakeClock(),
      fetch: async () => Response.json({ code: 200, message: 'success', data: { items } }),
      onOddity: (form) => void forms.push(form),
    })
    const page = await tolerant.list({ page: 1, page_size: 100 })
    expect(page.predictions.map(({ id, input }) => [id, input])).toEqual([
      ['p2', { seed: 1 }],
      ['p3', null],
    ])
    expect(page.size).toBe(items.length)
    expect(forms).toContain('has_nsfw_contents: object')
    expect(forms).toContain('an entry of the list: without id or status')
  })

  it('lets unknown fields of an answer pass', async () => {
    const fetch = async () =>
      Response.json({
        code: 200,
        message: 'ok',
        data: { id: 'p1', status: 'dreaming', mood: 'good' },
        more: 1,
      })
    const tolerant = createVendorClient({
      baseUrl: sandbox.url,
      apiKey: 'k',
      fetch,
      clock: createFakeClock(),
    })
    expect(await tolerant.result('p1')).toMatchObject({ id: 'p1', status: 'dreaming' })
  })

  it('breaks off what is under way when it is closed', async () => {
    sandbox.faults.add({ kind: 'hang', on: 'submit' })
    const submitted = errorOf(client.submit(path, input))
    while (sandbox.ledger.submits().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await wire.close()
    expect(await submitted).toMatchObject({ fault: 'interrupted' })
  })
})
