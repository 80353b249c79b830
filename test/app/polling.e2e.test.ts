import { describe, expect, it } from 'vitest'
import type { FaultInput } from '../../sandbox/faults.ts'
import { start } from '../support/clocked-app.ts'
import { histories } from '../support/histories.ts'

const minute = 60_000

describe('a job', () => {
  it.each([
    ['1200', 'CONTENT_MODERATED', false],
    ['1400', 'INPUT_REFUSED', false],
    ['1401', 'INPUT_REFUSED', false],
    ['1402', 'MEDIA_UNREACHABLE', true],
    ['1403', 'TASK_FAILED', true],
    ['1405', 'TASK_FAILED', true],
    ['1406', 'TASK_FAILED', true],
    ['1407', 'INSUFFICIENT_CREDITS', true],
    ['5000', 'VENDOR_FAULT', true],
    ['5003', 'VENDOR_FAULT', true],
    ['5004', 'VENDOR_TIMEOUT', true],
    ['9999', 'TASK_FAILED', true],
  ])('that the vendor fails with %s is FAILED as %s, in words', async (code, expected, retryable) => {
    const { app, ends } = await start()
    const id = await app.create(`[sandbox:fail=${code}]`)
    await ends(id)
    const { state, error, outputs } = await app.job(id)
    expect({ state, code: error?.code, retryable: error?.retryable, outputs }).toEqual({
      state: 'FAILED',
      code: expected,
      retryable,
      outputs: [],
    })
    expect(error?.message).toMatch(/\w+/)
  })

  it.each([
    ['cancelled', 'VENDOR_CANCELLED'],
    ['timeout', 'VENDOR_TIMEOUT'],
    ['deleted', 'PREDICTION_DELETED'],
  ])('whose prediction ends as %s is FAILED', async (status, expected) => {
    const { app, ends } = await start()
    const id = await app.create(`[sandbox:vendor-status=${status}]`)
    await ends(id)
    expect((await app.job(id)).error?.code).toBe(expected)
  })

  it('shows a status nobody knows, and goes on to its end', async () => {
    const { app, clock, ends } = await start()
    const id = await app.create('[sandbox:unknown-status=dreaming,forSeconds=10]')
    await clock.until(async () => (await app.job(id)).vendorStatus === 'dreaming')
    expect(await app.state(id)).not.toBe('COMPLETED')
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('carries the NSFW flag of its output', async () => {
    const { app, ends } = await start()
    const id = await app.create('[sandbox:nsfw]')
    await ends(id)
    expect((await app.job(id)).outputs).toMatchObject([{ nsfw: true }])
  })

  it.each<FaultInput>([
    { kind: 'unauthorized' },
    { kind: 'rate-limited' },
    { kind: 'rate-limited', retryAfter: 20 },
    { kind: 'server-error', status: 500 },
    { kind: 'server-error', status: 504 },
    { kind: 'slow', ms: 20_000 },
    { kind: 'hang' },
    { kind: 'cut-before' },
    { kind: 'cut-after' },
    { kind: 'not-json' },
    { kind: 'not-json', status: 200 },
    { kind: 'wrong-shape' },
    { kind: 'envelope-error' },
    { kind: 'envelope-error', code: 5000 },
  ])('whose polls go wrong for a while is polled again, and ends well: %j', async (fault) => {
    const { app, ends, reaches } = await start()
    const id = await app.create()
    await reaches(id, 'CREATED')
    app.sandbox.faults.add({ ...fault, on: 'result', times: fault.kind === 'hang' ? 2 : 4 })
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    expect(app.sandbox.ledger.polls().length).toBeLessThan(20)
  })

  it('whose output is lost at the vendor is COMPLETED all the same: it was made and paid', async () => {
    const { app, ends } = await start()
    const id = await app.create('[sandbox:lost-output]')
    await ends(id)
    const { state, outputs } = await app.job(id)
    expect(state).toBe('COMPLETED')
    expect((await fetch(outputs[0]?.url ?? '')).status).toBe(404)
  })
})

describe.each(histories)('on %s a job', (history) => {
  it('that the vendor never finishes fails at its deadline', async () => {
    const { app, clock, ends } = await start({ history, env: { JOB_DEADLINE_MINUTES: '10' } })
    const id = await app.create('[sandbox:never-finishes]')
    const begun = clock.now()
    await ends(id, 5_000)
    expect((await app.job(id)).error?.code).toBe('DEADLINE_EXCEEDED')
    expect(clock.now() - begun).toBeGreaterThanOrEqual(10 * minute)
    expect(clock.now() - begun).toBeLessThan(11 * minute)
  })

  it.each([
    ['another shape', { kind: 'wrong-shape' }],
    ['no JSON', { kind: 'not-json', status: 200 }],
    ['a page with HTTP 404', { kind: 'not-json', status: 404 }],
    ['a redirect', { kind: 'not-json', status: 302 }],
    ['envelope code 429', { kind: 'envelope-error', code: 429 }],
    ['envelope code 5000', { kind: 'envelope-error', code: 5000 }],
  ] as const)('whose polls are answered with %s past its deadline gets its video', async (_name, fault) => {
    const { app, clock, ends, reaches } = await start({ history, env: { JOB_DEADLINE_MINUTES: '2' } })
    const id = await app.create()
    await reaches(id, 'CREATED')
    const { length: before } = app.sandbox.ledger.polls()
    const stop = app.sandbox.faults.add({ ...fault, on: 'result' })
    await clock.advance(60 * minute)
    expect(await app.state(id)).toBe('CREATED')
    // Two a minute until the deadline, then fewer; a redirect and a page are tried no sooner.
    expect(app.sandbox.ledger.polls().length - before).toBeLessThan(140)
    stop()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })
})
