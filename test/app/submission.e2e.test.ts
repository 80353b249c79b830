import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FaultInput } from '../../sandbox/faults.ts'
import { createLog } from '../../src/log.ts'
import { NotSentError } from '../../src/wavespeed/error.ts'
import { createFetch } from '../../src/wavespeed/fetch.ts'
import { createTestApp } from '../support/app.ts'
import { start } from '../support/clocked-app.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { histories } from '../support/histories.ts'

const minute = 60_000

describe('a job', () => {
  it('that the vendor refuses fails with its words and is not sent again', async () => {
    const { app, clock, ends } = await start()
    app.sandbox.faults.add({ kind: 'envelope-error', code: 1402, on: 'submit' })
    const id = await app.create()
    await ends(id)
    expect((await app.job(id)).error).toMatchObject({ code: 'MEDIA_UNREACHABLE' })
    await clock.advance(5 * minute)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('that meets 429 waits as long as Retry-After says and is then sent again', async () => {
    const { app, ends } = await start()
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
      const { app, clock, ends } = await start()
      app.sandbox.faults.add({ kind: 'rate-limited', retryAfter, on: 'submit', seconds: 10 })
      const id = await app.create()
      await clock.until(() => app.isIn(id, 'CREATED'), 2_000)
      expect(app.sandbox.ledger.submits().length).toBeLessThan(10)
      app.sandbox.faults.add({ kind: 'rate-limited', retryAfter, on: 'result', seconds: 10 })
      const begun = clock.now()
      await ends(id, 2_000)
      expect(await app.state(id)).toBe('COMPLETED')
      expect(clock.now() - begun).toBeLessThan(3 * minute)
      expect(app.sandbox.ledger.polls().length).toBeLessThan(20)
    },
  )

  it.each([
    [{ kind: 'server-error', status: 400 }, 'INPUT_REFUSED'],
    [{ kind: 'server-error', status: 413 }, 'INPUT_REFUSED'],
    [{ kind: 'server-error', status: 415 }, 'INPUT_REFUSED'],
    [{ kind: 'server-error', status: 422 }, 'INPUT_REFUSED'],
    [{ kind: 'envelope-error', code: 1401 }, 'INPUT_REFUSED'],
  ] as const)('that is refused with %j is FAILED as %s and not sent again', async (fault, code) => {
    const { app, ends } = await start()
    app.sandbox.faults.add({ ...fault, on: 'submit' })
    const id = await app.create()
    await ends(id)
    expect((await app.job(id)).error).toMatchObject({ code, billed: 'NO' })
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('that was not sent for a fault of this machine stays QUEUED, says why, and is sent later', async () => {
    const clock = createFakeClock()
    const wire = createFetch()
    const lines: string[] = []
    let broken = true
    const app = await createTestApp({
      env: { WAVESPEED_POLL_SECONDS: '5' },
      sandbox: { taskSeconds: 20 },
      overrides: {
        clock,
        log: createLog('warn', { write: (line) => void lines.push(line) }),
        fetch(request, options) {
          if (!broken || request.method !== 'POST') return wire.fetch(request, options)
          throw new NotSentError('unreachable', Object.assign(new Error('no socket'), { code: 'EMFILE' }))
        },
      },
    })
    onTestFinished(async () => {
      await app.close()
      await wire.close()
    })
    const id = await app.create()
    await clock.advance(60_000)
    expect(await app.graphql('query ($id: ID!) { job(id: $id) { state waitingFor } }', { id })).toEqual({
      job: { state: 'QUEUED', waitingFor: 'VENDOR' },
    })
    const ready = (await (await fetch(new URL('/ready', app.url))).json()) as { checks: { vendor: object } }
    expect(ready.checks.vendor).toMatchObject({ detail: expect.stringContaining('EMFILE') })
    expect(lines.filter((line) => line.includes('submissions pause'))).toHaveLength(1)
    broken = false
    await clock.until(() => app.isIn(id, 'COMPLETED'))
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('that meets 429 without Retry-After waits a minute', async () => {
    const { app, ends } = await start()
    app.sandbox.faults.add({ kind: 'rate-limited', on: 'submit', times: 1 })
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    const [refused, taken] = app.sandbox.ledger.submits()
    expect((taken?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(60_000)
  })

  describe('of the same request as another, seed and all,', () => {
    const input = { seed: 7 }

    it('does not take the task of the other, whose answer is still on its way, for its own', async () => {
      const { app, clock, ends } = await start()
      app.sandbox.faults.add({ kind: 'cut-before', on: 'submit', times: 1 })
      const lost = await app.create('same', input)
      await clock.until(() => app.sandbox.ledger.submits().length === 1, 100)
      app.sandbox.faults.add({ kind: 'slow', ms: 60_000, on: 'submit', after: true, times: 1 })
      const slow = await app.create('same', input)
      await ends(slow)
      await ends(lost, 5_000)
      expect(await app.state(slow)).toBe('COMPLETED')
      expect((await app.job(lost)).error?.code).toBe('SUBMISSION_UNKNOWN')
      expect(app.sandbox.ledger.counts().accepted).toBe(1)
    })

    it('ends although the other has taken its task', async () => {
      const { app, clock, ends, reaches } = await start()
      const other = await app.create('[sandbox:never-finishes]', input)
      await reaches(other, 'PROCESSING')
      app.sandbox.faults.add({ kind: 'slow', ms: 10_000, on: 'submit', after: true, times: 1 })
      const robbed = await app.create('same', input)
      await clock.until(() => app.sandbox.tasks.all().length === 2, 100)
      const file = new Database(join(app.folder, 'jobs.db'))
      file
        .prepare('UPDATE jobs SET prediction_id = ? WHERE id = ?')
        .run(app.sandbox.tasks.all()[0]?.id, other)
      file.close()
      await ends(robbed, 5_000)
      expect((await app.job(robbed)).error?.code).toBe('SUBMISSION_UNKNOWN')
      expect(app.sandbox.ledger.submits()).toHaveLength(2)
    })
  })
})

describe.each(histories)('on %s a job', (history) => {
  it('whose answer was lost after the task was made is found again and billed once', async () => {
    const { app, ends } = await start({ history })
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
    const { app, ends } = await start({ history })
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 2 })
    const created = [await app.create('same', { seed: 7 }), await app.create('same', { seed: 7 })]
    for (const id of created) await ends(id)
    const jobs = await Promise.all(created.map((id) => app.job(id)))
    expect(jobs.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED'])
    expect(new Set(jobs.map(({ predictionId }) => predictionId)).size).toBe(2)
    expect(app.sandbox.ledger.counts().accepted).toBe(2)
  })

  it.each<FaultInput>([
    { kind: 'cut-before' },
    { kind: 'server-error', status: 500 },
    { kind: 'server-error', status: 408 },
    { kind: 'hang' },
    { kind: 'not-json' },
    { kind: 'wrong-shape' },
    { kind: 'envelope-error' },
  ])(
    'whose answer was lost before a task was made fails as SUBMISSION_UNKNOWN and is never sent again: %j',
    async (fault) => {
      const { app, ends } = await start({ history })
      app.sandbox.faults.add({ ...fault, on: 'submit', times: 1 })
      const id = await app.create()
      await ends(id, 15_000)
      expect((await app.job(id)).error).toMatchObject({
        code: 'SUBMISSION_UNKNOWN',
        billed: 'UNKNOWN',
        retryable: true,
      })
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
    },
  )

  it.each<FaultInput>([
    { kind: 'cut-after' },
    { kind: 'server-error', status: 500, after: true },
    { kind: 'server-error', status: 499, after: true },
    { kind: 'hang', after: true },
    { kind: 'not-json', after: true },
    { kind: 'not-json', status: 200, after: true },
    { kind: 'wrong-shape', after: true },
    { kind: 'envelope-error', after: true },
    { kind: 'slow', ms: 20_000, after: true },
  ])(
    'whose answer was lost or late after a task was made is not sent again, and ends well: %j',
    async (fault) => {
      const { app, ends } = await start({ history })
      app.sandbox.faults.add({ ...fault, on: 'submit', times: 1 })
      const id = await app.create()
      await ends(id)
      expect(await app.state(id)).toBe('COMPLETED')
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
    },
  )

  it.each<FaultInput>([
    { kind: 'unauthorized' },
    { kind: 'rate-limited' },
    { kind: 'server-error' },
    { kind: 'hang' },
    { kind: 'cut-after' },
    { kind: 'not-json' },
    { kind: 'wrong-shape' },
    { kind: 'envelope-error' },
  ])('is found though the list fails a few times: %j', async (fault) => {
    const { app, ends } = await start({ history })
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    app.sandbox.faults.add({ ...fault, on: 'list', times: 2 })
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })
})
