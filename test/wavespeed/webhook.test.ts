import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signWebhook } from '../../sandbox/webhooks.ts'
import { createLog } from '../../src/log.ts'
import { VendorError } from '../../src/wavespeed/error.ts'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { createWebhookVerifier } from '../../src/wavespeed/webhook.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogLines } from '../support/log-lines.ts'

// A worked example, computed by two other programs; the vendor's own sample does not verify.
const secret = 'whsec_bWFkZS11cC1leGFtcGxlLXNlY3JldC1ub3QtcmVhbA=='
const example = {
  id: '9f1c2d3e4b5a69788796a5b4c3d2e1f0',
  timestamp: '1767225600', // 2026-01-01T00:00:00Z, when the fake clock starts
  signature: 'v3,f968920454a35ecbab1dd97efe662714f7f805aada16314418197362be07d365',
  body: Buffer.from(
    '{"id":"9f1c2d3e4b5a69788796a5b4c3d2e1f0","model":"wavespeed-ai/wan-2.1/v2v-480p-lora","outputs":["https://example.com/out.mp4"],"urls":{"get":"https://api.wavespeed.ai/api/v3/predictions/9f1c2d3e4b5a69788796a5b4c3d2e1f0/result"},"has_nsfw_contents":[false],"status":"completed","created_at":"2026-01-01T00:00:00Z","error":"","timings":{"inference":61000}}',
  ),
}
/** What an implementation gets that misreads the documents, for the same example. */
const misread = {
  'the prefix kept in the key': '7517a48c664c5c7aa5fd5f40153bfa4347fa829764ac323c68adbfd1a06eed9a',
  'the key decoded from base64': '150bb53536362557b8c3ad29112644f4058ff343a4ace94fe80a7fb8603cc6fd',
  'the body written anew': '139a631515011fbacd9c9917760e4ee76cb1f43d40ca2dbfb5d1153e6d6d446e',
}

function start(answers: (string | Error)[] = [secret], aheadMs = 0) {
  const clock = createFakeClock()
  const redactor = createRedactor()
  let asked = 0
  const verifier = createWebhookVerifier({
    clock,
    vendorTime: { now: () => clock.now() + aheadMs },
    redactor,
    log: createLog('silent'),
    client: {
      async webhookSecret() {
        const answer = answers[Math.min(asked, answers.length - 1)] ?? ''
        asked += 1
        if (answer instanceof Error) throw answer
        return answer
      },
    },
  })
  return { clock, verifier, redactor, asked: () => asked }
}
const forged = { ...example, signature: `v3,${'0'.repeat(64)}` }

describe('a webhook', () => {
  it('that is the worked example of the documented algorithm is verified and read', async () => {
    const { verifier } = start()
    expect(await verifier.verify(example)).toMatchObject({
      kind: 'verified',
      report: { id: example.id, phase: 'completed', inferenceMs: 61_000, outputs: [{ nsfw: false }] },
    })
  })

  it.each(Object.entries(misread))('signed with %s is forged', async (_name, hex) => {
    const { verifier } = start()
    expect(await verifier.verify({ ...example, signature: `v3,${hex}` })).toEqual({ kind: 'forged' })
  })

  it('is as old as the vendor says, however wrong our clock is', async () => {
    const { clock, verifier } = start([secret], -3_600_000)
    expect(await verifier.verify(example)).toEqual({ kind: 'stale' })
    await clock.advance(3_600_000)
    expect(await verifier.verify(example)).toMatchObject({ kind: 'verified' })
  })

  it.each([
    [300_000, 'verified'],
    [300_001, 'stale'],
  ])('is fresh for 300 seconds: after %i ms it is %s', async (ms, kind) => {
    const { clock, verifier } = start()
    await clock.advance(ms)
    expect(await verifier.verify(example)).toMatchObject({ kind })
  })

  it('of the future is fresh for 300 seconds as well', async () => {
    const from = (start: number) => ({ ...example, timestamp: String(start / 1_000) })
    const { clock, verifier } = start()
    expect(await verifier.verify(from(clock.now() + 301_000))).toEqual({ kind: 'stale' })
    // Fresh, but signed for another moment.
    expect(await verifier.verify(from(clock.now() + 300_000))).toEqual({ kind: 'forged' })
  })
})

