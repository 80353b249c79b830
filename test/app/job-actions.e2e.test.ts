import { describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { start } from '../support/clocked-app.ts'
import { histories } from '../support/histories.ts'

const minute = 60_000

const action = (app: TestApp, name: string, id: string, more = '') =>
  app.graphql<{ result: Record<string, unknown> }>(
    `mutation ($id: ID!) { result: ${name}(id: $id) { __typename ... on Error { code message } ${more} } }`,
    { id },
  )

describe.each(histories)('on %s a job can be', (history) => {
  it('canceled while it waits: it is never sent', async () => {
    const { app, clock, ends, reaches } = await start({ history, env: { WAVESPEED_CONCURRENCY: '1' } })
    const first = await app.create()
    await reaches(first, 'CREATED')
    const id = await app.create()
    const { result } = await action(
      app,
      'cancelJob',
      id,
      '... on CancelJobSuccess { stillBilled job { state } }',
    )
    expect(result).toMatchObject({ stillBilled: false, job: { state: 'CANCELED' } })
    await ends(first)
    await clock.advance(minute)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('canceled while it runs: said to be still billed, and its task is followed to its end and no further', async () => {
    const { app, clock, reaches } = await start({ history })
    const id = await app.create()
    await reaches(id, 'PROCESSING')
    const { result } = await action(
      app,
      'cancelJob',
      id,
      '... on CancelJobSuccess { stillBilled job { state } }',
    )
    expect(result).toMatchObject({ stillBilled: true, job: { state: 'CANCELED' } })
    await clock.advance(minute)
    const polls = app.sandbox.ledger.polls().length
    await clock.advance(5 * minute)
    expect(app.sandbox.ledger.polls()).toHaveLength(polls)
    expect(await app.state(id)).toBe('CANCELED')
  })

  it.each([
    ['taken', { kind: 'slow', ms: 5_000, after: true }, /had taken it already/],
    ['deferred', { kind: 'rate-limited' }, /had not taken it: nothing is billed/],
    ['refused', { kind: 'envelope-error', code: 1402 }, /had not taken it: nothing is billed/],
  ] as const)(
    'canceled on its way, and the history says in the end what became of it: %s',
    async (_name, fault, words) => {
      const { app, clock } = await start({ history })
      app.sandbox.faults.add({ ...fault, on: 'submit' })
      app.sandbox.faults.add({ kind: 'slow', ms: 5_000, on: 'submit' })
      const id = await app.create()
      await clock.until(() => app.sandbox.ledger.submits().length === 1, 0)
      await action(app, 'cancelJob', id)
      expect((await action(app, 'deleteJob', id)).result).toMatchObject({ code: 'JOB_STATE' })
      await clock.until(async () => words.test((await app.job(id)).timeline.at(-1)?.message ?? ''))
      expect(await app.state(id)).toBe('CANCELED')
      expect((await app.job(id)).predictionId !== null).toBe(app.sandbox.tasks.all().length === 1)
      await clock.advance(5 * minute)
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
      expect((await action(app, 'deleteJob', id)).result).toMatchObject({ __typename: 'DeleteJobSuccess' })
    },
  )

  it('canceled on its way, though the answer is lost: its task is found, and it is never sent again', async () => {
    const { app, clock } = await start({ history })
    app.sandbox.faults.add({ kind: 'slow', ms: 5_000, on: 'submit' })
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit' })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.submits().length === 1, 0)
    await action(app, 'cancelJob', id)
    await clock.until(() => app.sandbox.ledger.submits()[0]?.status === 'cut')
    await clock.advance(20 * minute)
    const { state, timeline } = await app.job(id)
    expect([state, timeline.at(-1)?.message]).toEqual([
      'CANCELED',
      expect.stringMatching(/The vendor had taken it already, as .*: it is billed/),
    ])
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it.each(['canceled', 'canceled and deleted'])(
    '%s, and the place at the vendor stays taken until its task is over',
    async (how) => {
      const limits = { WAVESPEED_CONCURRENCY: '1' }
      const { app, clock, reaches } = await start({ history, env: limits, sandbox: { taskSeconds: 60 } })
      const id = await app.create()
      await reaches(id, 'PROCESSING')
      const waiting = await app.create()
      await action(app, 'cancelJob', id)
      if (how === 'canceled and deleted') await action(app, 'deleteJob', id)
      await clock.advance(30_000)
      expect([await app.state(waiting), app.sandbox.ledger.submits().length]).toEqual(['QUEUED', 1])
      await clock.until(async () => (await app.state(waiting)) !== 'QUEUED')
      expect(app.sandbox.ledger.submits().map(({ status }) => status)).toEqual([200, 200])
    },
  )

  it('retried after it failed: a new job with a new random seed, linked both ways', async () => {
    const { app, ends } = await start({ history })
    const id = await app.create('[sandbox:fail=5000]')
    await ends(id)
    const { result } = await action(
      app,
      'retryJob',
      id,
      '... on RetryJobSuccess { job { id retryOf { id retries { id } } } }',
    )
    const job = result['job'] as { id: string; retryOf: unknown }
    expect(job.retryOf).toEqual({ id, retries: [{ id: job.id }] })
    await ends(job.id)
    const [first, second] = app.sandbox.ledger.submits()
    expect(second?.input?.['seed']).not.toBe(first?.input?.['seed'])
  })

  it('deleted once it is finished, here and at the vendor', async () => {
    const { app, ends } = await start({ history })
    const id = await app.create()
    await ends(id)
    const { predictionId } = await app.job(id)
    const { result } = await app.graphql<Record<string, unknown>>(
      'mutation ($id: ID!) { result: deleteJob(id: $id, fromVendor: true) { ... on DeleteJobSuccess { deletedJobId } } }',
      { id },
    )
    expect(result).toEqual({ deletedJobId: id })
    expect(await app.state(id)).toBe('none')
    const gone = await fetch(`${app.sandbox.url}/api/v3/predictions/${predictionId}/result`, {
      headers: { authorization: 'Bearer sandbox' },
    })
    expect(gone.status).toBe(404)
  })

  it('kept when the vendor does not delete it', async () => {
    const { app, ends } = await start({ history })
    const id = await app.create()
    await ends(id)
    app.sandbox.faults.add({ kind: 'server-error', on: 'delete' })
    const { result } = await app.graphql<Record<string, unknown>>(
      'mutation ($id: ID!) { result: deleteJob(id: $id, fromVendor: true) { ... on Error { code } } }',
      { id },
    )
    expect(result).toEqual({ code: 'VENDOR_UNAVAILABLE' })
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('neither canceled, retried nor deleted when its state forbids it, in words', async () => {
    const { app, ends, reaches } = await start({ history })
    const id = await app.create()
    await reaches(id, 'CREATED')
    for (const name of ['retryJob', 'deleteJob']) {
      expect((await action(app, name, id)).result).toMatchObject({
        __typename: 'JobStateError',
        code: 'JOB_STATE',
      })
    }
    await ends(id)
    for (const name of ['cancelJob', 'retryJob']) {
      expect((await action(app, name, id)).result).toMatchObject({ __typename: 'JobStateError' })
    }
  })

  it('neither canceled, retried nor deleted when there is none with that id', async () => {
    const { app } = await start({ history })
    for (const name of ['cancelJob', 'retryJob', 'deleteJob']) {
      expect((await action(app, name, 'job_unknown')).result).toMatchObject({
        __typename: 'JobNotFoundError',
        message: 'There is no job with the id "job_unknown".',
      })
    }
  })
})
