import { describe, expect, it } from 'vitest'
import type { FaultInput } from '../../sandbox/faults.ts'
import { start } from '../support/clocked-app.ts'

const minute = 60_000

const notFound: readonly FaultInput[] = [
  { kind: 'server-error', status: 404 },
  { kind: 'not-json', status: 404 },
  { kind: 'not-json', status: 405 },
  { kind: 'not-json', status: 301 },
]

describe('a poll that is answered with "not found"', () => {
  it.each(notFound)('for a moment loses none of twenty running jobs: %j', async (fault) => {
    const { app, clock, ends } = await start()
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => app.create(`number ${index}`)))
    await clock.until(() => app.sandbox.tasks.all().length === 20, 100)
    app.sandbox.faults.add({ ...fault, on: 'result', seconds: 8 })
    await clock.advance(8_000)
    for (const id of ids) await ends(id)
    expect(await Promise.all(ids.map((id) => app.state(id)))).toEqual(ids.map(() => 'COMPLETED'))
  })

  it('for four minutes loses no job', async () => {
    const { app, clock, ends, reaches } = await start()
    const id = await app.create('[sandbox:seconds=60]')
    await reaches(id, 'PROCESSING')
    app.sandbox.faults.add({ kind: 'server-error', status: 404, on: 'result', seconds: 240 })
    app.sandbox.faults.add({ kind: 'server-error', status: 404, on: 'list' })
    await clock.advance(240_000)
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it.each([
    ['the list shows it', []],
    ['the list does not answer', [{ kind: 'server-error', status: 503, on: 'list' }]],
    ['the list is not there either', [{ kind: 'server-error', status: 404, on: 'list' }]],
  ] as const)('for hours loses no job as long as %s', async (_name, faults) => {
    const { app, clock, ends, reaches } = await start()
    const id = await app.create('[sandbox:seconds=60]')
    await reaches(id, 'PROCESSING')
    const stops = [{ kind: 'server-error', status: 404, on: 'result' } as const, ...faults].map((fault) =>
      app.sandbox.faults.add(fault),
    )
    await clock.advance(180 * minute)
    expect(await app.state(id)).toBe('PROCESSING')
    expect(app.sandbox.ledger.requests({ operation: 'result' }).length).toBeLessThan(800)
    for (const stop of stops) stop()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('by the vendor itself, for five minutes, and the list knows nothing, ends the job', async () => {
    const { app, clock, ends, reaches } = await start()
    const id = await app.create('[sandbox:never-finishes]')
    await reaches(id, 'PROCESSING')
    const { predictionId } = await app.job(id)
    await fetch(`${app.sandbox.url}/api/v3/predictions/delete`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox', 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [predictionId] }),
    })
    const begun = clock.now()
    await clock.advance(290_000)
    expect(await app.state(id)).toBe('PROCESSING')
    await ends(id)
    expect((await app.job(id)).error?.code).toBe('PREDICTION_NOT_FOUND')
    expect(clock.now() - begun).toBeLessThan(7 * minute)
  })
})

describe('an address that is not the vendor', () => {
  it.each([
    ['a prefix too many', (url: string) => `${url}/api/v3`],
    ['a page of something else', (url: string) => `${url}/sandbox`],
  ])('is told by /ready, sends nothing and ends nothing: %s', async (_name, wrong) => {
    const { app, clock, ends, reaches, ready } = await start()
    const running = await app.create('[sandbox:seconds=60]')
    await reaches(running, 'PROCESSING')
    await app.restart({ env: { WAVESPEED_BASE_URL: wrong(app.sandbox.url) } })
    const waiting = await app.create('waits')
    await clock.advance(120 * minute)
    expect([await app.state(running), await app.state(waiting)]).toEqual(['PROCESSING', 'QUEUED'])
    expect(await ready()).toMatchObject({
      status: 503,
      body: { ready: false, checks: { vendor: { ok: false } } },
    })
    expect(
      await app.graphql('query ($id: ID!) { gateway { vendor { state } } job(id: $id) { waitingFor } }', {
        id: waiting,
      }),
    ).toEqual({ gateway: { vendor: { state: 'NOT_THE_VENDOR' } }, job: { waitingFor: 'VENDOR' } })
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    expect(app.sandbox.ledger.requests({}).length).toBeLessThan(700)
    await app.restart()
    for (const id of [running, waiting]) {
      await ends(id)
      expect(await app.state(id)).toBe('COMPLETED')
    }
  })

  it.each<FaultInput>([
    { kind: 'server-error', status: 404 },
    { kind: 'not-json', status: 404 },
    { kind: 'not-json', status: 302 },
    { kind: 'not-json', status: 200 },
    { kind: 'not-json', status: 403 },
  ])('is known by how it answers the question for the balance: %j', async (fault) => {
    const { app, clock, ready, ends } = await start()
    const stop = app.sandbox.faults.add({ ...fault, on: 'balance' })
    await app.restart()
    const id = await app.create()
    await clock.advance(60_000)
    expect(await ready()).toMatchObject({ status: 503, body: { checks: { vendor: { ok: false } } } })
    expect(app.sandbox.ledger.submits()).toHaveLength(0)
    stop()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect((await ready()).status).toBe(200)
  })

  it('is not one whose balance this key may not see', async () => {
    const { app, ends } = await start()
    app.sandbox.faults.add({ kind: 'server-error', status: 403, on: 'balance' })
    await app.restart()
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })
})
