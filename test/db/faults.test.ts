import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { retryOnBusy } from '../../src/db/retry-on-busy.ts'
import type { Job, Transition } from '../../src/jobs/job.ts'
import { transition } from '../../src/jobs/state.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import { createFakeClock } from '../support/fake-clock.ts'
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
})
