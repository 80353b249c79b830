import { renameSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type ClockedWire, createClockedWire } from '../support/clocked-wire.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const create = `mutation ($input: CreateV2VLoraJobInput!) {
  createV2VLoraJob(input: $input) { ... on CreateV2VLoraJobSuccess { job { id } } }
}`

describe('while the history cannot be written', () => {
  let app: TestApp
  let clock: FakeClock
  let wire: ClockedWire
  /** What the driver throws on every write, as it does on a real fault of the file. */
  let fault: { code: string; message: string } | null = null
  /** What the gateway logged as errors. */
  let errors: { msg: string; err?: { message: string } }[] = []

  beforeEach(async () => {
    clock = createFakeClock()
    wire = createClockedWire(clock)
    errors = []
    app = await createTestApp({
      overrides: {
        clock,
        fetch: wire.fetch,
        log: createLog('error', { write: (line) => void errors.push(JSON.parse(line)) }),
        onStatement(sql) {
          if (fault && /^\s*(insert|update|delete|create)/i.test(sql)) {
            throw new Database.SqliteError(fault.message, fault.code)
          }
        },
      },
      env: { WAVESPEED_POLL_SECONDS: '5' },
      sandbox: { taskSeconds: 20 },
    })
    wire.watch(app.sandbox)
  })
  afterEach(async () => {
    fault = null
    await app.close()
    await wire.close()
  })
  const full = { code: 'SQLITE_FULL', message: 'database or disk is full' }
  const ends = (id: string) => clock.until(() => app.hasEnded(id))
  async function post(query: string, variables = {}) {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const ready = async () => {
    const response = await fetch(new URL('/ready', app.url))
    return { status: response.status, body: await response.json() }
  }

  it('its operator reads why, and not that it was unexpected', async () => {
    fault = full
    await post(create, { input: { video: app.sandbox.clips.source, prompt: 'a fox' } })
    expect(JSON.stringify(errors)).not.toContain('stack')
    expect(errors).toMatchObject([
      {
        msg: 'operation',
        errors: ['HISTORY_UNAVAILABLE'],
        reasons: [expect.stringContaining(full.message)],
      },
    ])
  })

  it.each([
    [full, /its disk is full/],
    [{ code: 'SQLITE_READONLY', message: 'attempt to write a readonly database' }, /is read-only/],
    [{ code: 'SQLITE_IOERR_WRITE', message: 'disk I/O error' }, /cannot be read or written/],
  ])('a client is told so, /ready says why, and all goes on afterwards: $code', async (next, words) => {
    const before = await app.create()
    await ends(before)
    fault = next
    const input = { video: app.sandbox.clips.source, prompt: 'a fox' }
    const refused = await post(create, { input })
    expect(refused).toMatchObject({
      status: 503,
      body: {
        errors: [
          {
            message: expect.stringMatching(words),
            extensions: { code: 'HISTORY_UNAVAILABLE', requestId: expect.any(String) },
          },
        ],
      },
    })
    expect(JSON.stringify(refused.body)).not.toContain(next.message)
    expect(await ready()).toMatchObject({
      status: 503,
      body: { ready: false, checks: { database: { ok: false, detail: expect.stringMatching(words) } } },
    })
    expect(await app.state(before)).toBe('COMPLETED')
    fault = null
    expect((await ready()).status).toBe(200)
    const { jobs } = await app.graphql<{ jobs: { edges: unknown[] } }>(
      '{ jobs(first: 10) { edges { cursor } } }',
    )
    expect(jobs.edges).toHaveLength(1)
    await ends(await app.create())
    expect(app.sandbox.ledger.submits()).toHaveLength(2)
  })

  it('nothing is sent, since the claim cannot be written, and each job is sent once afterwards', async () => {
    app.sandbox.faults.add({ kind: 'rate-limited', retryAfter: 30, on: 'submit', times: 1 })
    const ids = [await app.create('one')]
    await clock.until(() => app.sandbox.ledger.submits()[0]?.status === 429, 1)
    await clock.until(() => app.isIn(ids[0] ?? '', 'QUEUED'), 1)
    ids.push(await app.create('two'))
    fault = full
    await clock.advance(120_000)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    fault = null
    for (const id of ids) await ends(id)
    expect(app.sandbox.ledger.counts().accepted).toBe(2)
  })

  it.each([
    ['taken', [], 1, 'COMPLETED'],
    ['refused for rate', [{ kind: 'rate-limited', times: 1 }], 2, 'COMPLETED'],
    ['refused', [{ kind: 'envelope-error', code: 1402, times: 1 }], 1, 'FAILED'],
    ['lost', [{ kind: 'cut-after', times: 1 }], 1, 'COMPLETED'],
  ] as const)(
    'what became of a POST is recorded later, and it is not sent again: %s',
    async (_name, faults, submits, state) => {
      for (const one of faults) app.sandbox.faults.add({ ...one, on: 'submit' })
      app.sandbox.faults.add({ kind: 'slow', ms: 5_000, on: 'submit', times: 1 })
      const id = await app.create()
      await clock.until(() => app.sandbox.ledger.submits().length === 1, 0)
      fault = full
      await clock.advance(5_000)
      await clock.until(() => app.sandbox.ledger.submits()[0]?.status !== 'open', 100)
      await clock.advance(30_000)
      expect(await app.state(id)).toBe('SUBMITTING')
      // What is known needs no search.
      expect(app.sandbox.ledger.requests({ operation: 'list' })).toEqual([])
      fault = null
      await ends(id)
      expect(await app.state(id)).toBe(state)
      expect(app.sandbox.ledger.submits()).toHaveLength(submits)
    },
  )

  it('because its file was moved away, no job is taken or sent; all go on once it is back', async () => {
    app.sandbox.faults.add({ kind: 'rate-limited', retryAfter: 30, on: 'submit', times: 1 })
    const waiting = await app.create('one')
    await clock.until(() => app.sandbox.ledger.submits()[0]?.status === 429, 1)
    await clock.until(() => app.isIn(waiting, 'QUEUED'), 1)
    const file = join(app.folder, 'jobs.db')
    renameSync(file, `${file}.aside`)
    const input = { video: app.sandbox.clips.source, prompt: 'two' }
    expect(await post(create, { input })).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'HISTORY_UNAVAILABLE' } }] },
    })
    const detail = expect.stringMatching(/removed, replaced or mounted over.*put the file back/)
    expect(await ready()).toMatchObject({
      status: 503,
      body: { checks: { database: { ok: false, detail } } },
    })
    await clock.advance(120_000)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    renameSync(`${file}.aside`, file)
    expect((await ready()).status).toBe(200)
    await ends(waiting)
    expect(await app.state(waiting)).toBe('COMPLETED')
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it('a start goes on, is read, and takes the work up when it can be written again', async () => {
    const ended = await app.create()
    await ends(ended)
    const running = await app.create()
    await clock.until(() => app.isIn(running, 'CREATED'))
    await app.restart({
      between: () => {
        fault = full
      },
    })
    expect(await app.state(ended)).toBe('COMPLETED')
    await clock.advance(60_000)
    expect(await app.state(running)).toBe('CREATED')
    fault = null
    await ends(running)
    expect(await app.state(running)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(2)
  })

  it('a poll is repeated, and the job ends', async () => {
    const id = await app.create()
    await clock.until(() => app.isIn(id, 'CREATED'))
    fault = full
    await clock.advance(60_000)
    expect(await app.state(id)).toBe('CREATED')
    fault = null
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('because another program holds it, readers are served and a writer waits', async () => {
    const other = new Database(join(app.folder, 'jobs.db'))
    const id = await app.create()
    await ends(id)
    other.exec('BEGIN IMMEDIATE')
    const { pending } = clock
    const created = app.create('waits')
    await clock.until(() => clock.pending > pending, 0)
    for (let reads = 0; reads < 5; reads += 1) expect(await app.state(id)).toBe('COMPLETED')
    other.exec('ROLLBACK')
    other.close()
    await clock.advance(1_000) // The writer tries again by the gateway's clock.
    await ends(await created)
  })
})
