import { afterEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp, type TestAppOptions, terminal } from '../support/app.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const minute = 60_000

describe('a job', () => {
  let app: TestApp
  let clock: FakeClock
  afterEach(() => app.close())

  /** Gateway and sandbox on one fake clock, with the pauses of a real gateway. */
  async function start({ env, sandbox }: TestAppOptions = {}) {
    clock = createFakeClock()
    app = await createTestApp({
      overrides: { clock },
      env: { WAVESPEED_POLL_SECONDS: '5', ...env },
      sandbox: { taskSeconds: 20, ...sandbox },
    })
  }
  const ends = (id: string) => clock.until(async () => terminal(await app.state(id)))
  const reaches = (id: string, state: string) => clock.until(async () => (await app.state(id)) === state)

  it('goes from QUEUED to COMPLETED, is sent once, and shows its outputs with their end', async () => {
    await start()
    const id = await app.create()
    await ends(id)
    const job = await app.job(id)
    expect(job.timeline.map(({ state }) => state)).toEqual([
      'QUEUED',
      'SUBMITTING',
      'CREATED',
      'PROCESSING',
      'COMPLETED',
    ])
    expect(job.version).toBe(5)
    expect(job.inferenceMs).toBe(20_000)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    const [output] = job.outputs
    const made = app.sandbox.tasks.get(job.predictionId ?? '')
    expect(Date.parse(output?.expiresAt ?? '')).toBe((made?.createdAt ?? 0) + 7 * 24 * 60 * minute)
    const video = await fetch(output?.url ?? '')
    expect(video.headers.get('content-type')).toBe('video/mp4')
    await video.arrayBuffer()
  })

  it('sends the seed it shows when a random one was asked for', async () => {
    await start()
    const id = await app.create('x', { seed: -1 })
    await reaches(id, 'CREATED')
    const { input } = await app.job(id)
    expect(input.seed).toBeGreaterThanOrEqual(0)
    expect(app.sandbox.ledger.submits()[0]?.input).toMatchObject({ seed: input.seed })
  })

  it('looks no more often than every 5 seconds', async () => {
    await start()
    const id = await app.create()
    await ends(id)
    const times = app.sandbox.ledger.polls().map(({ at }) => at)
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(5_000)
    expect(times.length).toBeLessThanOrEqual(5)
  })

  it.each([
    ['1200', 'CONTENT_MODERATED', false],
    ['1402', 'MEDIA_UNREACHABLE', true],
    ['1407', 'INSUFFICIENT_CREDITS', true],
    ['5000', 'VENDOR_FAULT', true],
  ])('that the vendor fails with %s is FAILED as %s, in words', async (code, expected, retryable) => {
    await start()
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
    await start()
    const id = await app.create(`[sandbox:vendor-status=${status}]`)
    await ends(id)
    expect((await app.job(id)).error?.code).toBe(expected)
  })

  it('shows a status nobody knows, and goes on to its end', async () => {
    await start()
    const id = await app.create('[sandbox:unknown-status=dreaming,forSeconds=10]')
    await clock.until(async () => (await app.job(id)).vendorStatus === 'dreaming')
    expect(terminal(await app.state(id))).toBe(false)
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('carries the NSFW flag of its output', async () => {
    await start()
    const id = await app.create('[sandbox:nsfw]')
    await ends(id)
    expect((await app.job(id)).outputs).toMatchObject([{ nsfw: true }])
  })

  it('that the vendor never finishes fails at its deadline', async () => {
    await start({ env: { JOB_DEADLINE_MINUTES: '10' } })
    const id = await app.create('[sandbox:never-finishes]')
    const begun = clock.now()
    await clock.until(async () => terminal(await app.state(id)), 5_000)
    expect((await app.job(id)).error?.code).toBe('DEADLINE_EXCEEDED')
    expect(clock.now() - begun).toBeGreaterThanOrEqual(10 * minute)
    expect(clock.now() - begun).toBeLessThan(11 * minute)
  })

  it('that the vendor refuses fails with its words and is not sent again', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'envelope-error', code: 1402, on: 'submit' })
    const id = await app.create()
    await ends(id)
    expect((await app.job(id)).error).toMatchObject({ code: 'MEDIA_UNREACHABLE' })
    await clock.advance(5 * minute)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('that meets 429 waits as long as Retry-After says and is then sent again', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'rate-limited', retryAfter: 40, on: 'submit', times: 1 })
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    const [refused, taken] = app.sandbox.ledger.submits()
    expect((taken?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(40_000)
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it.each([0, 999_999_999])(
    'is neither stormed nor held for ever by a Retry-After of %i seconds',
    async (retryAfter) => {
      await start()
      app.sandbox.faults.add({ kind: 'rate-limited', retryAfter, on: 'submit', seconds: 10 })
      const id = await app.create()
      await clock.until(async () => (await app.state(id)) === 'CREATED')
      expect(app.sandbox.ledger.submits().length).toBeLessThan(10)
      app.sandbox.faults.add({ kind: 'rate-limited', retryAfter, on: 'result', seconds: 10 })
      const begun = clock.now()
      await ends(id)
      expect(await app.state(id)).toBe('COMPLETED')
      expect(clock.now() - begun).toBeLessThan(3 * minute)
      expect(app.sandbox.ledger.polls().length).toBeLessThan(20)
    },
  )

  it('waits out a refused key with few entries in its timeline', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'unauthorized', seconds: 3_600 })
    const id = await app.create()
    await clock.until(() => app.sandbox.ledger.counts().requests > 20, 30_000)
    expect((await app.job(id)).timeline.length).toBeLessThan(10)
    await clock.until(async () => terminal(await app.state(id)), 30_000)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it.each([
    ['another shape', { kind: 'wrong-shape' }],
    ['no JSON', { kind: 'not-json', status: 200 }],
  ] as const)('whose looks are answered with %s ends at its deadline', async (_name, fault) => {
    await start({ env: { JOB_DEADLINE_MINUTES: '2' } })
    const id = await app.create()
    await reaches(id, 'CREATED')
    app.sandbox.faults.add({ ...fault, on: 'result' })
    const begun = clock.now()
    await ends(id)
    expect((await app.job(id)).error?.code).toBe('DEADLINE_EXCEEDED')
    expect(clock.now() - begun).toBeLessThan(3 * minute)
  })

  it('is held while the vendor refuses the key, /ready says why, and it goes on when the key works again', async () => {
    await start()
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

  it('whose answer was lost after the task was made is found again and billed once', async () => {
    await start()
    // The second prompt holds a word that is also the key of the sandbox.
    for (const prompt of ['a fox in watercolour', '[sandbox:seconds=5] a fox']) {
      app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
      const id = await app.create(prompt)
      await ends(id)
      expect(await app.state(id)).toBe('COMPLETED')
      expect(app.sandbox.ledger.submits({ prompt })).toHaveLength(1)
    }
    expect(app.sandbox.ledger.counts().accepted).toBe(2)
  })

  it('of equal inputs whose answers were lost finds its own task, not the one of the other', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 2 })
    const created = [await app.create('same', { seed: 7 }), await app.create('same', { seed: 7 })]
    for (const id of created) await ends(id)
    const jobs = await Promise.all(created.map((id) => app.job(id)))
    expect(jobs.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED'])
    expect(new Set(jobs.map(({ predictionId }) => predictionId)).size).toBe(2)
    expect(app.sandbox.ledger.counts().accepted).toBe(2)
  })

  it('whose answer was lost before a task was made fails as SUBMISSION_UNKNOWN and is never sent again', async () => {
    await start()
    app.sandbox.faults.add({ kind: 'cut-before', on: 'submit', times: 1 })
    const id = await app.create()
    await clock.until(async () => terminal(await app.state(id)), 5_000)
    expect((await app.job(id)).error).toMatchObject({
      code: 'SUBMISSION_UNKNOWN',
      billed: 'UNKNOWN',
      retryable: true,
    })
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it.each([
    ['server-error', { kind: 'server-error', status: 500, after: true }],
    ['not-json', { kind: 'not-json', status: 200, after: true }],
    ['wrong-shape', { kind: 'wrong-shape', after: true }],
  ] as const)('whose submission is answered with %s is looked for, not sent again', async (_name, fault) => {
    await start()
    app.sandbox.faults.add({ ...fault, on: 'submit', times: 1 })
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('outlives an outage of the vendor while it runs', async () => {
    await start()
    const id = await app.create('[sandbox:seconds=60]')
    await reaches(id, 'PROCESSING')
    app.sandbox.faults.add({ kind: 'server-error', on: 'result', seconds: 300 })
    await clock.advance(200_000)
    expect(await app.state(id)).toBe('PROCESSING')
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('that waits is not sent into an outage: few are lost, the vendor is not stormed, and the rest end well', async () => {
    await start()
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
    expect(requests).toBeLessThan(5_000)
    expect(app.sandbox.ledger.counts().accepted).toBe(ids.length - lost)
  })

  it('whose prediction the vendor does not know any more fails with a clear code', async () => {
    await start()
    const id = await app.create('[sandbox:never-finishes]')
    await reaches(id, 'PROCESSING')
    const { predictionId } = await app.job(id)
    await fetch(`${app.sandbox.url}/api/v3/predictions/delete`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox', 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [predictionId] }),
    })
    await ends(id)
    expect((await app.job(id)).error?.code).toMatch(/PREDICTION_(NOT_FOUND|DELETED)/)
  })

  describe('waits as QUEUED', () => {
    it('so that the videos per minute of the tier are never exceeded, oldest first', async () => {
      await start({
        env: { WAVESPEED_TIER: 'bronze' },
        sandbox: { tier: 'bronze', overflow: 'reject', taskSeconds: 5 },
      })
      const ids: string[] = []
      for (let index = 0; index < 7; index += 1) {
        ids.push(await app.create(`number ${index}`))
        await clock.advance(1)
      }
      await clock.until(async () => (await app.state(ids[1] ?? '')) !== 'QUEUED')
      expect((await app.job(ids[2] ?? '')).queuePosition).toBe(1)
      expect((await app.job(ids[6] ?? '')).queuePosition).toBe(5)
      await ends(ids[6] ?? '')
      const { ledger } = app.sandbox
      expect(ledger.counts()).toMatchObject({ accepted: 7, rateRefusals: 0, concurrencyRefusals: 0 })
      expect(ledger.submits().map(({ input }) => input?.['prompt'])).toEqual(
        ids.map((_, index) => `number ${index}`),
      )
    })

    it('so that no more tasks run at once than the tier allows', async () => {
      await start({
        env: { WAVESPEED_VIDEOS_PER_MINUTE: '1000', WAVESPEED_CONCURRENCY: '3' },
        sandbox: { videosPerMinute: 1_000, concurrency: 3, overflow: 'reject', taskSeconds: 5 },
      })
      const ids = await Promise.all(Array.from({ length: 10 }, (_, index) => app.create(`number ${index}`)))
      for (const id of ids) await ends(id)
      expect(app.sandbox.ledger.counts()).toMatchObject({
        accepted: 10,
        concurrencyRefusals: 0,
        peakTasks: 3,
      })
    })
  })

  describe('can be', () => {
    const action = (name: string, id: string, more = '') =>
      app.graphql<{ result: Record<string, unknown> }>(
        `mutation ($id: ID!) { result: ${name}(id: $id) { __typename ... on Error { code message } ${more} } }`,
        { id },
      )

    it('canceled while it waits: it is never sent', async () => {
      await start({ env: { WAVESPEED_CONCURRENCY: '1' } })
      const first = await app.create()
      await reaches(first, 'CREATED')
      const id = await app.create()
      const { result } = await action(
        'cancelJob',
        id,
        '... on CancelJobSuccess { stillBilled job { state } }',
      )
      expect(result).toMatchObject({ stillBilled: false, job: { state: 'CANCELED' } })
      await ends(first)
      await clock.advance(minute)
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
    })

    it('canceled while it runs: said to be still billed, and looked at no longer', async () => {
      await start()
      const id = await app.create()
      await reaches(id, 'PROCESSING')
      const { result } = await action(
        'cancelJob',
        id,
        '... on CancelJobSuccess { stillBilled job { state } }',
      )
      expect(result).toMatchObject({ stillBilled: true, job: { state: 'CANCELED' } })
      const polls = app.sandbox.ledger.polls().length
      await clock.advance(5 * minute)
      expect(app.sandbox.ledger.polls()).toHaveLength(polls)
      expect(await app.state(id)).toBe('CANCELED')
    })

    it('canceled on its way: the history says in the end whether the vendor took it', async () => {
      for (const [after, words] of [
        [true, /had taken it already/],
        [false, /had not taken it: nothing is billed/],
      ] as const) {
        await start()
        app.sandbox.faults.add({ kind: 'slow', ms: 5_000, on: 'submit', after })
        if (!after) app.sandbox.faults.add({ kind: 'rate-limited', on: 'submit' })
        const id = await app.create()
        await clock.until(() => app.sandbox.ledger.submits().length === 1, 0)
        await action('cancelJob', id)
        expect((await action('deleteJob', id)).result).toMatchObject({ code: 'JOB_STATE' })
        await clock.until(async () => words.test((await app.job(id)).timeline.at(-1)?.message ?? ''))
        expect(await app.state(id)).toBe('CANCELED')
        expect((await app.job(id)).predictionId === null).toBe(!after)
        expect((await action('deleteJob', id)).result).toMatchObject({ __typename: 'DeleteJobSuccess' })
        if (after) await app.close()
      }
    })

    it('retried after it failed: a new job with a new random seed, linked both ways', async () => {
      await start()
      const id = await app.create('[sandbox:fail=5000]')
      await ends(id)
      const { result } = await action(
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
      await start()
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
      await start()
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
      await start()
      const id = await app.create()
      await reaches(id, 'CREATED')
      for (const name of ['retryJob', 'deleteJob']) {
        expect((await action(name, id)).result).toMatchObject({
          __typename: 'JobStateError',
          code: 'JOB_STATE',
        })
      }
      await ends(id)
      for (const name of ['cancelJob', 'retryJob']) {
        expect((await action(name, id)).result).toMatchObject({ __typename: 'JobStateError' })
      }
    })

    it('neither canceled, retried nor deleted when there is none with that id', async () => {
      await start()
      for (const name of ['cancelJob', 'retryJob', 'deleteJob']) {
        expect((await action(name, 'job_unknown')).result).toMatchObject({
          __typename: 'JobNotFoundError',
          message: 'There is no job with the id "job_unknown".',
        })
      }
    })
  })
})