describe('the headers of a webhook', () => {
  const hex = example.signature.slice(3)
  it.each([
    ['id', undefined],
    ['id', ''],
    ['id', 'a b'],
    ['id', 'é'],
    ['id', 'x'.repeat(201)],
    ['timestamp', undefined],
    ['timestamp', '1767225600.5'],
    ['timestamp', '-1'],
    ['timestamp', ' 1767225600'],
    ['timestamp', '1'.repeat(13)],
    ['signature', undefined],
    ['signature', hex],
    ['signature', `v2,${hex}`],
    ['signature', `v3,${hex.slice(1)}`],
    ['signature', `v3,${hex}0`],
    ['signature', `v3,${hex.toUpperCase()}`],
    ['signature', `v3,${hex} v3,${hex}`],
    ['signature', `x v3,${hex}`],
  ])('have their documented form, or nothing is asked for: %s %j', async (name, value) => {
    const { verifier, asked } = start()
    expect(await verifier.verify({ ...example, [name]: value })).toEqual({ kind: 'malformed' })
    expect(asked()).toBe(0)
  })

  it('is signed with the secret without its prefix, and with all of one that has none at its beginning', async () => {
    const { id, timestamp, body } = example
    for (const [whole, key] of [
      ['whsec_abc', 'abc'],
      ['abc_whsec_def', 'abc_whsec_def'],
    ] as const) {
      const hex = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('hex')
      const { verifier } = start([whole])
      expect(await verifier.verify({ ...example, signature: `v3,${hex}` })).toMatchObject({
        kind: 'verified',
      })
    }
  })

  it('may have an id of any printable characters, up to 200', async () => {
    const id = `~!${'x'.repeat(198)}`
    const signature = signWebhook(secret, id, Number(example.timestamp), example.body.toString())
    const { verifier } = start()
    expect(await verifier.verify({ ...example, id, signature })).toMatchObject({ kind: 'verified' })
  })

  it.each(['no json', '[]', '{}', '{"id":"p1"}', ''])(
    'sign a body that is no prediction: %j',
    async (body) => {
      const { verifier } = start()
      const signature = signWebhook(secret, example.id, Number(example.timestamp), body)
      const delivery = { ...example, signature, body: Buffer.from(body) }
      expect(await verifier.verify(delivery)).toEqual({ kind: 'unreadable' })
    },
  )
})

describe('the report of a webhook', () => {
  it('holds neither the key, the secret nor the token of its job, wherever the body quotes them', async () => {
    const { verifier, redactor } = start()
    redactor.add('wsk_live-key', 'key')
    redactor.add(secret.slice(6), 'secret')
    const body = JSON.stringify({
      id: example.id,
      status: 'completed',
      outputs: [`https://example.com/a.mp4?key=wsk_live-key&t=job-token-0123456789`],
      error: `wsk_live-key ${secret} ${encodeURIComponent(secret)} job-token-0123456789`,
    })
    const signature = signWebhook(secret, example.id, Number(example.timestamp), body)
    const verdict = await verifier.verify(
      { ...example, signature, body: Buffer.from(body) },
      'job-token-0123456789',
    )
    expect(verdict).toMatchObject({ kind: 'verified', report: { outputs: [{ url: expect.any(String) }] } })
    expect(JSON.stringify(verdict)).not.toMatch(/live-key|bWFkZS11c|job-token/)
  })
})

describe('the secret', () => {
  it('is asked for once, however many webhooks come', async () => {
    const { clock, verifier, asked } = start()
    await Promise.all(Array.from({ length: 10 }, () => verifier.verify(example)))
    expect(asked()).toBe(1)
    await clock.advance(120_000)
    expect(await verifier.verify(example)).toMatchObject({ kind: 'verified' })
    expect(asked()).toBe(1)
  })

  it('is asked for again when a webhook does not verify, once a minute at the most', async () => {
    const { clock, verifier, asked } = start()
    await verifier.verify(example)
    for (let count = 0; count < 50; count += 1) await verifier.verify(forged)
    expect(asked()).toBe(1)
    await clock.advance(60_000)
    for (let count = 0; count < 50; count += 1) await verifier.verify(forged)
    expect(asked()).toBe(2)
  })

  it('that was changed at the vendor is taken up by the first webhook that needs it', async () => {
    const { clock, verifier } = start(['whsec_old', secret])
    expect(await verifier.verify(example)).toEqual({ kind: 'forged' })
    await clock.advance(60_000)
    expect(await verifier.verify(example)).toMatchObject({ kind: 'verified' })
  })

  it('that cannot be had verifies nothing, and is asked for again before the vendor gives its callback up', async () => {
    const { clock, verifier, asked } = start([new VendorError('status', 'HTTP 503'), secret])
    expect(await verifier.verify(example)).toEqual({ kind: 'unverifiable' })
    expect(await verifier.verify(example)).toEqual({ kind: 'unverifiable' })
    expect(asked()).toBe(1)
    await clock.advance(1_000)
    expect(await verifier.verify(example)).toMatchObject({ kind: 'verified' })
  })

  it('that cannot be had any more is used on as it was', async () => {
    const { clock, verifier } = start([secret, new VendorError('status', 'HTTP 503')])
    await verifier.verify(example)
    await clock.advance(60_000)
    expect(await verifier.verify(forged)).toEqual({ kind: 'forged' })
    expect(await verifier.verify(example)).toMatchObject({ kind: 'verified' })
  })

  it('that cannot be had is told of once, and again after it could', async () => {
    const { log, lines } = createLogLines()
    const clock = createFakeClock()
    let answer: string | null = null
    const verifier = createWebhookVerifier({
      clock,
      redactor: createRedactor(),
      log,
      client: {
        async webhookSecret() {
          if (answer === null) throw new VendorError('status', 'HTTP 503')
          return answer
        },
      },
    })
    const verify = async () => {
      await verifier.verify(forged)
      await clock.advance(60_000)
    }
    await verify()
    await verify()
    expect(lines).toHaveLength(1)
    answer = secret
    await verify()
    answer = null
    await verify()
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ level: 40, err: { message: 'HTTP 503' } })
  })

  it('is not what a fault of ours is taken for', async () => {
    const { verifier } = start([new TypeError('ours')])
    await expect(verifier.verify(example)).rejects.toThrow('ours')
  })
})
