import { describe, expect, it } from 'vitest'
import type { FaultInput } from '../../sandbox/faults.ts'
import { start } from '../support/clocked-app.ts'

const refusals: readonly FaultInput[] = [
  { kind: 'unauthorized' },
  { kind: 'server-error', status: 402 },
  { kind: 'server-error', status: 403 },
  { kind: 'server-error', status: 404 },
  { kind: 'server-error', status: 409 },
  { kind: 'envelope-error', code: 1407 },
  { kind: 'not-json', status: 400 },
  { kind: 'not-json', status: 403 },
  { kind: 'not-json', status: 404 },
  { kind: 'not-json', status: 405 },
]
const fields = 'gateway { vendor { state message } } job(id: $id) { state waitingFor }'

describe('a refusal that does not name the input', () => {
  it.each(refusals)('for three seconds fails none of sixty waiting jobs: %j', async (fault) => {
    const { app, ends } = await start({ env: { WAVESPEED_CONCURRENCY: '100' } })
    app.sandbox.faults.add({ ...fault, on: 'submit', seconds: 3 })
    const ids: string[] = []
    for (let index = 0; index < 60; index += 1) ids.push(await app.create(`number ${index}`))
    for (const id of ids) await ends(id, 1_000)
    expect(await Promise.all(ids.map((id) => app.state(id)))).toEqual(ids.map(() => 'COMPLETED'))
    expect(app.sandbox.ledger.counts().accepted).toBe(60)
  })

  it.each([
    [{ kind: 'server-error', status: 402 }, 'ACCOUNT_REFUSED', 'ACCOUNT', false],
    [{ kind: 'server-error', status: 403 }, 'ACCOUNT_REFUSED', 'ACCOUNT', false],
    [{ kind: 'envelope-error', code: 1407 }, 'ACCOUNT_REFUSED', 'ACCOUNT', false],
    [{ kind: 'unauthorized' }, 'KEY_REFUSED', 'KEY', false],
    [{ kind: 'not-json', status: 404 }, 'SUBMISSIONS_REFUSED', 'VENDOR', false],
    [{ kind: 'server-error', status: 404 }, 'OK', 'MODEL', true],
    [{ kind: 'rate-limited' }, 'RATE_LIMITED', 'PAUSE', true],
  ] as const)(
    'is told to clients and by /ready, and few requests are made: %j',
    async (fault, state, why, isReady) => {
      const { app, clock, ready, ends } = await start()
      const stop = app.sandbox.faults.add({ ...fault, on: 'submit' })
      const id = await app.create()
      await clock.until(() => app.sandbox.ledger.submits().length > 0)
      await clock.advance(1_000)
      const told = await app.graphql(`query ($id: ID!) { ${fields} }`, { id })
      expect(told).toMatchObject({
        gateway: { vendor: { state } },
        job: { state: 'QUEUED', waitingFor: why },
      })
      const { status, body } = await ready()
      expect(status).toBe(isReady ? 200 : 503)
      expect(body).toMatchObject({
        checks: { vendor: { ok: isReady, detail: expect.stringMatching(/\w+/) } },
      })
      await clock.advance(3_600_000)
      expect(await app.state(id)).toBe('QUEUED')
      expect(app.sandbox.ledger.submits().length).toBeLessThan(75)
      stop()
      await ends(id, 5_000)
      expect(await app.state(id)).toBe('COMPLETED')
      expect(await app.graphql(`query ($id: ID!) { ${fields} }`, { id })).toMatchObject({
        gateway: { vendor: { state: 'OK' } },
        job: { waitingFor: null },
      })
      expect((await ready()).status).toBe(200)
    },
  )

  it.each([
    ['[sandbox:server-error=402]', 'INSUFFICIENT_CREDITS'],
    ['[sandbox:envelope-error=1407]', 'INSUFFICIENT_CREDITS'],
    ['[sandbox:server-error=403]', 'ACCOUNT_REFUSED'],
    ['[sandbox:unauthorized]', 'ACCOUNT_REFUSED'],
    ['[sandbox:server-error=404]', 'MODEL_UNAVAILABLE'],
    ['[sandbox:not-json=404]', 'SUBMISSION_REFUSED'],
    ['[sandbox:server-error=409]', 'SUBMISSION_REFUSED'],
  ])(
    'of one job alone fails that job with its own code, and holds the others for seconds: %s',
    async (prompt, code) => {
      const { app, clock, ends } = await start()
      const begun = clock.now()
      const bad = await app.create(prompt)
      const good = await Promise.all(['one', 'two', 'three'].map((name) => app.create(name)))
      for (const id of [bad, ...good]) await ends(id)
      expect(await Promise.all(good.map((id) => app.state(id)))).toEqual(good.map(() => 'COMPLETED'))
      expect((await app.job(bad)).error).toMatchObject({ code, billed: 'NO' })
      expect(app.sandbox.ledger.submits({ prompt }).length).toBeLessThanOrEqual(3)
      expect(clock.now() - begun).toBeLessThan(90_000)
    },
  )

  it('of several jobs at the head of the queue gives each of the others its turn', async () => {
    const { app, ends } = await start({ env: { WAVESPEED_CONCURRENCY: '1' } })
    const bad: string[] = []
    for (let index = 0; index < 4; index += 1)
      bad.push(await app.create(`[sandbox:server-error=402] ${index}`))
    const good = await app.create('one')
    const later = await app.create('two')
    for (const id of [good, later]) {
      await ends(id)
      expect(await app.state(id)).toBe('COMPLETED')
    }
  })

  it('of one model leaves jobs of other models alone', async () => {
    const { app, clock, ends } = await start()
    const held = await app.create('[sandbox:server-error=404]')
    await clock.until(() => app.sandbox.ledger.submits().length > 0)
    const other = await app.create('another', { model: 'WAN_2_1_V2V_720P_LORA' })
    await ends(other)
    expect([await app.state(other), await app.state(held)]).toEqual(['COMPLETED', 'QUEUED'])
  })
})
