import { afterEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const minute = 60_000
const hour = 60 * minute

describe.each([
  ['an hour forwards', hour],
  ['six days forwards', 6 * 24 * hour],
  ['two minutes back', -2 * minute],
  ['six hours back', -6 * hour],
])("when the machine's clock jumps %s", (_name, jump) => {
  let app: TestApp
  let clock: FakeClock
  afterEach(() => app.close())

  /** The vendor's clock is not touched. */
  async function start(env: Record<string, string> = {}) {
    clock = createFakeClock()
    app = await createTestApp({
      overrides: { system: clock },
      env: { WAVESPEED_POLL_SECONDS: '5', ...env },
      sandbox: { taskSeconds: 60, clock: clock.steady },
    })
  }
  const reaches = (id: string, state: string) => clock.until(() => app.isIn(id, state))
  /** Waits for the ends of jobs, and answers how long that took by a clock that did not jump. */
  async function endOf(...ids: string[]): Promise<number> {
    const begun = clock.steady.now()
    for (const id of ids) await clock.until(() => app.hasEnded(id), 2_000)
    return clock.steady.now() - begun
  }
  const createdAt = async (id: string) => {
    const query = `query ($id: ID!) { job(id: $id) { createdAt } }`
    return (await app.graphql<{ job: { createdAt: string } }>(query, { id })).job.createdAt
  }
  const states = (ids: readonly string[]) => Promise.all(ids.map((id) => app.state(id)))

  it('jobs that run, wait and are on their way are sent once and end as if nothing had been', async () => {
    await start({ WAVESPEED_CONCURRENCY: '2', JOB_DEADLINE_MINUTES: '3' })
    const ids: string[] = []
    for (let index = 0; index < 5; index += 1) ids.push(await app.create(`number ${index}`))
    await reaches(ids[1] ?? '', 'PROCESSING')
    clock.jump(jump)
    ids.push(await app.create('after it'))
    expect(await endOf(...ids)).toBeLessThan(10 * minute)
    expect(await states(ids)).toEqual(ids.map(() => 'COMPLETED'))
    expect(app.sandbox.ledger.submits()).toHaveLength(ids.length)
    expect(app.sandbox.ledger.polls().length).toBeLessThan(ids.length * 20)
  })

  it('a submission under way is recorded and not sent again', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'slow', ms: 5_000, on: 'submit', after: true, times: 1 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.submits().length === 1, 1)
    clock.jump(jump)
    expect(await endOf(id)).toBeLessThan(10 * minute)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('a task whose answer was lost is found', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    app.sandbox.faults.add({ kind: 'server-error', on: 'list', times: 1 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.requests({ operation: 'list' }).length === 1, 100)
    clock.jump(jump)
    expect(await endOf(id)).toBeLessThan(10 * minute)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('one that was never made is given up in time, and the list is not asked without pause', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'cut-before', on: 'submit', times: 1 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.requests({ operation: 'list' }).length === 1, 100)
    clock.jump(jump)
    expect(await endOf(id)).toBeLessThan(15 * minute)
    expect((await app.job(id)).error?.code).toBe('SUBMISSION_UNKNOWN')
    expect(app.sandbox.ledger.requests({ operation: 'list' }).length).toBeLessThan(30)
  })

  it('a pause that the vendor asked for ends', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'rate-limited', retryAfter: 120, on: 'submit', times: 1 })
    const ids = [await app.create('asked to wait')]
    await clock.until(() => app.sandbox.ledger.submits()[0]?.status === 429, 1)
    await reaches(ids[0] ?? '', 'QUEUED')
    clock.jump(jump)
    ids.push(await app.create('another'))
    expect(await endOf(...ids)).toBeLessThan(10 * minute)
    expect(await states(ids)).toEqual(['COMPLETED', 'COMPLETED'])
  })

  it('no deadline is used up', async () => {
    await start({ JOB_DEADLINE_MINUTES: '10' })
    const id = await app.create('[sandbox:seconds=500]')
    await reaches(id, 'PROCESSING')
    await clock.advance(2_000)
    clock.jump(jump)
    await endOf(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('a job that the vendor never finishes fails at its deadline, and no sooner', async () => {
    await start({ JOB_DEADLINE_MINUTES: '10' })
    const id = await app.create('[sandbox:never-finishes]')
    await reaches(id, 'PROCESSING')
    clock.jump(jump)
    const waited = await endOf(id)
    expect(waited).toBeGreaterThan(9.5 * minute)
    expect(waited).toBeLessThan(11 * minute)
    expect((await app.job(id)).error?.code).toBe('DEADLINE_EXCEEDED')
  })

  it('between two processes: nothing is sent twice, and no deadline is used up', async () => {
    await start({ WAVESPEED_CONCURRENCY: '2', JOB_DEADLINE_MINUTES: '10' })
    const ids = [
      await app.create('[sandbox:seconds=500]'),
      await app.create('two'),
      await app.create('three'),
    ]
    await reaches(ids[1] ?? '', 'PROCESSING')
    await app.restart({ between: () => clock.jump(jump) })
    ids.push(await app.create('after it'))
    expect(await endOf(...ids)).toBeLessThan(15 * minute)
    expect(await states(ids)).toEqual(ids.map(() => 'COMPLETED'))
    expect(app.sandbox.ledger.submits()).toHaveLength(ids.length)
    // Time never runs backwards in a history.
    const made = await Promise.all(ids.map(createdAt))
    expect(made).toEqual(made.toSorted())
  })

  it('between two processes: a task whose answer was lost is found', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    app.sandbox.faults.add({ kind: 'server-error', on: 'list', times: 1 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.requests({ operation: 'list' }).length === 1, 100)
    await app.restart({ between: () => clock.jump(jump) })
    expect(await endOf(id)).toBeLessThan(10 * minute)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('before the first process begins: a task whose answer was lost is found by the time of the vendor', async () => {
    await start()
    await app.restart({ between: () => clock.jump(jump) })
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    const id = await app.create()
    expect(await endOf(id)).toBeLessThan(10 * minute)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })
})
