import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writing } from '../../src/db/around.ts'
import { retryOnBusy } from '../../src/db/retry-on-busy.ts'
import type { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { Job, Transition } from '../../src/jobs/job.ts'
import { transition } from '../../src/jobs/state.ts'
import type { TenantHistory } from '../../src/jobs/store.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import type { ChangeLog, JobWork } from '../../src/jobs/work.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { holdOf } from '../support/holds.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

describe('a history whose file', () => {
  let folder: string
  let store: SqliteStore
  let other: Database.Database
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-fault-'))
    store = openSqliteStore({ file: join(folder, 'jobs.db') })
    other = new Database(join(folder, 'jobs.db'))
  })
  afterEach(() => {
    other.close()
    store.close()
    rmSync(folder, { recursive: true })
  })

  const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
  /** Too large for the pages that the file has. */
  const large = 'x'.repeat(100_000)
  const known = sampleJob()
  const added = sampleJob({ id: 'job_added', input: { ...sampleInput, prompt: large } })
  const claimed = (job: Job): Transition | null => {
    const change = transition(job, { type: 'claimed' }, 2_000)
    return change && { ...change, entry: { ...change.entry, message: large } }
  }
  const request = {
    now: 2_000,
    windowStart: 0,
    limits: { videosPerMinute: 1, concurrency: 1 },
    lease: { owner: 'me', until: 9_000 },
    decide: claimed,
  }
  const writes: Record<string, () => Promise<unknown>> = {
    insert: () => store.insert(added, entry),
    change: () => store.change(known.id, claimed),
    advance: () => store.advance(known.id, claimed),
    claim: () => store.claim(request),
    checkWritable: () => store.checkWritable(),
  }

  const faults = [
    {
      name: 'is held by another program',
      fault: 'busy',
      begin: () => other.exec('BEGIN IMMEDIATE'),
      end: () => other.exec('ROLLBACK'),
    },
    {
      name: 'is read-only',
      fault: 'read-only',
      begin: () => store.client.pragma('query_only = ON'),
      end: () => store.client.pragma('query_only = OFF'),
    },
    {
      name: 'has no room left',
      fault: 'full',
      begin: () => {
        store.client.exec('VACUUM') // or what is free inside it would do
        store.client.pragma(`max_page_count = ${store.client.pragma('page_count', { simple: true })}`)
      },
      end: () => store.client.pragma('max_page_count = 1000000'),
    },
  ] as const

  it.each(faults)(
    '$name says so, keeps nothing half-written, and works on afterwards',
    async ({ fault, begin, end }) => {
      await store.insert(known, entry)
      for (const [name, write] of Object.entries(writes)) {
        begin()
        await expect(write(), name).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE', fault })
        await expect(store.ping(), name).rejects.toMatchObject({ fault })
        expect(await store.job(known.id), name).toEqual(known)
        expect(await store.job(added.id), name).toBeNull()
        expect(await store.timelines([known.id, added.id]), name).toEqual([[entry], []])
        end()
        await store.ping()
      }
      await store.insert(added, entry)
      expect(await store.claim(request)).toMatchObject({ kind: 'claimed' })
    },
  )

  it('is held by another program can be read, and what writes is known to be so', async () => {
    await store.insert(known, entry)
    const { work, changes } = store
    const jobs = store.for(localTenant)
    const lease = { owner: 'me', until: 9_000 }
    const [kind, id, at] = ['poll', known.id, 5_000] as const
    const nothing = () => null
    const query = { order: 'CREATED_AT', descending: true, filter: {}, fromEnd: false, limit: 1 } as const
    const calls: Record<
      Exclude<keyof JobWork | keyof TenantHistory | keyof ChangeLog | 'checkWritable', 'change' | 'job'>,
      () => Promise<unknown>
    > = {
      insert: () => jobs.insert(added, entry),
      remove: () => jobs.remove(id, () => true, at),
      jobs: () => jobs.jobs([id]),
      listed: () => jobs.listed([id]),
      page: () => jobs.page(query),
      latestChange: () => jobs.latestChange(),
      counts: () => jobs.counts({}, 1),
      listing: () => jobs.listing(query),
      timelines: () => jobs.timelines([id]),
      durations: () => work.durations('kind', 'kind of the model'),
      queuePositions: () => jobs.queuePositions([id], { windowStart: 0 }),
      retries: () => jobs.retries([id]),
      claim: () => work.claim(request),
      advance: () => work.advance(id, nothing),
      withdraw: () => work.withdraw(id, { attempt: 2, mayBeSent: true }, nothing),
      correct: () => work.correct(id, 'p', nothing),
      take: () => work.take({ kind, now: at, limit: 1, lease }),
      finish: () => work.finish(kind, 'me', [{ id, at }]),
      renew: () => work.renew(kind, [id], lease),
      put: () => work.put(kind, id, at),
      waitingSince: () => work.waitingSince(),
      firstDue: () => work.firstDue(kind),
      repair: () => work.repair(kind, at),
      bringForward: () => work.bringForward(kind, at, at),
      prune: () => work.prune(at, at),
      spread: () => work.spread(kind, at),
      release: () => work.release(kind, at),
      newestTime: () => work.newestTime(),
      jobOfPrediction: () => work.jobOfPrediction('p'),
      rivals: () => work.rivals('f', id),
      submission: () => work.submission(id),
      markSent: () => work.markSent(id, 2, at),
      settle: () => work.settle(id, at),
      hold: () => work.hold(id, () => holdOf('account')),
      endTry: () => work.endTry(id, []),
      retryHolds: () => work.retryHolds(at),
      latest: () => changes.latest(),
      changesAfter: () => changes.changesAfter({ transaction: 0, sequence: 0 }, 1),
      checkWritable: () => store.checkWritable(),
    }
    const both = { change: () => work.change(id, nothing), job: () => work.job(id) }
    other.exec('BEGIN IMMEDIATE')
    const held: string[] = []
    for (const [name, call] of Object.entries({ ...calls, ...both })) {
      const fault = await call().then(
        () => null,
        (error: HistoryUnavailableError) => error.fault,
      )
      if (fault !== null) held.push(`${name} ${fault}`)
    }
    other.exec('ROLLBACK')
    expect(held.sort()).toEqual([...writing].map((name) => `${name} busy`).sort())
  })

  it('was full or held, and is found to be no more, is not written for every question', async () => {
    /** While another program holds it. */
    async function held<T>(act: () => Promise<T>): Promise<T> {
      other.exec('BEGIN IMMEDIATE')
      return act().finally(() => other.exec('ROLLBACK'))
    }
    await held(store.ping)
    await expect(held(() => store.insert(known, entry))).rejects.toMatchObject({ fault: 'busy' })
    await expect(held(store.ping)).rejects.toMatchObject({ fault: 'busy' })
    for (const find of [store.checkWritable, store.ping]) {
      await expect(held(() => store.insert(known, entry))).rejects.toMatchObject({ fault: 'busy' })
      await find()
      await held(store.ping)
    }
  })

  it('cannot be read says so, whatever was asked', async () => {
    let broken = false
    const file = openSqliteStore({
      file: ':memory:',
      onStatement() {
        if (broken) throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ')
      },
    })
    broken = true
    const fault = expect.objectContaining({ code: 'HISTORY_UNAVAILABLE', fault: 'broken' })
    await expect(file.job('a')).rejects.toEqual(fault)
    await expect(file.timelines(['a'])).rejects.toEqual(fault)
    file.close()
  })

  it('is held by another program for a while lets writes wait, and the process go on', async () => {
    const clock = createFakeClock()
    const patient = retryOnBusy(store, clock).for(localTenant)
    // What waits in the driver holds up the process.
    expect(store.client.pragma('busy_timeout', { simple: true })).toBeLessThan(50)
    other.exec('BEGIN IMMEDIATE')
    let done = false
    const written = patient.insert(known, entry).then(() => {
      done = true
    })
    await clock.advance(4_000)
    expect({ done, pending: clock.pending }).toEqual({ done: false, pending: 1 })
    other.exec('ROLLBACK')
    await clock.advance(1_000)
    await written
    expect(await store.job(known.id)).toEqual(known)
  })

  it('is held for long lets writes fail in the end', async () => {
    const clock = createFakeClock()
    other.exec('BEGIN IMMEDIATE')
    const written = retryOnBusy(store, clock).for(localTenant).insert(known, entry)
    const failed = expect(written).rejects.toMatchObject({ fault: 'busy' })
    await clock.advance(6_000)
    await failed
    expect(clock.pending).toBe(0)
  })

  it('is held while the gateway stops lets no write wait beyond what a stop may take', async () => {
    const clock = createFakeClock()
    const hurry = new AbortController()
    const patient = retryOnBusy(store, clock, hurry.signal).for(localTenant)
    other.exec('BEGIN IMMEDIATE')
    const failed = expect(patient.insert(known, entry)).rejects.toMatchObject({ fault: 'busy' })
    await clock.advance(1_020)
    hurry.abort()
    await failed
    expect(clock.pending).toBe(0)
    await expect(patient.insert(known, entry)).rejects.toMatchObject({ fault: 'busy' })
    expect(clock.pending).toBe(0)
  })
})
