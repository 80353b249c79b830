import { describe, expect, it } from 'vitest'
import { start } from '../support/clocked-app.ts'

describe('a job', () => {
  it('waits out a refused key with few entries in its timeline', async () => {
    const { app, clock, ends } = await start()
    app.sandbox.faults.add({ kind: 'unauthorized', seconds: 3_600 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.counts().requests > 20, 30_000)
    expect((await app.job(id)).timeline.length).toBeLessThan(10)
    await ends(id, 30_000)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('is held while the vendor refuses the key, /ready says why, and it goes on when the key works again', async () => {
    const { app, clock, ends, reaches } = await start()
    app.sandbox.faults.add({ kind: 'unauthorized', on: 'submit', seconds: 120 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.submits().length > 0)
    await reaches(id, 'QUEUED')
    const ready = await fetch(new URL('/ready', app.url))
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ ready: false, checks: { vendor: { ok: false } } })
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect((await fetch(new URL('/ready', app.url))).status).toBe(200)
  })

  it('outlives an outage of the vendor while it runs', async () => {
    const { app, clock, ends, reaches } = await start()
    const id = await app.create('[sandbox:seconds=60]')
    await reaches(id, 'PROCESSING')
    app.sandbox.faults.add({ kind: 'server-error', on: 'result', seconds: 300 })
    await clock.advance(200_000)
    expect(await app.state(id)).toBe('PROCESSING')
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('that waits is not sent into an outage of an hour: few are lost, few requests are sent, the rest end well', async () => {
    const { app, clock } = await start()
    app.sandbox.faults.add({ kind: 'server-error', status: 503, seconds: 3_600 })
    const ids: string[] = []
    for (let index = 0; index < 100; index += 1) ids.push(await app.create(`number ${index}`))
    const begun = clock.now()
    await clock.until(() => clock.now() - begun > 3_590_000, 5_000)
    const { requests } = app.sandbox.ledger.counts()
    await clock.until(async () => {
      const { jobs } = await app.graphql<{ jobs: { edges: unknown[] } }>(
        '{ jobs(first: 1, filter: { states: [QUEUED, SUBMITTING, CREATED, PROCESSING] }) { edges { cursor } } }',
      )
      return jobs.edges.length === 0
    }, 5_000)
    const states = await Promise.all(ids.map((id) => app.state(id)))
    const lost = states.filter((state) => state === 'FAILED').length
    expect(states.filter((state) => state === 'COMPLETED')).toHaveLength(ids.length - lost)
    // Only those that were on their way when it began.
    expect(lost).toBeLessThanOrEqual(32)
    // A search a minute for each that was lost and a question of three tries a minute, and some at first.
    expect(requests).toBeLessThan((lost + 3) * 70)
    expect(app.sandbox.ledger.counts().accepted).toBe(ids.length - lost)
  })

  it.each([
    ['no answer', { kind: 'server-error' }],
    ['a refused key', { kind: 'unauthorized' }],
    ['cut connections', { kind: 'cut-before' }],
  ] as const)('that waited during %s for an hour is sent in its turn, oldest first', async (_name, fault) => {
    const { app, clock, ends } = await start({ env: { WAVESPEED_CONCURRENCY: '1' } })
    app.sandbox.faults.add({ ...fault, seconds: 3_600 })
    const begun = clock.now()
    const ids: string[] = []
    for (let index = 0; index < 6; index += 1) {
      ids.push(await app.create(`number ${index}`))
      await clock.advance(60_000)
    }
    await clock.until(() => clock.now() - begun > 3_600_000, 30_000)
    for (const id of ids) await ends(id, 5_000)
    const sent = app.sandbox.ledger.submits().filter(({ predictionId }) => predictionId !== undefined)
    const prompts = sent.map(({ input }) => String(input?.['prompt']))
    expect(prompts).toEqual([...prompts].sort())
    // The first was on its way when it began.
    expect(prompts.length).toBeGreaterThanOrEqual(ids.length - 1)
  })

  it('that runs is held too while the key is refused, and goes on when it works again', async () => {
    const { app, clock, ends, reaches, ready } = await start()
    const running = await app.create('[sandbox:seconds=60]')
    await reaches(running, 'PROCESSING')
    app.sandbox.faults.add({ kind: 'unauthorized', seconds: 3_600 })
    const waiting = await app.create('waits')
    await clock.advance(3_000_000)
    expect([await app.state(running), await app.state(waiting)]).toEqual(['PROCESSING', 'QUEUED'])
    expect(await ready()).toMatchObject({
      status: 503,
      body: { checks: { vendor: { ok: false, detail: expect.stringMatching(/refuses the key/) } } },
    })
    for (const id of [running, waiting]) {
      await ends(id, 5_000)
      expect(await app.state(id)).toBe('COMPLETED')
    }
    expect((await ready()).status).toBe(200)
  })
})
